"""The figures of a number of calls: sums that are exact, and percentiles from latency buckets."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from model_manager.ledger.buckets import percentile
from model_manager.ledger.records import dollars_of

FRACTIONS = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_US_PER_MS = 1000


@dataclass(slots=True)
class Figures:
    """Sums over calls. Tokens that a provider did not count are in no sum.

    Attributes:
        calls: options that were asked; `failed` and `cancelled` of them brought no complete answer.
        fallbacks: those that were asked because another option had failed.
        retries: requests that were sent beyond each call's first.
        estimated: those whose tokens are our estimate; `unpriced` those whose cost is unknown.
        latency: answered calls by bucket; `first_text` the same for the time to the first text.
    """

    calls: int = 0
    failed: int = 0
    cancelled: int = 0
    fallbacks: int = 0
    retries: int = 0
    estimated: int = 0
    priced: int = 0
    unpriced: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    cost_pico: int = 0
    timed_output: int = 0
    timed_us: int = 0
    latency: Counter[int] = field(default_factory=Counter)
    first_text: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Figures") -> None:
        """Add other calls."""
        for name in SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.latency.update(other.latency)
        self.first_text.update(other.first_text)

    @property
    def cost_usd(self) -> Decimal | None:
        """The exact sum of the known costs; None if some calls cost something and none of it is known."""
        return None if self.unpriced and not self.priced else dollars_of(self.cost_pico)

    @property
    def latency_ms(self) -> dict[str, float | None]:
        """Percentiles of the whole answers' times."""
        return _percentiles(self.latency)

    @property
    def ttft_ms(self) -> dict[str, float | None]:
        """Percentiles of the times to the first text."""
        return _percentiles(self.first_text)

    @property
    def tokens_per_second(self) -> float | None:
        """Output tokens over the time after the first text, of all answered calls together."""
        return round(self.timed_output * 1e6 / self.timed_us, 1) if self.timed_us > 0 else None


SUMS = (
    "calls", "failed", "cancelled", "fallbacks", "retries", "estimated", "priced", "unpriced", "input", "output",
    "cache_read", "cache_write", "reasoning", "cost_pico", "timed_output", "timed_us",
)  # fmt: skip


def total_of(figures: Iterable[Figures]) -> Figures:
    """All of them together."""
    total = Figures()
    for one in figures:
        total.add(one)
    return total


def _percentiles(counts: Counter[int]) -> dict[str, float | None]:
    found = {name: percentile(counts, fraction) for name, fraction in FRACTIONS.items()}
    return {name: None if value is None else round(value / _US_PER_MS, 1) for name, value in found.items()}
