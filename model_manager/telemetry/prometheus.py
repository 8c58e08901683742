"""The metrics that `GET /metrics` shows: names, labels and meanings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

from model_manager.ledger.budgets.standings import BudgetStanding
from model_manager.ledger.records import dollars_of
from model_manager.ledger.reports.counters import Counters
from model_manager.telemetry.exposition import Family, Sample, histogram_samples

#: Upper bounds of the latency histogram in seconds: first texts of small models to long reasoning.
BOUNDS_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)


def call_families(counters: Counters) -> Iterator[Family]:
    """The calls of all processes that record in one ledger, since it was begun."""
    yield _counter(
        "calls_total",
        "Requests to options of routes, live tests included; the task is empty for calls without one.",
        (Sample(calls, group._asdict()) for group, calls in sorted(counters.calls.items())),
    )
    yield _counter(
        "tokens_total",
        "Tokens; cache_read and cache_write are parts of input, reasoning of output.",
        (
            Sample(count, {"task": task, "model": model, "type": kind})
            for (task, model, kind), count in sorted(counters.tokens.items())
        ),
    )
    yield _counter(
        "cost_usd_total",
        "Cost in US dollars, without calls whose cost is unknown.",
        (
            Sample(dollars_of(pico), {"task": task, "model": model})
            for (task, model), pico in sorted(counters.cost_pico.items())
        ),
    )
    unpriced, unrecorded = [Sample(counters.unpriced)], [Sample(counters.unrecorded)]
    yield _counter("unpriced_calls_total", "Calls whose cost was unknown when they were made.", unpriced)
    lost = "Calls that could not be recorded, and that no other counter has."
    yield _counter("unrecorded_calls_total", lost, unrecorded)
    yield Family(
        "model_manager_latency_seconds",
        "histogram",
        "Time to the whole answer, of answered calls; bounds are exact to 2.5%.",
        _latency_samples(counters),
    )


def _counter(name: str, help_: str, samples: Iterable[Sample]) -> Family:
    return Family(f"model_manager_{name}", "counter", help_, samples)


def _latency_samples(counters: Counters) -> Iterator[Sample]:
    for model, latencies in sorted(counters.latencies.items()):
        cumulative = [(bound, latencies.up_to(bound)) for bound in BOUNDS_S]
        total_s = Decimal(latencies.total_us).scaleb(-6)
        yield from histogram_samples({"model": model}, cumulative, latencies.count, total_s)


def catalogue_families(retirements: Mapping[str, date], models: Mapping[str, Sequence[str]]) -> Iterator[Family]:
    """What the catalogue and the assignments say.

    Args:
        retirements: the day on which a model retires.
        models: the models that each task's route names.
    """
    yield Family(
        "model_manager_model_retires_timestamp_seconds",
        "gauge",
        "When a model of the catalogue retires, as seconds since 1970; models without a date are left out.",
        [Sample(_midnight(day), {"model": model}) for model, day in sorted(retirements.items())],
    )
    yield Family(
        "model_manager_task_model_info",
        "gauge",
        "1 for each model that a task's route names, fallbacks included.",
        [Sample(1, {"task": task, "model": model}) for task, names in sorted(models.items()) for model in names],
    )


def budget_families(standings: Sequence[BudgetStanding]) -> Iterator[Family]:
    """Where the budgets stand in their present periods; a project's has the project's name as well."""
    limits = [Sample(one.budget.limit, _labels_of(one)) for one in standings]
    help_ = "The limit of a budget for its day, week or month, in US dollars."
    yield Family("model_manager_budget_limit_usd", "gauge", help_, limits)
    spent = [Sample(one.balance.spent, _labels_of(one)) for one in standings]
    help_ = "The cost of a budget's calls in its present period, in US dollars."
    yield Family("model_manager_budget_spent_usd", "gauge", help_, spent)


def _labels_of(standing: BudgetStanding) -> Mapping[str, str]:
    budget = standing.budget
    return (
        {"budget": budget.name} if budget.project is None else {"budget": budget.name, "project": budget.project}
    )


def state_families(*, ledger: bool | None, configuration: bool) -> Iterable[Family]:
    """What could be read.

    Args:
        ledger: whether the ledger could be; None: nothing is recorded.
        configuration: whether the catalogue and the .env files could be.
    """
    if ledger is not None:
        help_ = "Whether the ledger can be read; if not, the metrics of calls are missing."
        yield Family("model_manager_ledger_up", "gauge", help_, [Sample(int(ledger))])
    help_ = "Whether the catalogue and the .env files are valid; if not, the metrics of models are missing."
    yield Family("model_manager_configuration_up", "gauge", help_, [Sample(int(configuration))])


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
