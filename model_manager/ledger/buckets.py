"""Latencies as counts in buckets that are 5% wide, and the percentiles that can be read from them."""

from collections.abc import Mapping
from itertools import accumulate
from math import ceil, log

WIDTH = 1.05
#: The kinds of latencies, as the column `what` has them.
LATENCY, FIRST_TEXT = 0, 1
_LOG_WIDTH = log(WIDTH)


def bucket_of(microseconds: int) -> int:
    """The number of the bucket of a latency; what took no time at all is in bucket 0."""
    return int(log(microseconds) / _LOG_WIDTH) if microseconds > 1 else 0


def middle_of(bucket: int) -> float:
    """The latency in microseconds that stands for a bucket: it is off by 2.5% at most."""
    return float(WIDTH ** (bucket + 0.5))


def percentile(counts: Mapping[int, int], fraction: float) -> float | None:
    """The latency in microseconds that this fraction of the calls do not exceed; None without calls."""
    ordered = sorted(counts)
    reached = list(accumulate(counts[bucket] for bucket in ordered))
    if not reached or not reached[-1]:
        return None
    rank = max(1, ceil(reached[-1] * fraction))
    return middle_of(next(bucket for bucket, total in zip(ordered, reached, strict=True) if total >= rank))
