"""`cost`: the cost of a workload on each model, and of the tasks per month."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from model_manager.commands.cost_report import CostQuery, CostReport, CostRow, Workload
from model_manager.commands.measured import Measurements
from model_manager.commands.profiles import DAYS_PER_MONTH, Per, profile_cost, task_cost, task_parts, usage_of
from model_manager.commands.request_limits import (
    exceeded_limits,
    taken_by_none,
    tier_reached,
)
from model_manager.commands.rows import OLDER, TYPICAL, users_of_models
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment
from model_manager.core.models import Model, Profile, Task
from model_manager.core.phrases import listed
from model_manager.core.pricing import add, cost, cost_parts, multiply
from model_manager.core.requirements import unmet
from model_manager.core.suggestions import find_model
from model_manager.errors import UsageError


def run(
    workspace: Workspace, query: CostQuery, moment: datetime, measured: Measurements | None = None
) -> CostReport:
    """The costs at a moment; those of the tasks beside what was measured.

    Raises:
        UsageError: counts that contradict each other, an unknown model or task, a profile without what is needed.
    """
    _check(query)
    if query.assigned:
        return _assigned(workspace, query, moment, measured or Measurements())
    assignment = workspace.assignment(query.task, moment.date()) if query.task else None
    workload = _workload(query, assignment, moment)
    models, notes = _models(workspace, query, assignment, moment)
    rows = [_row(model, workload) for model in models]
    notes += taken_by_none(models, workload.usage or TYPICAL)
    reference, amount = _reference(workspace, query, assignment, rows, workload)
    if assignment and assignment.task.profile is None and not query.counts.any:
        notes = (f"{_without_profile(assignment.task)}; this is the default workload", *notes)
    return CostReport(
        workload=workload,
        rows=tuple(_with_age(workspace, query, _compared(_cheapest_first(rows), amount), reference, moment)),
        reference=reference,
        reference_usd=amount,
        notes=notes,
    )


def _check(query: CostQuery) -> None:
    query.counts.check()
    if query.assigned and (query.models or query.counts.any or query.task or query.requests is not None):
        hint = "`assigned` uses the profiles in the catalogue ([tasks.NAME.profile])"
        message = "`assigned` cannot be combined with models, a task, token counts or requests"
        raise UsageError(message, hint=hint, parameter="assigned")


def _workload(query: CostQuery, assignment: Assignment | None, moment: datetime) -> Workload:
    """The default workload, the given one, or a task's profile with the given counts in place of its own."""
    requests = None if query.requests is None else Decimal(query.requests)
    if assignment is None or assignment.task.profile is None:
        number = Decimal(1) if requests is None else requests
        return Workload(usage=query.counts.usage(), requests=number, per=query.per, on=moment)
    profile = assignment.task.profile
    per = query.per or "month"
    _check_profile(query, assignment.task, profile)
    if requests is None:
        days = DAYS_PER_MONTH if per == "month" else 1
        requests = Decimal(1) if profile.requests_per_day is None else profile.requests_per_day * days
    usage = query.counts.usage() if query.counts.any else usage_of(profile)
    return Workload(usage=usage, requests=requests, per=per, on=moment)


def _check_profile(query: CostQuery, task: Task, profile: Profile) -> None:
    """Check that what a workload needs is in the profile or in the query.

    Raises:
        UsageError: something is in neither.
    """
    missing = set(profile.missing)
    if query.requests is not None:
        missing -= {"requests_per_day"}
    if query.counts.any:
        missing -= {"input_tokens", "output_tokens"}
    if not missing:
        return
    names = ", ".join(name for name in profile.missing if name in missing)
    raise UsageError(
        f"the profile of {task.name} has no {names}", hint="add it, or use `input`, `output`, `requests`"
    )


def _row(model: Model, workload: Workload) -> CostRow:
    usage, requests = workload.usage or TYPICAL, workload.requests or Decimal(0)
    parts = cost_parts(model.price, usage, workload.on)
    return CostRow(
        model=model,
        task=None,
        cost_usd=_price(model, workload),
        parts=parts.times(requests) if parts else None,
        exceeds=exceeded_limits(model, usage),
        tier=tier_reached(model.price, usage, workload.on, requests),
    )


def _price(model: Model, workload: Workload) -> Decimal | None:
    one = cost(model.price, workload.usage or TYPICAL, workload.on)
    return multiply(one, workload.requests or Decimal(0))


def _models(
    workspace: Workspace, query: CostQuery, assignment: Assignment | None, moment: datetime
) -> tuple[list[Model], tuple[str, ...]]:
    """The models to compare: the named ones, else all that are not retired and meet the task's requirements."""
    if query.models:
        _check_names(workspace, query.models)
        named = [find_model(workspace.catalogue, name) for name in query.models]
        return list({model.id: model for model in named}.values()), ()
    models = list(workspace.catalogue.models.values())
    if not query.all:
        models = [model for model in models if model.status(moment.date()) != "retired"]
    if assignment is None:
        return models, ()
    able = [
        model
        for model in models
        if model is assignment.model
        or not any(f.severity == "error" for f in unmet(assignment.task, model, moment))
    ]
    left_out = len(models) - len(able)
    subject, verb = ("1 model", "is") if left_out == 1 else (f"{left_out} models", "are")
    note = f"{subject} that cannot do what {assignment.task.name} requires {verb} left out"
    return able, (note,) if left_out else ()


