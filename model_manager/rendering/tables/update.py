"""`update` for people: the sources, and what differs, in the order of what becomes of it."""

from collections.abc import Sequence

from model_manager.commands.update import UpdateReport
from model_manager.config.catalogue.update.comparison import FactChange
from model_manager.config.catalogue.update.layer import shown_fact
from model_manager.rendering.tables.console import ReportConsole, grid

_MOST_NEW_SHOWN = 5
#: Ids of dated models are this long.
_NAME_WIDTH = 27
_SHORT = {"price.": "", "capabilities.": "", "tiers.": "above "}
_SHORT_SOURCES = {"genai-prices": "genai"}


def draw(console: ReportConsole, report: UpdateReport) -> None:
    """The sources that were used, then the changes, the held ones with their reasons, and the uncertain ones."""
    for result in report.sources:
        if result.record:
            record = result.record
            words = f"{record.models:,} models, {record.data_at.date()}, sha256 {record.sha256[:12]}"
            console.print(console.text(f"{result.name}: ").append_text(console.text(words, "muted")))
    chosen = [change for change in report.changes if report.is_chosen(change)]
    held = [change for change in report.changes if change.held and change not in chosen]
    _part(console, "Changes", chosen, with_reason=False)
    _part(console, "Held", held, with_reason=True)
    _part(console, "Too few sources, or they disagree", report.uncertain, with_reason=False)
    _new_models(console, report)


def _part(console: ReportConsole, title: str, changes: Sequence[FactChange], *, with_reason: bool) -> None:
    if not changes:
        return
    console.print()
    console.print(console.text(f"{title} ({len(changes)})", "heading"))
    last = ("Why", "left") if with_reason else ("Certainty", "left")
    table = grid(("Model and fact", "left"), ("Old", "right"), ("New", "right"), ("Sources", "left"), last)
    if not console.is_narrow:
        table.columns[0].min_width = _NAME_WIDTH
    join = ", " if console.is_roomy else ",\n"
    model = None
    for change in changes:
        if change.model != model:
            model = change.model
            table.add_row(console.text(model, "id"), *([console.text("")] * 4))
        table.add_row(
            console.text(f"  {_field(change.field)}"),
            console.text(shown_fact(change.old), "muted"),
            console.text(shown_fact(change.new), "warning" if with_reason else "good"),
            console.text(join.join(_SHORT_SOURCES.get(name, name) for name in change.sources), "muted"),
            console.text((change.held or "") if with_reason else change.certainty),
        )
    console.print_table(table)


def _field(field: str) -> str:
    """The field without what goes without saying."""
    for long, short in _SHORT.items():
        field = field.replace(long, short, 1)
    return field.replace(".", " ").replace("_", " ")


def _new_models(console: ReportConsole, report: UpdateReport) -> None:
    if not report.new_models:
        return
    names = [f"{provider}/{model_id}" for provider, model_id in report.new_models]
    more = f" and {len(names) - _MOST_NEW_SHOWN} more" if len(names) > _MOST_NEW_SHOWN else ""
    words = f"Not in the catalogue: {', '.join(names[:_MOST_NEW_SHOWN])}{more}. Add what you use to models.toml."
    console.print()
    console.print(console.text(words, "muted"), soft_wrap=not console.is_terminal)
