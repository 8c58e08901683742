"""Latencies as counts in buckets that are 5% wide, and the percentiles that can be read from them."""

from collections.abc import Mapping
from math import ceil, log

WIDTH = 1.05
#: The kinds of latencies, as the column `what` has them.
LATENCY, FIRST_TEXT = 0, 1
_LOG_WIDTH = log(WIDTH)


def bucket_of(microseconds: int) -> int:
    """The number of the bucket of a latency; what took no time at all is in bucket 0."""
    return int(log(microseconds) / _LOG_WIDTH) if microseconds > 1 else 0


def latency_in(bucket: float) -> float:
    """The latency in microseconds at a place in the buckets: 3.5 is the middle of bucket 3."""
    return float(WIDTH**bucket)


def percentile(counts: Mapping[int, int], fraction: float) -> float | None:
    """The latency in microseconds that this fraction of the calls do not exceed; None without calls."""
    rank = max(1, ceil(sum(counts.values()) * fraction))
    before = 0
    for bucket in sorted(counts):
        if before + counts[bucket] >= rank:
            # As if the calls of a bucket were spread over it evenly; a single one is in its middle.
            return latency_in(bucket + (rank - before - 0.5) / counts[bucket])
        before += counts[bucket]
    return None
