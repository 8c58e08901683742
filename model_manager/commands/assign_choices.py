"""The choices of `assign` without arguments: the tasks, and the models that a task could have."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from model_manager.commands.profiles import profile_cost, task_cost
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment
from model_manager.core.models import Model, Status
from model_manager.core.pricing import Rates, add
from model_manager.core.requirements import unmet

#: Of models that fit equally well, the current ones come first.
_ORDER: dict[Status, int] = {"active": 0, "preview": 1, "legacy": 2, "deprecated": 3, "retired": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """A model that a task could have.

    Attributes:
        model: the model.
        rates: its base prices at the moment, None if unknown.
        delta_usd: what it would change in 30 days by the task's profile, None if unknown.
        fits: False if it is known to lack something, None if something is unknown.
        is_ready: whether its provider can be called.
        is_present: whether the task has it now.
        status: its lifecycle.
        notes: why it does not fit, or may not; its lifecycle; its missing key.
    """

    model: Model
    rates: Rates | None
    delta_usd: Decimal | None
    fits: bool | None
    is_ready: bool
    is_present: bool
    status: Status
    notes: tuple[str, ...]


def tasks_of(workspace: Workspace, moment: datetime) -> tuple[Assignment, ...]:
    """The tasks with their present models and problems, those with problems first."""
    found = workspace.assignments(moment.date())
    severities = {"error": 0, "warning": 1, "info": 2}
    return tuple(sorted(found, key=lambda one: min((severities[p.severity] for p in one.problems), default=2)))


def models_for(workspace: Workspace, assignment: Assignment, moment: datetime) -> tuple[ModelChoice, ...]:
    """The models that are not retired: the present one first, then those that fit best."""
    choices = [one for one in _choices(workspace, assignment, moment) if one.status != "retired"]
    return tuple(sorted(choices, key=_rank))


def _rank(choice: ModelChoice) -> tuple[bool, bool, bool, bool, int]:
    """Of equal choices the catalogue's order holds."""
    fails, is_unsure = choice.fits is False, choice.fits is None
    return not choice.is_present, fails, not choice.is_ready, is_unsure, _ORDER[choice.status]


def _choices(workspace: Workspace, assignment: Assignment, moment: datetime) -> Iterator[ModelChoice]:
    catalogue, task = workspace.catalogue, assignment.task
    present = catalogue.find(assignment.route.name) if assignment.route and assignment.route.is_single else None
    before = task_cost(assignment, catalogue, moment)
    ready = {provider.id: workspace.is_ready(provider) for provider in catalogue.providers.values()}
    keys = {provider.id: " or ".join(provider.api_key_env) for provider in catalogue.providers.values()}
    for model in catalogue.models.values():
        findings = tuple(unmet(task, model, moment))
        severities = {finding.severity for finding in findings}
        status = model.status(moment.date())
        after = profile_cost(model, task.profile, moment, "month")
        is_ready = ready[model.provider]
        yield ModelChoice(
            model=model,
            rates=model.price.on(moment) if model.price else None,
            delta_usd=None if before is None or after is None else add((after, before.copy_negate())),
            fits=False if "error" in severities else None if severities else True,
            is_ready=is_ready,
            is_present=model is present,
            status=status,
            notes=(
                *(finding.message.removeprefix(f"{model.id} ") for finding in findings),
                *([] if status == "active" else [status]),
                *([] if is_ready else [f"set {keys[model.provider]}" if keys[model.provider] else "no base URL"]),
            ),
        )
