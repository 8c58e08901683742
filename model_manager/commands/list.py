"""`list`: the models, the tasks and their models, and what is wrong with them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from model_manager.commands.performance import Degraded
from model_manager.commands.rows import (
    ModelRow,
    ProviderRow,
    ScenarioRow,
    model_rows,
    provider_rows,
    scenario_rows,
)
from model_manager.commands.slips import slips
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment
from model_manager.core.lifecycle import stale_facts
from model_manager.core.models import CAPABILITIES, Task
from model_manager.core.quantities import noon
from model_manager.core.requirements import Finding, unmet
from model_manager.core.suggestions import did_you_mean, find_provider
from model_manager.errors import UsageError

SORTS = ("catalogue", "id", "name", "provider", "price", "output", "context", "released")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of `list`. `max_price` is in US dollars per million input tokens, `min_context` in tokens."""

    providers: Sequence[str] = ()
    capabilities: Sequence[str] = ()
    task: str | None = None
    min_context: int | None = None
    max_price: Decimal | None = None
    recommended: bool = False
    ready: bool = False
    search: str | None = None
    all: bool = False
    sort: str = "catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReport:
    """The result of `list`.

    Attributes:
        emptied_by: if no model is left, a sentence that names the filter that no model passes.
        slips: variables whose names are nearly those of others.
        retired_hidden: how many models pass the filters but are retired and not shown.
        compared: the day on which facts were last compared with their sources.
        stale: that this was long before the day of the report.
    """

    on: date
    models: tuple[ModelRow, ...]
    tasks: tuple[Assignment, ...]
    providers: tuple[ProviderRow, ...]
    scenarios: tuple[ScenarioRow, ...]
    emptied_by: str | None = None
    retired_hidden: int = 0
    slips: tuple[str, ...] = ()
    compared: date | None = None
    stale: Finding | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Providers that have a key and no usable base URL, keys that look wrong, models that have become worse.

        What the tasks' problems already contain is left out.
        """
        told = {finding.message for task in self.tasks for finding in task.problems}
        unusable = [row.problem for row in self.providers if row.problem and row.is_wanted]
        key_warnings = [finding.message for row in self.providers for finding in row.key_warnings]
        worse = (finding.message for row in self.models for finding in row.degraded)
        doubts = (doubt for doubt in key_warnings if doubt not in told)
        stale = (self.stale.message,) if self.stale else ()
        return tuple(dict.fromkeys((*unusable, *doubts, *self.slips, *worse, *stale)))


@dataclass(frozen=True, slots=True)
class _Filter:
    label: str
    keeps: Callable[[ModelRow], bool]


def run(workspace: Workspace, filters: Filters, on: date, degraded: Degraded | None = None) -> ListReport:
    """The models that pass the filters, with what has become worse of them; the tasks, providers and scenarios.

    Raises:
        UsageError: a filter names a provider, capability, task or order that does not exist.
    """
    providers = [find_provider(workspace.catalogue, name, "provider").id for name in filters.providers]
    filters = replace(filters, providers=providers)
    _check_words("capability", filters.capabilities, CAPABILITIES)
    _check_words("sort", [filters.sort], SORTS)
    assignments = workspace.assignments(on)
    rows: Sequence[ModelRow] = model_rows(workspace, assignments, on)
    task = workspace.assignment(filters.task, on).task if filters.task else None
    emptied_by = None if rows else "The catalogue has no models"
    for candidate in _filters(filters, task, noon(on)):
        kept = [row for row in rows if candidate.keeps(row)]
        if rows and not kept:
            among = f" among {len(rows)} model{'s' if len(rows) > 1 else ''}"
            emptied_by = f"No match for {candidate.label}{among}"
        rows = kept
    shown = [row for row in rows if filters.all or row.status != "retired" or row.tasks]
    hidden = len(rows) - len(shown)
    if hidden and not shown:
        emptied_by = f"Only retired models match ({hidden}); use `all` to show them"
    return ListReport(
        on=on,
        models=tuple(_sorted(_with_degraded(shown, degraded), filters.sort)),
        tasks=assignments,
        providers=provider_rows(workspace),
        scenarios=scenario_rows(workspace, on),
        emptied_by=emptied_by,
        retired_hidden=hidden,
        slips=tuple(slip.text for slip in slips(workspace)),
        compared=workspace.catalogue.compared,
        stale=stale_facts(workspace.catalogue, on),
    )


def _with_degraded(rows: Iterable[ModelRow], degraded: Degraded | None) -> Iterable[ModelRow]:
    if degraded is None or not degraded.models:
        return rows
    return [replace(row, degraded=degraded.of(row.model.id)) for row in rows]


def _check_words(parameter: str, words: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for word in words:
        if word not in known:
            hint = did_you_mean(word, known) or f"one of {', '.join(known)}"
            raise UsageError(f"there is no {word!r}", hint=hint, parameter=parameter)


def _filters(filters: Filters, task: Task | None, moment: datetime) -> list[_Filter]:
    """The filters that were asked for, in the order in which they are applied."""
    chosen: list[_Filter] = []
    if filters.providers:
        label = " ".join(f"`provider` {name}" for name in filters.providers)
        chosen.append(_Filter(label, lambda row: row.model.provider in filters.providers))
    chosen += [_Filter(f"`capability` {word}", _has(word)) for word in filters.capabilities]
    if task is not None:
        chosen.append(_Filter(f"`task` {task.name}", lambda row: not list(unmet(task, row.model, moment))))
    if (least := filters.min_context) is not None:
        chosen.append(_Filter(f"`min_context` {least}", lambda row: (row.model.context_window or 0) >= least))
    if (most := filters.max_price) is not None:
        chosen.append(_Filter(f"`max_price` {most}", lambda row: _costs_at_most(row, most)))
    if filters.recommended:
        chosen.append(_Filter("`recommended`", lambda row: row.model.recommended))
    if filters.ready:
        chosen.append(_Filter("`ready`", lambda row: row.ready))
    if filters.search:
        words = filters.search.casefold().split()
        label = f"`search` {filters.search!r}"
        chosen.append(_Filter(label, lambda row: all(word in _searched(row) for word in words)))
    return chosen


def _has(capability: str) -> Callable[[ModelRow], bool]:
    return lambda row: row.model.has(capability) is True


def _costs_at_most(row: ModelRow, most: Decimal) -> bool:
    return row.rates is not None and row.rates.input is not None and row.rates.input <= most


def _searched(row: ModelRow) -> str:
    model = row.model
    texts = (model.id, model.name, model.model_id, model.provider, model.best_for or "", *model.aliases)
    return " ".join(texts).casefold()


def _sorted(rows: Iterable[ModelRow], order: str) -> Iterable[ModelRow]:
    """Sorted by a key; rows without a value come last."""
    keys: dict[str, Callable[[ModelRow], Any]] = {
        "id": lambda row: row.model.id.casefold(),
        "name": lambda row: row.model.name.casefold(),
        "provider": lambda row: row.model.provider,
        "price": lambda row: row.rates.input if row.rates else None,
        "output": lambda row: row.rates.output if row.rates else None,
        "context": lambda row: -row.model.context_window if row.model.context_window else None,
        "released": lambda row: _newest_first(row.model.released),
    }
    key = keys.get(order)
    if key is None:
        return _by_provider(list(rows))
    return sorted(rows, key=lambda row: _none_last(key(row)))


def _by_provider(rows: Sequence[ModelRow]) -> Iterable[ModelRow]:
    """In the catalogue's order, with models that a later layer adds next to their provider's others."""
    seen = list(dict.fromkeys(row.model.provider for row in rows))
    return sorted(rows, key=lambda row: seen.index(row.model.provider))


def _none_last(value: Any) -> tuple[bool, Any]:
    return (value is None, value if value is not None else 0)


def _newest_first(released: str | None) -> int | None:
    """A date's digits as a negative number; a month counts as its beginning."""
    if not released:
        return None
    digits = "".join(char for char in released if char.isdigit())[:8].ljust(8, "0")
    return -int(digits)
