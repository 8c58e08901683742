"""What `cost` is asked, and what it reports."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from model_manager.commands.counts import Counts
from model_manager.commands.measured import Measured
from model_manager.commands.profiles import Per
from model_manager.commands.request_limits import ExceededLimit, TierReached
from model_manager.core.models import Model
from model_manager.core.pricing import CostParts, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuery:
    """A query of `cost`. `requests` multiplies `counts`; `per` is the period of the requests."""

    models: Sequence[str] = ()
    counts: Counts = field(default_factory=Counts)
    requests: int | None = None
    per: Per | None = None
    task: str | None = None
    assigned: bool = False
    reference: str | None = None
    all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The tokens of one request and the number of requests; None where each task has its own."""

    usage: Usage | None
    requests: Decimal | None
    per: Per | None
    on: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """The cost of the workload on a model in US dollars, None if unknown; `relative` to the reference's cost.

    Attributes:
        parts: what the cost is made of, None if it is unknown.
        exceeds: the model's limits that the request is beyond: it could not be made.
        tier: the tier by which the request is billed, None if that is the base price.
        measured: what a task really cost, None without recorded calls.
        is_older: whether it is a legacy or deprecated model that nobody has asked for and no task uses.
    """

    model: Model | None
    task: str | None
    cost_usd: Decimal | None
    relative: Decimal | None = None
    parts: CostParts | None = None
    exceeds: tuple[ExceededLimit, ...] = ()
    tier: TierReached | None = None
    measured: Measured | None = None
    is_older: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """The costs, the cheapest first and unknown ones last.

    With `assigned`, `total_usd` is the sum, None if a part of it is unknown; `known_usd` is the sum of the others.
    """

    workload: Workload
    rows: tuple[CostRow, ...]
    reference: Model | None = None
    reference_usd: Decimal | None = None
    total_usd: Decimal | None = None
    known_usd: Decimal | None = None
    by_task: bool = False
    notes: tuple[str, ...] = ()

    @property
    def unknown(self) -> int:
        """How many costs are unknown."""
        return sum(row.cost_usd is None for row in self.rows)
