"""`info`: everything about one model, or how a task gets its model."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from model_manager.commands.measured import Measured, Measurements
from model_manager.commands.profiles import task_cost
from model_manager.commands.replacements import Move, moved_route, moves_from
from model_manager.commands.rows import TYPICAL, ModelRow, model_rows
from model_manager.config.provider_keys import Key
from model_manager.config.trust import Destination
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment
from model_manager.core.lifecycle import is_current, lifecycle_problem
from model_manager.core.models import Model, Provider
from model_manager.core.pricing import cost
from model_manager.core.requirements import Finding
from model_manager.core.suggestions import LIST_HINT, did_you_mean_model
from model_manager.errors import UnknownNameError

if TYPE_CHECKING:
    from model_manager.commands.model_performance import Lately

#: Capabilities that say how fast or cheap a model works rather than what it can do.
_NOT_NEEDED_FOR_THE_SAME = {"fast-response", "prompt-caching"}
#: A window this much smaller still counts as the same size: 1,000,000 and 1,048,576 tokens are.
_SAME_CONTEXT = Decimal("0.9")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheaper:
    """A model that can do the same for less: US dollars for the typical workload, and over the model's own."""

    model: Model
    cost_usd: Decimal
    relative: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """Everything about a model as of a day; `lately` is how it did, None without recorded calls.

    `destination` is None where this machine has no base URL for it; `problems` then say why. Where its end is
    announced or past, `moves` are the assignments that replace it.
    """

    row: ModelRow
    provider: Provider
    destination: Destination | None
    key: Key
    cheaper: tuple[Cheaper, ...]
    problems: tuple[Finding, ...]
    moment: datetime
    moves: tuple[Move, ...] = ()
    lately: "Lately | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInfo:
    """How a task gets its model, and what it costs in 30 days (US dollars, None if unknown).

    `monthly_usd` is by its profile; `measured` has what it really cost, None without recorded calls. `moved` is
    the route with what replaces models whose end is announced or past, None if it has none of them.
    """

    assignment: Assignment
    monthly_usd: Decimal | None
    measured: Measured | None = None
    moved: str | None = None


def run(
    workspace: Workspace, name: str, moment: datetime, measured: Measurements | None = None
) -> ModelInfo | TaskInfo:
    """Everything about a model, or how a task gets its model, beside what was measured.

    Raises:
        UnknownNameError: neither has this name; similar ones are its hint.
    """
    if name in workspace.catalogue.tasks:
        assignment = workspace.assignment(name, moment.date())
        return TaskInfo(
            assignment=assignment,
            monthly_usd=task_cost(assignment, workspace.catalogue, moment),
            measured=measured.of(name) if measured else None,
            moved=moved_route(assignment, workspace.catalogue, moment.date()),
        )
    model = workspace.catalogue.find(name)
    if model is None:
        hint = did_you_mean_model(workspace.catalogue, name, others=workspace.catalogue.tasks) or LIST_HINT
        raise UnknownNameError(f"there is no model or task {name!r}", hint=hint)
    return _model_info(workspace, model, moment)


def with_lately(report: ModelInfo, lately: "Lately | None") -> ModelInfo:
    """The same with how the model did by the ledger, and what has become worse among its problems."""
    if lately is None:
        return report
    row = replace(report.row, degraded=lately.degraded)
    return replace(report, row=row, lately=lately, problems=(*report.problems, *lately.degraded))


def _model_info(workspace: Workspace, model: Model, moment: datetime) -> ModelInfo:
    on = moment.date()
    assignments = workspace.assignments(on)
    rows = model_rows(workspace, assignments, on)
    provider = workspace.catalogue.provider_of(model)
    no_url = workspace.base_url_problem(provider)
    return ModelInfo(
        row=next(row for row in rows if row.model.id == model.id),
        provider=provider,
        destination=workspace.destination(provider) if no_url is None else None,
        key=workspace.key(provider),
        cheaper=cheaper_models(workspace, model, moment),
        problems=(
            *lifecycle_problem(model, on),
            *([Finding("no_base_url", "warning", no_url, model.id)] if no_url else ()),
            *workspace.key_doubts(provider),
            *_other_keys(workspace.key(provider)),
        ),
        moment=moment,
        moves=moves_from(model, assignments, workspace.catalogue, on),
    )


def _other_keys(key: Key) -> Iterator[Finding]:
    """Places that hold another key than the one that is used: changing them would change nothing."""
    for source in key.overridden:
        used = key.place if source.variable == key.variable else key.variable
        yield Finding("several_keys", "info", f"{used} is used; {source.text} holds another key")


def cheaper_models(workspace: Workspace, model: Model, moment: datetime) -> tuple[Cheaper, ...]:
    """Models that can do the same for less, the cheapest first, and legacy ones after all others.

    They are neither deprecated nor retired, are known to have every capability of this one and a context window of
    about its size or more, and cost less for the typical workload.
    """
    own = cost(model.price, TYPICAL, moment)
    if not own:
        return ()
    found = []
    for other in workspace.catalogue.models.values():
        amount = cost(other.price, TYPICAL, moment)
        if amount is not None and amount < own and _can_do_the_same(other, model, moment):
            found.append(Cheaper(model=other, cost_usd=amount, relative=amount / own))
    return tuple(sorted(found, key=lambda cheaper: (not is_current(cheaper.model), cheaper.cost_usd)))


def _can_do_the_same(other: Model, model: Model, moment: datetime) -> bool:
    if other.status(moment.date()) in ("deprecated", "retired"):
        return False
    needed = set(model.capabilities) - _NOT_NEEDED_FOR_THE_SAME
    if not all(other.has(word) for word in needed):
        return False
    window = model.context_window
    return window is None or (other.context_window or 0) >= window * _SAME_CONTEXT
