"""Budgets of the catalogue's files: those of all files count together, whatever the rest of the files say.

So a project's file cannot loosen the user's budgets: neither by one of the same name nor by `extends = false`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from model_manager.config.catalogue.consistency import KnownModels
from model_manager.config.catalogue.layers import Data, LayerData
from model_manager.config.catalogue.schema import Mistake
from model_manager.core.models import BUDGET_ACTIONS, Budget
from model_manager.core.routing.grammar import AUTO, parse_route
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import Problem


def budget_problems(read: Iterable[LayerData], effective: Sequence[LayerData], data: Data) -> list[Problem]:
    """What is wrong with budgets beyond single values.

    Args:
        read: all files.
        effective: those whose models and tasks count.
        data: the tables of these together.
    """
    found = []
    for layer in read:
        for name, table in layer.data.get("budgets", {}).items():
            mistakes = list(_incomplete(name, table))
            if layer in effective:
                mistakes += _unknown(name, table, layer, data)
            found += [layer.problem(mistake) for mistake in mistakes if not _is_said(layer, mistake)]
    return found


def _incomplete(name: str, table: Data) -> Iterator[Mistake]:
    for key, example in (("limit", "limit = 50 (US dollars)"), ("per", 'per = "month"')):
        if key not in table:
            yield Mistake(("budgets", name, key), "is missing", f"for example {example}")


def _unknown(name: str, table: Data, layer: LayerData, data: Data) -> Iterator[Mistake]:
    """Models that are in none of the files; and tasks, in a project's file: the user's is for many projects."""
    tasks: Mapping[str, object] = data.get("tasks", {})
    for task in table.get("tasks", ()) if layer.file.layer == "project" else ():
        if task not in tasks:
            yield Mistake(("budgets", name, "tasks"), f"there is no task {task!r}", did_you_mean(task, tasks))
    then = table.get("then", "warn")
    if then in BUDGET_ACTIONS:
        return
    known = KnownModels(data)
    for model in parse_route(then).names:
        if model != AUTO and not known.has(model):
            hint = (
                did_you_mean(model, (*BUDGET_ACTIONS, *known.names))
                or "warn, refuse, or a route of the catalogue's models"
            )
            yield Mistake(("budgets", name, "then"), f"there is no model {model!r}", hint)


def _is_said(layer: LayerData, mistake: Mistake) -> bool:
    """Whether the key is wrong by itself, which has been said."""
    return any(mistake.path[: len(path)] == path for path in layer.mistaken)


def budgets_of(read: Iterable[LayerData]) -> tuple[Budget, ...]:
    """The budgets of all files, in which no problem was found."""
    return tuple(
        _budget(name, table, layer) for layer in read for name, table in layer.data.get("budgets", {}).items()
    )


def _budget(name: str, table: Data, layer: LayerData) -> Budget:
    return Budget(
        name=name,
        limit=Decimal(table["limit"]),
        per=table["per"],
        tasks=tuple(dict.fromkeys(table.get("tasks", ()))),
        warn=Decimal(table.get("warn", "0.8")),
        then=table.get("then", "warn"),
        unpriced=table.get("unpriced", "ignore"),
        place=layer.place(("budgets", name)),
    )
