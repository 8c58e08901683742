"""Rows of `list` and `info`: a model, a provider, a scenario, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment
from model_manager.core.models import Model, Provider, Scenario, Status
from model_manager.core.pricing import Rates, Usage, cost
from model_manager.core.quantities import noon
from model_manager.core.requirements import Finding
from model_manager.errors import NoBaseUrlError, SettingsError

SAME, ABOUT_THE_SAME = "the same", "about the same"
#: The workload of a typical call, wherever one is needed: the default of `cost`.
TYPICAL = Usage(input_tokens=75_000, output_tokens=25_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A model as of a day: `rates` is the base row in force, `tasks` names the tasks whose route has it.

    `degraded` says what the ledger shows to have become twice as bad as in the model's own week.
    """

    model: Model
    status: Status
    rates: Rates | None
    ready: bool
    tasks: tuple[str, ...]
    on: date
    degraded: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRow:
    """A provider, the base URL in force, the variable of its key, and whether it can be called.

    Without a usable base URL it cannot, and `problem` says which variable to set, or what is wrong with it; if
    `is_wanted`, a key or something else shows that somebody wants to call it. `key_warnings` are about the key.
    """

    provider: Provider
    base_url: str | None
    key_env: str | None
    ready: bool
    problem: str | None = None
    is_wanted: bool = True
    key_warnings: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with its base URL and its key."""
        severity: Literal["warning", "info"] = "warning" if self.is_wanted else "info"
        no_url = (Finding("no_base_url", severity, self.problem),) if self.problem else ()
        return (*no_url, *self.key_warnings)


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """Advice with its reason."""

    scenario: Scenario
    why: str


#: The statuses of models that are there for those who use them, and not for those who choose one.
OLDER = ("legacy", "deprecated")


def model_rows(workspace: Workspace, assignments: Iterable[Assignment], on: date) -> tuple[ModelRow, ...]:
    """Every model of the catalogue, in its order."""
    catalogue = workspace.catalogue
    ready = {provider.id: workspace.is_ready(provider) for provider in catalogue.providers.values()}
    users = users_of_models(workspace, assignments)
    moment = noon(on)
    return tuple(
        ModelRow(
            model=model,
            status=model.status(on),
            rates=model.price.on(moment) if model.price else None,
            ready=ready[model.provider],
            tasks=users.get(model.id, ()),
            on=on,
        )
        for model in catalogue.models.values()
    )


def users_of_models(workspace: Workspace, assignments: Iterable[Assignment]) -> Mapping[str, tuple[str, ...]]:
    """Model id to the tasks whose route names it."""
    users: dict[str, tuple[str, ...]] = {}
    for assignment in assignments:
        names = assignment.route.names if assignment.route else ()
        for model in {found.id: found for name in names if (found := workspace.catalogue.find(name))}:
            users[model] = (*users.get(model, ()), assignment.task.name)
    return users


def provider_rows(workspace: Workspace) -> tuple[ProviderRow, ...]:
    """Every provider of the catalogue, in its order."""
    return tuple(_provider_row(workspace, provider) for provider in workspace.catalogue.providers.values())


def _provider_row(workspace: Workspace, provider: Provider) -> ProviderRow:
    key_env = workspace.key(provider).shown if provider.key != "none" else None
    try:
        base_url = workspace.destination(provider).base_url
    except SettingsError as error:
        return ProviderRow(
            provider=provider,
            base_url=None,
            key_env=key_env,
            ready=False,
            problem=error.message,
            is_wanted=not isinstance(error, NoBaseUrlError) or workspace.key(provider).binding is not None,
            key_warnings=workspace.key_doubts(provider),
        )
    return ProviderRow(
        provider=provider,
        base_url=base_url,
        key_env=key_env,
        ready=workspace.is_ready(provider),
        key_warnings=workspace.key_doubts(provider),
    )


def scenario_rows(workspace: Workspace, on: date) -> tuple[ScenarioRow, ...]:
    """The scenarios, with a reason computed where the catalogue gives none."""
    rows = []
    for scenario in workspace.catalogue.scenarios.values():
        model = workspace.catalogue.find(scenario.model)
        why = scenario.why or (_why(workspace, model, noon(on)) if model else "")
        rows.append(ScenarioRow(scenario, why))
    return tuple(rows)


def _why(workspace: Workspace, model: Model, moment: datetime) -> str:
    """Reasons for a model: what it is best for, and how its price compares with the first task's model."""
    reasons = [model.best_for] if model.best_for else []
    other = next((task.model for task in workspace.catalogue.tasks.values() if task.model), None)
    reference = workspace.catalogue.find(other) if other else None
    if reference and reference.id != model.id:
        own, theirs = cost(model.price, TYPICAL, moment), cost(reference.price, TYPICAL, moment)
        if own is not None and theirs is not None:
            reasons.append(_compared(times(own, theirs), reference.id))
    return "; ".join(filter(None, reasons))


def _compared(comparison: str, name: str) -> str:
    """A comparison with a model, as part of a sentence."""
    if comparison == SAME:
        return ""
    if comparison == ABOUT_THE_SAME:
        return f"{comparison} as {name}"
    if not comparison[0].isdigit():
        return comparison
    return f"{comparison} {'as' if comparison.endswith('as expensive') else 'than'} {name}"


def times(amount: Decimal, reference: Decimal) -> str:
    """How an amount compares with another one: "6× cheaper", "2.5× as expensive", "about the same", "free"."""
    if amount == reference:
        return SAME
    if amount == 0:
        return "free"
    if reference == 0:
        return "not free"
    cheaper = amount < reference
    ratio = _ratio(reference / amount if cheaper else amount / reference)
    if ratio == "1":
        return ABOUT_THE_SAME
    return f"{ratio}× {'cheaper' if cheaper else 'as expensive'}"


def _ratio(ratio: Decimal) -> str:
    digits = 0 if ratio >= 10 else 1 if ratio >= Decimal("1.1") else 2  # noqa: PLR2004 - as many as tell something
    text = f"{ratio:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
