"""The price of a model for people: a row for the base and for each variation; its source; and what is cheaper."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from model_manager.commands.info import Cheaper, ModelInfo
from model_manager.commands.rows import times
from model_manager.core.lifecycle import is_current
from model_manager.core.pricing import Price, Rates
from model_manager.rendering.days import days_text, window_text
from model_manager.rendering.tables.console import ReportConsole, grid
from model_manager.rendering.tables.sheet import Line, print_group, print_indented
from model_manager.rendering.text import FREE, UNKNOWN, money, rate

_CHEAPER_SHOWN = 3
_HEADERS = {
    "input": "Input",
    "output": "Output",
    "cache_read": "Cache read",
    "cache_write": "Cache write",
    "cache_write_1h": "for 1 h",
    "cache_write_12h": "for 12 h",
    "request": "Per request",
}


def draw_price(console: ReportConsole, report: ModelInfo) -> None:
    """The price of a model with all that varies it, where it is from, and models that cost less."""
    price, rates = report.row.model.price, report.row.rates
    lines = [*_source_lines(report), *_cheaper_lines(report)]
    if price is None or rates is None:
        print_group(console, "Price", [("price", "unknown", "warning"), *lines])
    elif price.is_free:
        print_group(console, "Price", [("price", FREE, "good"), *lines])
    else:
        unit = console.text("  US dollars per million tokens", "muted")
        console.print(console.text("Price", "heading").append_text(unit))
        _draw_rates(console, price, rates)
        print_indented(console, lines)


def _draw_rates(console: ReportConsole, price: Price, base: Rates) -> None:
    rows = list(_rows(price, base))
    names = [name for name in _HEADERS if any(getattr(rates, name) is not None for _, rates in rows)]
    table = grid(("  ", "left"), *((_HEADERS[name], "right") for name in names))
    for label, rates in rows:
        cells = (_amount(rates, name) for name in names)
        table.add_row(console.text(f"  {label}"), *(console.text(cell, "money") for cell in cells))
    console.print_table(table)


def _rows(price: Price, base: Rates) -> Iterator[tuple[str, Rates]]:
    """The base row, and every variation with what it takes over from that."""
    yield "now" if price.changes else "base", base
    for tier in price.tiers:
        yield f"{'from' if tier.inclusive else 'above'} {tier.above:,}", tier.rates.over(base)
    for change in price.changes:
        yield f"from {change.start:%Y-%m-%d}", change.rates.over(base)
    if price.peak:
        yield "peak hours", price.peak.rates.over(base)


def _amount(rates: Rates, name: str) -> str:
    amount = getattr(rates, name)
    if name == "request":
        return "" if amount is None else money(amount)
    return ("" if name.startswith("cache") else UNKNOWN) if amount is None else rate(amount)


def _source_lines(report: ModelInfo) -> Iterable[Line]:
    model = report.row.model
    if model.price and model.price.peak:
        hours = ", ".join(window_text(window) for window in model.price.peak.windows)
        yield "peak hours", f"{days_text(model.price.peak.days)} {hours} UTC", ""
    origin = [
        f"checked {model.checked}" if model.checked else "",
        f"against {model.source}" if model.source else "",
    ]
    if model.price:
        yield "source", " ".join(filter(None, origin)) or "not stated", "muted"
    if report.provider.pricing_url:
        yield "page", report.provider.pricing_url, "muted"
    if doubt := model.certainty.get("price"):
        yield "uncertain", doubt, "warning"


def _cheaper_lines(report: ModelInfo) -> Iterable[Line]:
    """Models that can do the same for less."""
    if report.cheaper:
        named = ", ".join(map(_cheaper, report.cheaper[:_CHEAPER_SHOWN]))
        more = len(report.cheaper) - _CHEAPER_SHOWN
        yield "cheaper", f"{named} and {more} more (--json)" if more > 0 else named, ""


def _cheaper(item: Cheaper) -> str:
    compared = FREE if item.cost_usd == 0 else times(item.relative, Decimal(1)).removesuffix(" cheaper")
    return f"{item.model.id} ({compared}{'' if is_current(item.model) else ', legacy'})"
