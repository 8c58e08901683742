"""The lines of a task's sheet: its model and why, what it needs, and what it costs."""

from collections.abc import Iterable, Iterator
from shlex import quote

from model_manager.commands.info import TaskInfo
from model_manager.core.assignments import Assignment
from model_manager.core.models import Profile, Task
from model_manager.core.routing.grammar import AUTO
from model_manager.rendering.tables.list import EXAMPLES, SEVERITY_STYLES
from model_manager.rendering.tables.measured import measured_lines
from model_manager.rendering.tables.sheet import Line
from model_manager.rendering.text import UNKNOWN, money


def task_lines(report: TaskInfo) -> Iterable[Line]:
    """What a task's sheet has, problems last."""
    assignment, task = report.assignment, report.assignment.task
    yield "model", _model_text(assignment), "id" if assignment.model else "error"
    if assignment.source:
        yield "because", assignment.source.text, ""
    for hidden in assignment.shadowed:
        yield "overrides", f"{hidden.value}, {hidden.source.text}", "muted"
    yield "variable", task.env, ""
    yield from _rule_lines(task)
    if task.profile:
        yield "profile", _profile_text(task.profile), ""
        yield "costs", f"{money(report.monthly_usd)} per month", "money"
    yield from measured_lines(report.measured)
    if task.is_example:
        yield "example", EXAMPLES.removeprefix("Examples "), "muted"
    for finding in assignment.problems:
        yield finding.severity, finding.message, SEVERITY_STYLES[finding.severity]
    if report.moved:
        yield "replace", f"model-manager assign {quote(task.name)} {quote(report.moved)}", "id"


def _rule_lines(task: Task) -> Iterator[Line]:
    for name, text in task.preferences.items():
        yield "preference", f"{name}: {text}", ""
    if task.auto:
        yield "auto", ", ".join(f"{tier}: {model}" for tier, model in task.auto.models.items()), ""
    requires = list(task.requires)
    requires += [f"{task.min_context:,} tokens of context"] if task.min_context else []
    requires += [f"at most ${task.max_price} per million input tokens"] if task.max_price is not None else []
    if requires:
        yield "requires", ", ".join(requires), ""


def _profile_text(profile: Profile) -> str:
    cached = f", {profile.cache_share:.0%} of the prompt cached" if profile.cache_share else ""
    shown = [UNKNOWN if count is None else f"{count:,}" for count in (profile.input_tokens, profile.output_tokens)]
    requests = UNKNOWN if profile.requests_per_day is None else f"{profile.requests_per_day:,f}"
    return f"{requests} requests per day, {shown[0]} input and {shown[1]} output tokens each{cached}"


def _model_text(assignment: Assignment) -> str:
    if assignment.text is None:
        return "none"
    if assignment.model is None:
        unknown = assignment.route is not None and assignment.route.name != AUTO
        return f"{assignment.text} (not in the catalogue)" if unknown else assignment.text
    return f"{assignment.model.name} ({assignment.text})"
