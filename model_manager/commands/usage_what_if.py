"""`usage --what-if`: the routes to compare, and what the recorded calls would have cost on them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from model_manager.config.workspace import Workspace
from model_manager.core.models import Model, Task
from model_manager.core.requirements import unmet
from model_manager.core.routing.grammar import AUTO, parse_route
from model_manager.core.suggestions import find_model, find_task
from model_manager.errors import UsageError
from model_manager.ledger.reports.call_rows import TokenRow, token_rows, uncounted_calls
from model_manager.ledger.reports.reader import LedgerReader
from model_manager.ledger.reports.usage import UsageQuery
from model_manager.ledger.reports.what_if import Candidate, WhatIf, what_if

#: In place of a route: every model that could take the task's calls.
ALL_CANDIDATES = "all"
UNCOUNTED = "its tokens are unknown"


def compare_routes(
    readers: Sequence[LedgerReader],
    query: UsageQuery,
    routes: Sequence[str],
    workspace: Workspace,
    now: datetime,
) -> Sequence[WhatIf]:
    """The cost of a report's calls on other routes, in the order of the routes.

    Where all candidates are asked for, the cheapest comes first, and what has no price last.

    Raises:
        UsageError: a route that does not parse, that the catalogue has no model for, or that is auto.
    """
    candidates: list[Candidate] = []
    for route in routes:
        if route == ALL_CANDIDATES:
            candidates += _all_candidates(workspace, query.task, now)
        else:
            candidates.append(_candidate(workspace, route))
    results = what_if(_rows(readers, query), candidates)
    unknown = sum(
        uncounted_calls(reader, query.span, project=query.project, task=query.task) for reader in readers
    )
    if unknown:
        results = [replace(result, cannot={**result.cannot, UNCOUNTED: unknown}) for result in results]
    if ALL_CANDIDATES in routes:
        results.sort(key=lambda result: (result.cost_usd is None, not result.calls, result.cost_usd or Decimal(0)))
    return results


def _rows(readers: Sequence[LedgerReader], query: UsageQuery) -> Iterator[TokenRow]:
    for reader in readers:
        yield from token_rows(reader, query.span, project=query.project, task=query.task)


def _candidate(workspace: Workspace, route: str) -> Candidate:
    option = parse_route(route).options[0]
    if any(share.name == AUTO for share in option.live):
        hint = "name a model or a split of models"
        raise UsageError(f"`what_if` {route}: auto chooses by the prompt, which is not recorded", hint=hint)
    shares = [(find_model(workspace.catalogue, share.name), share.weight) for share in option.live]
    return Candidate(route=route, shares=shares)


def _all_candidates(workspace: Workspace, task_name: str | None, now: datetime) -> Iterator[Candidate]:
    task = find_task(workspace.catalogue, task_name) if task_name else None
    for model in workspace.catalogue.models.values():
        if model.status(now.date()) != "retired" and _may_take(model, task, now):
            yield Candidate(route=model.id, shares=[(model, 1)])


def _may_take(model: Model, task: Task | None, now: datetime) -> bool:
    if model.has("chat") is False:
        return False
    return task is None or not any(finding.severity == "error" for finding in unmet(task, model, now))
