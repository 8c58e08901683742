"""`info` for people: a sheet about a model, or about how a task comes to its model."""

from collections.abc import Iterable

from model_manager.commands.history import History
from model_manager.commands.info import Cheaper, ModelInfo, TaskInfo
from model_manager.commands.rows import times
from model_manager.core.assignments import Assignment
from model_manager.core.models import CAPABILITIES, Model
from model_manager.core.pricing import Price, Rates
from model_manager.core.routing.grammar import AUTO
from model_manager.rendering.days import days_text, window_text
from model_manager.rendering.tables.console import ReportConsole
from model_manager.rendering.tables.history import draw_history
from model_manager.rendering.tables.lately import lately_lines
from model_manager.rendering.tables.list import SEVERITY_STYLES, STATUS_STYLES
from model_manager.rendering.tables.measured import draw_profiles, measured_lines
from model_manager.rendering.tables.sheet import Line, print_sheet
from model_manager.rendering.text import UNKNOWN, money, plural, rate

_CHEAPER_SHOWN = 5
_RATE_WORDS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache read",
    "cache_write": "cache write",
    "cache_write_1h": "cache write for 1 h",
    "cache_write_12h": "cache write for 12 h",
}


def draw(console: ReportConsole, report: ModelInfo | TaskInfo, history: History | None = None) -> None:
    """The sheet, a task's with its history if that is given."""
    if isinstance(report, TaskInfo):
        console.print(console.text(report.assignment.task.name, "heading"))
        print_sheet(console, _task_lines(report))
        draw_profiles(console, [report.measured])
        if history:
            draw_history(console, history)
        return
    model = report.row.model
    title = console.text(model.name, "heading").append_text(console.text(f"  {model.id}", "muted"))
    console.print(title)
    print_sheet(console, _model_lines(report))
    if report.cheaper:
        console.print()
        console.print(console.text("Cheaper models that can do the same", "heading"))
        _cheaper(console, report)


def _model_lines(report: ModelInfo) -> Iterable[Line]:
    row, model = report.row, report.row.model
    yield "provider", f"{report.provider.name} ({report.provider.id}, {report.provider.wire} wire)", ""
    yield "requested as", model.model_id, ""
    if model.aliases:
        yield "aliases", ", ".join(model.aliases), ""
    yield "status", _status(report), STATUS_STYLES[row.status]
    if model.best_for:
        yield "best for", model.best_for + (" (recommended)" if model.recommended else ""), ""
    yield from _price_lines(model, row.rates)
    yield from _ability_lines(model)
    yield "tasks", ", ".join(row.tasks) or "none", ""
    yield from lately_lines(report.lately)
    yield from _access_lines(report)
    if model.notes:
        yield "notes", model.notes, ""


def _status(report: ModelInfo) -> str:
    model, status = report.row.model, report.row.status
    words = [str(status)]
    if model.released:
        words.append(f"released {model.released}")
    if model.deprecated:
        words.append(f"deprecated {model.deprecated}")
    if model.retires:
        days = model.days_left(report.moment.date()) or 0
        words.append(
            f"retires {model.retires} (in {plural(days, 'day')})" if days > 0 else f"retired {model.retires}"
        )
    if model.replacement:
        words.append(f"replacement {model.replacement}")
    return ", ".join(words)


def _price_lines(model: Model, rates: Rates | None) -> Iterable[Line]:
    if model.price is None or rates is None:
        yield "price", "unknown", "warning"
        return
    if model.price.is_free:
        yield "price", "free", "good"
    else:
        yield "price", _rates(rates), "money"
        for words in _variations(model.price):
            yield "", words, "money"
    doubt = model.certainty.get("price")
    origin = [
        f"checked {model.checked}" if model.checked else "",
        f"against {model.source}" if model.source else "",
    ]
    yield "price source", " ".join(filter(None, origin)) or "not stated", ""
    if doubt:
        yield "", f"uncertain: {doubt}", "warning"


def _rates(rates: Rates, unit: str = " per million tokens") -> str:
    """The rates of a row, its fee for each request last."""
    stated = dict(rates.stated())
    fee = stated.pop("request", None)
    text = ", ".join(f"${rate(amount)} {_RATE_WORDS[name]}" for name, amount in stated.items())
    parts = [text.replace("$free", "free") + unit] if stated else []
    return ", ".join([*parts, f"{money(fee)} per request"] if fee is not None else parts)


def _variations(price: Price) -> Iterable[str]:
    for tier in price.tiers:
        bound = "from" if tier.inclusive else "above"
        yield f"{bound} {tier.above:,} prompt tokens: {_rates(tier.rates, '')}"
    for change in price.changes:
        yield f"from {change.start:%Y-%m-%d}: {_rates(change.rates, '')}"
    if price.peak:
        hours = ", ".join(window_text(window) for window in price.peak.windows)
        yield f"{days_text(price.peak.days)} {hours} UTC: {_rates(price.peak.rates, '')}"


