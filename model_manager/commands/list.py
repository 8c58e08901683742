"""`list`: the models, the tasks and their models, and what is wrong with them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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

_SEPARATORS = re.compile(r"[-_./: ]+")
_SEVERITIES = ("info", "warning", "error")
SORTS = ("catalogue", "id", "name", "provider", "price", "output", "context", "released")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of `list`. `max_price` is in US dollars per million input tokens, `min_context` in tokens.

    `sort` is one of `SORTS`, or several with commas between them: "provider,price" is by price within a provider.
    """

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

    @property
    def any(self) -> bool:
        """Whether one of them is set; `all` and `sort` are none."""
        given = (self.providers, self.capabilities, self.task, self.recommended, self.ready, self.search)
        return any(given) or self.min_context is not None or self.max_price is not None


@dataclass(frozen=True, slots=True)
class TaskProblem:
    """A problem of one task or of several."""

    tasks: tuple[str, ...]
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReport:
    """The result of `list`.

    Attributes:
        emptied_by: if no model is left, a sentence that names the filter that no model passes.
        slips: variables whose names are nearly those of others.
        retired_hidden: how many models pass the filters but are retired and not shown.
        asked_providers: the ids of the providers that were asked for.
        is_filtered: whether a filter was set: then the models were asked for, and no tasks.
        is_whole: whether retired ones are shown too, as they were asked for.
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
    asked_providers: Sequence[str] = ()
    is_filtered: bool = False
    is_whole: bool = False
    slips: tuple[str, ...] = ()
    compared: date | None = None
    stale: Finding | None = None

    @property
    def has_examples(self) -> bool:
        """Whether the tasks are the embedded examples."""
        return any(assignment.task.is_example for assignment in self.tasks)

    @property
    def task_problems(self) -> tuple[TaskProblem, ...]:
        """What is wrong with the tasks, the worst last; what several tasks have in common comes once.

        Nobody has chosen the models of the embedded examples, so that no key is asked for.
        """
        tasks: dict[Finding, list[str]] = {}
        for assignment in self.tasks:
            source = assignment.source
            is_chosen = not assignment.task.is_example or (source is not None and source.kind != "catalogue")
            for finding in assignment.problems:
                if finding.code == "missing_key" and not is_chosen:
                    continue
                tasks.setdefault(replace(finding, model=None), []).append(assignment.task.name)
        found = [TaskProblem(tuple(dict.fromkeys(names)), finding) for finding, names in tasks.items()]
        return tuple(sorted(found, key=lambda one: _SEVERITIES.index(one.finding.severity)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Providers that have a key and no usable base URL, keys that look wrong, models that have become worse.

        What the tasks' problems already contain is left out.
        """
        told = set() if self.is_filtered else {found.message for task in self.tasks for found in task.problems}
        wanted = [row for row in self.providers if row.is_wanted or row.provider.id in self.asked_providers]
        unusable = [row.problem for row in wanted if row.problem]
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
    _check_words("sort", filters.sort.split(","), SORTS)
    assignments = workspace.assignments(on)
    rows: Sequence[ModelRow] = model_rows(workspace, assignments, on)
    task = workspace.assignment(filters.task, on).task if filters.task else None
    emptied_by = None if rows else "The catalogue has no models"
    names = {provider.id: provider.name for provider in workspace.catalogue.providers.values()}
    for candidate in _filters(filters, task, noon(on), names):
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
        asked_providers=providers,
        is_filtered=filters.any,
        is_whole=filters.all,
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


def _filters(
    filters: Filters, task: Task | None, moment: datetime, provider_names: Mapping[str, str]
) -> list[_Filter]:
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
        chosen.append(_Filter(f"`search` {filters.search!r}", _holds(filters.search, provider_names)))
    return chosen


def _has(capability: str) -> Callable[[ModelRow], bool]:
    return lambda row: row.model.has(capability) is True


def _costs_at_most(row: ModelRow, most: Decimal) -> bool:
    return row.rates is not None and row.rates.input is not None and row.rates.input <= most


def _holds(search: str, provider_names: Mapping[str, str]) -> Callable[[ModelRow], bool]:
    """Whether a model has every word of a search in its names or its purpose; `gpt4o` is in `gpt-4o`."""
    words = [(word, _squeezed(word)) for word in search.casefold().split()]

    def holds(row: ModelRow) -> bool:
        model = row.model
        own = (model.id, model.name, model.model_id, *model.aliases)
        names = "\n".join((*own, model.provider, provider_names[model.provider])).casefold()
        squeezed, purpose = _squeezed(names), (model.best_for or "").casefold()
        return all(word in names or word in purpose or (short and short in squeezed) for word, short in words)

    return holds


def _squeezed(text: str) -> str:
    """A text without what separates words in names; its lines stay apart."""
    return _SEPARATORS.sub("", text)


def _sorted(rows: Iterable[ModelRow], order: str) -> Iterable[ModelRow]:
    """Sorted by keys, the first one first; rows without a value come last.

    The catalogue's order puts models that a later layer adds next to their provider's others.
    """
    rows = list(rows)
    places = {name: place for place, name in enumerate(dict.fromkeys(row.model.provider for row in rows))}
    keys: dict[str, Callable[[ModelRow], Any]] = {
        "catalogue": lambda row: places[row.model.provider],
        "id": lambda row: row.model.id.casefold(),
        "name": lambda row: row.model.name.casefold(),
        "provider": lambda row: row.model.provider,
        "price": lambda row: row.rates.input if row.rates else None,
        "output": lambda row: row.rates.output if row.rates else None,
        "context": lambda row: -row.model.context_window if row.model.context_window else None,
        "released": lambda row: _newest_first(row.model.released),
    }
    chosen = [keys[word] for word in order.split(",")]
    return sorted(rows, key=lambda row: [_none_last(key(row)) for key in chosen])


def _none_last(value: Any) -> tuple[bool, Any]:
    return (value is None, value if value is not None else 0)


def _newest_first(released: str | None) -> int | None:
    """A date's digits as a negative number; a month counts as its beginning."""
    if not released:
        return None
    digits = "".join(char for char in released if char.isdigit())[:8].ljust(8, "0")
    return -int(digits)
