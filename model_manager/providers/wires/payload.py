"""Decoding JSON exactly, and reading it without trust: a value of the wrong type counts as absent."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

_MOST_DIGITS = 40
_BEYOND_REASON = 10**18
#: Types of decoded values that are as JSON takes them.
_PLAIN = frozenset({str, int, bool, type(None)})
_NOTHING: Mapping[str, Any] = {}
# One decoder and one encoder for all: making one costs more than decoding an event. NaN and Infinity are not JSON.
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=lambda _: None)
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=float)
_SCAN: Any = getattr(_DECODER, "scan_once")  # noqa: B009 - it is public, but typeshed has forgotten it


def decode(text: str) -> Any:
    """The JSON document, with fractions as exact decimals.

    Raises:
        ValueError: if it is not JSON, or nested too deep.
    """
    try:
        # Without white space around it, as in most events, the scanner alone will do.
        document, end = _SCAN(text, 0)
    except (StopIteration, RecursionError):
        end = -1
    if end == len(text):
        return document
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def mapping(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def sequence(value: object) -> Sequence[Any]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else ()


def text(value: object) -> str:
    """The string, or an empty one."""
    return value if isinstance(value, str) else ""


def count(value: object) -> int | None:
    """A number of tokens, or None if it is not one: absent is not zero."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, Decimal) and _is_sane(value) and value == value.to_integral_value():
        value = int(value)
    return value if isinstance(value, int) and 0 <= value < _BEYOND_REASON else None


def amount(value: object) -> Decimal | None:
    """An amount of money, or None if it is not one."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    exact = Decimal(value)
    return exact if _is_sane(exact) and exact >= 0 else None


def _is_sane(value: Decimal) -> bool:
    """Whether a number can be meant: "1e3000000" is five letters long, and minutes of arithmetic."""
    return (
        value.is_finite()
        and abs(value.adjusted()) <= _MOST_DIGITS
        and len(value.as_tuple().digits) <= _MOST_DIGITS
    )


def first(*values: int | None) -> int | None:
    """The first that is there; zero is there."""
    for value in values:
        if value is not None:
            return value
    return None


def total(*values: int | None) -> int | None:
    """The sum of those that are there, or None if none is."""
    stated = [value for value in values if value is not None]
    return sum(stated) if stated else None


def plain(value: Any) -> Any:
    """A decoded value as the standard library's JSON takes it: exact fractions become floats."""
    if isinstance(value, dict):
        return {name: item if type(item) in _PLAIN else plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [item if type(item) in _PLAIN else plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def as_json(value: object) -> str:
    """JSON text of a decoded value, on one line."""
    return _ENCODER.encode(value)
