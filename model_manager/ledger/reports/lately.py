"""How a model did lately: its calls of the last week, beside those of the four weeks before."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from model_manager.ledger.reports.figures import Figures, total_of
from model_manager.ledger.reports.reader import LedgerReader, Span
from model_manager.ledger.storage.insertion import QUARTERS_A_DAY

LATE_DAYS, EARLIER_DAYS = 7, 28


@dataclass(frozen=True, slots=True)
class LateFigures:
    """The calls of a model: of the last seven days with its errors by kind, and of the 28 days before."""

    span: Span
    late: Figures
    errors: Mapping[str, int]
    earlier: Figures


def read_lately(reader: LedgerReader, model: str, now: int) -> LateFigures:
    """The calls of a model until a quarter hour; live tests count, probes do not: they are meant to fail."""
    span = Span(now + 1 - LATE_DAYS * QUARTERS_A_DAY, now + 1)
    before = Span(span.start - EARLIER_DAYS * QUARTERS_A_DAY, span.start)
    reader.group_by(lambda info: (info.error_kind,) if info.model == model and info.kind != "probe" else None)
    late, earlier = reader.sums(span), reader.sums(before)
    reader.add_latencies(span, late)
    reader.add_latencies(before, earlier)
    errors = Counter({str(kind): figures.calls for (kind,), figures in late.items() if kind is not None})
    return LateFigures(span, total_of(late.values()), errors, total_of(earlier.values()))
