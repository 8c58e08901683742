"""`info` for people: a model as what it is, its price and its state; or how a task comes to its model."""

from collections.abc import Iterable
from shlex import quote

from model_manager.commands.history import History
from model_manager.commands.info import ModelInfo, TaskInfo
from model_manager.core.models import CAPABILITIES, Model, Place
from model_manager.core.phrases import plural
from model_manager.rendering.tables.console import ReportConsole
from model_manager.rendering.tables.history import draw_history
from model_manager.rendering.tables.lately import lately_lines
from model_manager.rendering.tables.list import SEVERITY_STYLES, STATUS_STYLES
from model_manager.rendering.tables.measured import draw_profiles
from model_manager.rendering.tables.prices import draw_price
from model_manager.rendering.tables.sheet import Line, print_group, print_sheet
from model_manager.rendering.tables.task_sheet import task_lines

_EMBEDDED = str(Place())
_OF_ACCESS = ("suspicious_key", "several_keys", "no_base_url")


def draw(console: ReportConsole, report: ModelInfo | TaskInfo, history: History | None = None) -> None:
    """The sheet, a task's with its history if that is given."""
    if isinstance(report, TaskInfo):
        task = report.assignment.task
        title = console.text(task.name, "heading")
        console.print(title.append_text(console.text(f"  {task.purpose}" if task.purpose else "", "muted")))
        print_sheet(console, task_lines(report))
        draw_profiles(console, [report.measured])
        if history:
            draw_history(console, history)
        return
    model = report.row.model
    title = console.text(model.name, "heading").append_text(console.text(f"  {model.id}", "muted"))
    console.print(title)
    print_group(console, "What it is", _identity_lines(report))
    draw_price(console, report)
    print_group(console, "State", _state_lines(report))


def _identity_lines(report: ModelInfo) -> Iterable[Line]:
    model = report.row.model
    if model.best_for:
        yield "best for", model.best_for + (" (recommended)" if model.recommended else ""), ""
    provider = f"{report.provider.name} ({report.provider.id})"
    requested = f", which is asked for {model.model_id}" if model.model_id != model.id else ""
    yield "provider", provider + requested, ""
    if model.aliases:
        yield "aliases", ", ".join(model.aliases), ""
    yield from _ability_lines(model)
    if model.notes:
        yield "notes", model.notes, ""


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
    yield "can", ", ".join(model.capabilities) or "unknown", "good"
    if model.lacks:
        yield "cannot", ", ".join(model.lacks), ""
    unknown = [word for word in CAPABILITIES if model.has(word) is None]
    if unknown and (model.capabilities or model.lacks):
        yield "unknown", ", ".join(unknown), "muted"
    uncertain = [f"{fact.replace('_', ' ')} ({why})" for fact, why in model.certainty.items() if fact != "price"]
    if uncertain:
        yield "uncertain", ", ".join(uncertain), "warning"


def _state_lines(report: ModelInfo) -> Iterable[Line]:
    yield "status", _status(report), STATUS_STYLES[report.row.status]
    for move in report.moves:
        yield "replace", f"model-manager assign {quote(move.task or 'TASK')} {quote(move.route)}", "id"
    yield "tasks", ", ".join(report.row.tasks) or "none", ""
    yield from lately_lines(report.lately)
    yield from _access_lines(report)


def _status(report: ModelInfo) -> str:
    model = report.row.model
    words = [str(report.row.status)]
    if model.released:
        words.append(f"released {model.released}")
    if model.knowledge_cutoff:
        words.append(f"knowledge until {model.knowledge_cutoff}")
    if model.deprecated:
        words.append(f"deprecated {model.deprecated}")
    if model.retires:
        days = model.days_left(report.moment.date()) or 0
        words.append(
            f"retires {model.retires} (in {plural(days, 'day')})" if days > 0 else f"retired {model.retires}"
        )
    if model.replacement and not report.moves:
        words.append(f"replacement {model.replacement}")
    return ", ".join(words)


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
        if finding.code in _OF_ACCESS:
            yield finding.severity, finding.message, SEVERITY_STYLES[finding.severity]
    if report.destination:
        named_by = report.destination.named_by
        origin = "" if named_by == _EMBEDDED else f", from {named_by}"
        yield "base URL", report.destination.base_url + origin, ""
    links = [link for link in (provider.docs_url, provider.status_url) if link]
    if links:
        yield "see", " ".join(links), "muted"