def _check_names(workspace: Workspace, names: Iterable[str]) -> None:
    """Check that no name is a route of several models.

    Raises:
        UsageError: one is, and its models have to be named one by one.
    """
    for name in names:
        if "," in name and workspace.catalogue.find(name) is None:
            models = " ".join(filter(None, (part.strip() for part in name.split(","))))
            raise UsageError(f"{name!r} is not one model", hint=f"name them one by one: {models}")


def _reference(
    workspace: Workspace,
    query: CostQuery,
    assignment: Assignment | None,
    rows: Sequence[CostRow],
    workload: Workload,
) -> tuple[Model | None, Decimal | None]:
    """The model to compare with: the one asked for, else the task's or chat's, else the most expensive."""
    if query.reference:
        model = find_model(workspace.catalogue, query.reference)
        return model, _price(model, workload)
    usual = assignment or next(
        (found for found in workspace.assignments(workload.on.date()) if found.task.name == "chat"), None
    )
    if usual and usual.model and (amount := _price(usual.model, workload)) is not None:
        return usual.model, amount
    known = [row for row in rows if row.cost_usd is not None]
    if not known:
        return None, None
    most_expensive = max(known, key=lambda row: row.cost_usd or Decimal(0))
    return most_expensive.model, most_expensive.cost_usd


def _cheapest_first(rows: Iterable[CostRow]) -> list[CostRow]:
    return sorted(rows, key=lambda row: (row.cost_usd is None, row.cost_usd or Decimal(0)))


def _compared(rows: Iterable[CostRow], reference: Decimal | None) -> Iterable[CostRow]:
    for row in rows:
        known = row.cost_usd is not None and reference
        relative = row.cost_usd / reference if known and row.cost_usd is not None and reference else None
        yield replace(row, relative=relative)


def _with_age(
    workspace: Workspace, query: CostQuery, rows: Iterable[CostRow], reference: Model | None, moment: datetime
) -> Iterable[CostRow]:
    """The rows with which are of older models, unless these were asked for."""
    on = moment.date()
    used = users_of_models(workspace, workspace.assignments(on))
    for row in rows:
        is_named = query.all or query.models or row.model in (None, reference) or row.model.id in used
        is_older = not is_named and row.model is not None and row.model.status(on) in OLDER
        yield replace(row, is_older=is_older)


def _without_profile(task: Task) -> str:
    counts = listed(Profile().missing)
    return f"{task.name} has no profile: add [tasks.{task.name}.profile] with {counts} to know its cost"


def _with_limits(row: CostRow, profile: Profile | None, moment: datetime, per: Per) -> CostRow:
    """The same with how a request of the task meets the limits and tiers of its model."""
    if row.model is None or profile is None or profile.missing:
        return row
    usage = usage_of(profile)
    requests = (profile.requests_per_day or Decimal(0)) * (DAYS_PER_MONTH if per == "month" else 1)
    return replace(
        row,
        exceeds=exceeded_limits(row.model, usage),
        tier=tier_reached(row.model.price, usage, moment, requests),
    )


def _assigned(workspace: Workspace, query: CostQuery, moment: datetime, measured: Measurements) -> CostReport:
    """The cost of every task by its profile: per month, unless asked for a day."""
    per = query.per or "month"
    reference = find_model(workspace.catalogue, query.reference) if query.reference else None
    rows: list[CostRow] = []
    notes = []
    for assignment in workspace.assignments(moment.date()):
        task = assignment.task
        amount = task_cost(assignment, workspace.catalogue, moment, per)
        row = CostRow(
            model=assignment.model,
            task=task.name,
            cost_usd=amount,
            parts=task_parts(assignment, workspace.catalogue, moment, per),
            measured=measured.of(task.name),
        )
        row = _with_limits(row, task.profile, moment, per)
        rows += _compared([row], profile_cost(reference, task.profile, moment, per))
        if task.profile is None:
            notes.append(_without_profile(task))
        elif task.profile.missing:
            notes.append(f"{task.name} has a profile without {', '.join(task.profile.missing)}")
        elif assignment.model is None:
            notes.append(f"{task.name} has no model that the catalogue knows")
        elif assignment.route and len(assignment.route.options[0].live) > 1:
            notes.append(f"{task.name} is shared ({assignment.route}): each share counts by its weight")
    return CostReport(
        workload=Workload(usage=None, requests=None, per=per, on=moment),
        rows=tuple(_cheapest_first(rows)),
        reference=reference,
        total_usd=add(row.cost_usd for row in rows),
        known_usd=add(row.cost_usd for row in rows if row.cost_usd is not None),
        by_task=True,
        notes=tuple(notes),
    )