def _ability_lines(model: Model) -> Iterable[Line]:
    limits = [
        f"{count:,} {name}"
        for count, name in (
            (model.context_window, "context"),
            (model.max_input, "input"),
            (model.max_output, "output"),
        )
        if count is not None
    ]
    yield "tokens", ", ".join(limits) or "unknown", ""
    if model.knowledge_cutoff:
        yield "knowledge", f"until {model.knowledge_cutoff}", ""
    yield "can", ", ".join(model.capabilities) or "unknown", "good"
    if model.lacks:
        yield "cannot", ", ".join(model.lacks), ""
    unknown = [word for word in CAPABILITIES if model.has(word) is None]
    if unknown:
        yield "unknown", ", ".join(unknown), "muted"
    uncertain = [f"{fact.replace('_', ' ')} ({why})" for fact, why in model.certainty.items() if fact != "price"]
    if uncertain:
        yield "uncertain", ", ".join(uncertain), "warning"


def _access_lines(report: ModelInfo) -> Iterable[Line]:
    provider, key = report.provider, report.key
    if provider.key == "none" or not provider.api_key_env:
        yield "key", "none needed", "good"
    elif key.binding and key.variable:
        file = f" ({key.binding.key_file})" if key.binding.key_file else ""
        yield "key", f"set by {key.place}{file}", "good"
    else:
        names = " or ".join(provider.api_key_env)
        optional = " (optional)" if provider.key == "optional" else ""
        yield "key", f"missing{optional}: set {names}", "" if optional else "warning"
    for finding in report.problems:
        if finding.code in ("suspicious_key", "several_keys", "no_base_url"):
            yield finding.severity, finding.message, SEVERITY_STYLES[finding.severity]
    if report.destination:
        yield "base URL", f"{report.destination.base_url}, from {report.destination.named_by}", ""
    links = [link for link in (provider.pricing_url, provider.docs_url, provider.status_url) if link]
    if links:
        yield "see", " ".join(links), "muted"


def _cheaper(console: ReportConsole, report: ModelInfo) -> None:
    lines = [(item.model.id, _compared(item), "") for item in report.cheaper[:_CHEAPER_SHOWN]]
    print_sheet(console, lines)
    more = len(report.cheaper) - _CHEAPER_SHOWN
    if more > 0:
        words = f"and {more} more: model-manager info {report.row.model.id} --json"
        console.print(console.text(words, "muted"), soft_wrap=not console.is_terminal)


def _compared(item: Cheaper) -> str:
    if item.cost_usd == 0:
        return "free"
    return times(item.relative, item.relative / item.relative)


def _task_lines(report: TaskInfo) -> Iterable[Line]:
    assignment = report.assignment
    task = assignment.task
    if task.purpose:
        yield "purpose", task.purpose, ""
    yield "model", _model_text(assignment), "id" if assignment.model else "error"
    if assignment.source:
        yield "because", assignment.source.text, ""
    for hidden in assignment.shadowed:
        yield "overrides", f"{hidden.value}, {hidden.source.text}", "muted"
    yield "variable", task.env, ""
    for name, text in task.preferences.items():
        yield "preference", f"{name}: {text}", ""
    if task.auto:
        yield "auto", ", ".join(f"{tier}: {model}" for tier, model in task.auto.models.items()), ""
    requires = list(task.requires)
    requires += [f"{task.min_context:,} tokens of context"] if task.min_context else []
    requires += [f"at most ${task.max_price} per million input tokens"] if task.max_price is not None else []
    if requires:
        yield "requires", ", ".join(requires), ""
    if task.profile:
        profile = task.profile
        cached = f", {profile.cache_share:.0%} of the prompt cached" if profile.cache_share else ""
        shown = [
            UNKNOWN if count is None else f"{count:,}" for count in (profile.input_tokens, profile.output_tokens)
        ]
        requests = UNKNOWN if profile.requests_per_day is None else f"{profile.requests_per_day:,f}"
        words = f"{requests} requests per day, {shown[0]} input and {shown[1]} output tokens each{cached}"
        yield "profile", words, ""
        yield "costs", f"{money(report.monthly_usd)} per month", "money"
    yield from measured_lines(report.measured)
    for finding in assignment.problems:
        yield finding.severity, finding.message, SEVERITY_STYLES[finding.severity]


def _model_text(assignment: Assignment) -> str:
    if assignment.text is None:
        return "none"
    if assignment.model is None:
        unknown = assignment.route is not None and assignment.route.name != AUTO
        return f"{assignment.text} (not in the catalogue)" if unknown else assignment.text
    return f"{assignment.model.name} ({assignment.text})"
