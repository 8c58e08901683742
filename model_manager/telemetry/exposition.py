"""Prometheus' text format, version 0.0.4: metric families as the lines that a scraper reads."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)

Value = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Sample:
    """A value with its labels; `suffix` is what follows the family's name, such as `_sum`."""

    value: Value
    labels: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: its full name, its type, one sentence for people, and its samples."""

    name: str
    type: Literal["counter", "gauge", "histogram"]
    help: str
    samples: Iterable[Sample]


def histogram_samples(
    labels: Mapping[str, str], cumulative: Iterable[tuple[float, int]], count: int, total: Value
) -> Iterator[Sample]:
    """The samples of one histogram.

    Args:
        labels: what it is about.
        cumulative: upper bounds, rising, each with the number of values that are not above it.
        count: how many values there are.
        total: their sum.
    """
    for bound, below in cumulative:
        yield Sample(below, {**labels, "le": repr(float(bound))}, "_bucket")
    yield Sample(count, {**labels, "le": "+Inf"}, "_bucket")
    yield Sample(total, labels, "_sum")
    yield Sample(count, labels, "_count")


def render(families: Iterable[Family]) -> str:
    """The text of metric families.

    Raises:
        ValueError: a name that Prometheus does not take.
    """
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    if not _NAME.fullmatch(family.name):
        raise ValueError(f"{family.name!r} is not a valid metric name")
    yield f"# HELP {family.name} {_escaped(family.help)}"
    yield f"# TYPE {family.name} {family.type}"
    for sample in family.samples:
        yield f"{family.name}{sample.suffix}{_labels(sample.labels)} {_value(sample.value)}"


def _labels(labels: Mapping[str, str]) -> str:
    if unfit := next((name for name in labels if not _LABEL.fullmatch(name)), None):
        raise ValueError(f"{unfit!r} is not a valid label name")
    shown = ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items())
    return f"{{{shown}}}" if shown else ""


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")


def _value(value: Value) -> str:
    # A float has its shortest exact form, a decimal its digits; an exponent is never needed for what we count.
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)
