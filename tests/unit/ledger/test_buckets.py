"""Latency buckets: how wide they are, and what percentiles come out."""

import random
from collections import Counter

import pytest

from model_manager.ledger.buckets import WIDTH, bucket_of, latency_in, percentile


@pytest.mark.parametrize("microseconds", [1, 2, 999, 1_000_000, 3_600_000_000])
def test_a_latency_lies_in_its_bucket(microseconds):
    """A bucket's bounds enclose what is counted in it, and are 5% apart."""
    bucket = bucket_of(microseconds)
    assert latency_in(bucket) <= microseconds * 1.000001
    assert microseconds < latency_in(bucket + 1) * 1.000001
    assert latency_in(bucket + 1) / latency_in(bucket) == pytest.approx(WIDTH)


def test_no_time_at_all_is_in_the_first_bucket():
    """A latency of 0 microseconds is counted too."""
    assert bucket_of(0) == 0


@pytest.mark.parametrize("fraction", [0.5, 0.95, 0.99])
def test_percentiles_are_within_the_width_of_a_bucket(fraction):
    """A percentile is within 5% of that of the latencies themselves."""
    dice = random.Random(3)
    latencies = sorted(int(dice.lognormvariate(13, 0.8)) for _ in range(20_000))
    counts = Counter(map(bucket_of, latencies))
    exact = latencies[int(len(latencies) * fraction) - 1]
    assert percentile(counts, fraction) == pytest.approx(exact, rel=0.05)


def test_a_single_call_is_the_middle_of_its_bucket():
    """With one call every percentile is its latency, within half a bucket."""
    assert percentile(Counter([bucket_of(500_000)]), 0.99) == pytest.approx(500_000, rel=0.025)


def test_no_calls_have_no_percentile():
    """Without calls a percentile is unknown, not 0."""
    assert percentile(Counter(), 0.5) is None
