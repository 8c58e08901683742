"""Values of JSON documents that nobody has checked yet: exact numbers, days and texts, or None."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from model_manager.core.pricing import EXACT, TOKENS_PER_PRICE_UNIT, plain
from model_manager.core.routing.grammar import NAME
from model_manager.core.source_error import SourceError

#: What a source says of a field of a model: an amount, a count, a day, a text, or that it has something.
Fact = Decimal | int | date | str | bool | None

_NUMBER = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"\d{4}-\d{2}")
#: More digits than a rate has on either side of the point, as in the catalogue.
_MOST_DIGITS = 18
#: Magnitudes that can be scaled; what is beyond them is no amount.
_MOST_EXPONENTS = (-40, 40)
_MOST_TOKENS = 10**12
#: Sources write dates far away for "never".
_NEVER = date(2090, 1, 1)


def parse_json(data: bytes) -> Any:
    """A document whose numbers keep all their digits.

    Raises:
        SourceError: it is not JSON, or no JSON that a price table would be.
    """
    try:
        return json.loads(data.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise SourceError(f"is not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SourceError(f"is not JSON ({error.msg} at {where}): it may be cut short, or an error page") from None
    except RecursionError:
        raise SourceError("is nested too deeply") from None
    except (ValueError, ArithmeticError):
        raise SourceError("has a number that is too long or not finite") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def table(value: Any) -> Mapping[str, Any]:
    """An object; an empty one where there is something else."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of an array, without what is none."""
    if isinstance(value, list):
        yield from (row for row in value if isinstance(row, dict))


def array(value: Any) -> Sequence[Any]:
    """An array; an empty one where there is something else."""
    return value if isinstance(value, list) else ()


def text(value: Any) -> str | None:
    """A text with something in it."""
    return value if isinstance(value, str) and value.strip() else None


def name(value: Any) -> str | None:
    """A text that can be a model's name."""
    said = text(value)
    return said if said and NAME.fullmatch(said) else None


def words(value: Any) -> frozenset[str]:
    """The texts of an array, without what is none."""
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list) else frozenset()


def number(value: Any) -> Decimal | None:
    """An amount from zero up, exactly as it was written, whether as a number or as a text."""
    found = _number(value)
    return plain(found) if found is not None and _is_short(found) else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        value = Decimal(value)
    found = Decimal(value)
    if not found.is_finite() or found < 0:
        return None
    return found


def _is_short(value: Decimal) -> bool:
    _, digits, exponent = value.as_tuple()
    return isinstance(exponent, int) and -exponent <= _MOST_DIGITS and len(digits) + exponent <= _MOST_DIGITS


def per_token(value: Any, scale: int = TOKENS_PER_PRICE_UNIT) -> Decimal | None:
    """US dollars per million tokens of an amount per token, or of one that is 10^scale times as small."""
    found = _number(value)
    if found is None or not _MOST_EXPONENTS[0] <= found.adjusted() <= _MOST_EXPONENTS[1]:
        return None
    # The digits are counted after it: six more are none too many of an amount per token.
    return number(found.scaleb(scale, EXACT))


def count(value: Any) -> int | None:
    """A number of tokens above zero; zero stands for unknown where sources have it."""
    found = number(value)
    if found is None or found != found.to_integral_value() or not 0 < found < _MOST_TOKENS:
        return None
    return int(found)


def day(value: Any) -> date | None:
    """The day of a date or of a moment; None for a date that means "never"."""
    said = text(value)
    if said is None or not _DAY.match(said):
        return None
    try:
        found = date.fromisoformat(said[:10])
    except ValueError:
        return None
    return found if found < _NEVER else None


def day_or_month(value: Any) -> date | str | None:
    """A day, or the text of a month."""
    said = text(value)
    return said if said and _MONTH.fullmatch(said) else day(value)
