"""The text format, read back by Prometheus' own client."""

from decimal import Decimal
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from model_manager.telemetry.exposition import Family, Sample, histogram_samples, render

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, st.one_of(st.integers(0, 2**62), st.floats(allow_nan=False), st.decimals(0, 10**9, places=12)))
def test_every_label_and_value_is_read_back(label, value):
    """Quotes, backslashes and line ends in a label change neither it nor its value."""
    (family,) = text_string_to_metric_families(
        render([Family("m_total", "counter", "h", [Sample(value, {"l": label})])])
    )
    (sample,) = family.samples
    assert (sample.name, sample.labels, float(sample.value)) == ("m_total", {"l": label}, float(value))


def test_help_keeps_its_line():
    """A line end or a backslash in a help text is escaped."""
    (family,) = text_string_to_metric_families(render([Family("m", "gauge", "one\ntwo \\ three", [Sample(1)])]))
    assert (family.documentation, family.type) == ("one\ntwo \\ three", "gauge")


def test_a_small_amount_has_all_its_digits():
    """Money is written with its exact digits, without an exponent."""
    text = render([Family("m_total", "counter", "h", [Sample(Decimal("1E-12"))])])
    assert text == "# HELP m_total h\n# TYPE m_total counter\nm_total 0.000000000001\n"


def test_a_histogram_has_buckets_sum_and_count():
    """Bounds are floats as Prometheus writes them, and the last bucket has everything."""
    samples = histogram_samples({"model": "a"}, [(0.5, 1), (10, 3)], 4, Decimal("61.5"))
    (family,) = text_string_to_metric_families(render([Family("m_seconds", "histogram", "h", list(samples))]))
    assert [(s.name, s.labels.get("le"), s.value) for s in family.samples] == [
        ("m_seconds_bucket", "0.5", 1),
        ("m_seconds_bucket", "10.0", 3),
        ("m_seconds_bucket", "+Inf", 4),
        ("m_seconds_sum", None, 61.5),
        ("m_seconds_count", None, 4),
    ]
    assert float(family.samples[2].labels["le"]) == inf


@pytest.mark.parametrize(("name", "label"), [("m-total", "l"), ("m", "l-x"), ("", "l"), ("m", "0")])
def test_names_that_prometheus_refuses_are_refused(name, label):
    """A mistake of ours fails here, and does not spoil the whole scrape."""
    with pytest.raises(ValueError, match="is not a valid"):
        render([Family(name, "gauge", "h", [Sample(1, {label: "x"})])])
