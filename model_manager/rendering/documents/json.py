"""JSON documents as text: plain names and values. Decimals are written as numbers with all their digits."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import simplejson

from model_manager.core.pricing import plain_text
from model_manager.core.redaction import Redactor
from model_manager.errors import ModelManagerError, Problem, ProviderError
from model_manager.rendering.text import rename_parameters

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.problems import ErrorDocument, ErrorObject, ProblemObject

_SIGNIFICANT = 6


def dump(
    document: Mapping[str, object],
    redact: Redactor,
    *,
    names: Mapping[str, str] | None = None,
    indent: int | None = 2,
) -> str:
    """A document as text: ASCII only, so that no terminal and no locale can garble it.

    `names` are those that an interface has for the parameters in hints.
    """
    text = _serialise(document, indent)
    if names and "`" in text:
        document = _renamed(document, names)
        text = _serialise(document, indent)
    # Looking through the whole once is cheap; looking into every value, which is exact, is not.
    return _serialise(_redacted(document, redact), indent) if redact.may_change(text) else text


def _serialise(document: Mapping[str, object], indent: int | None) -> str:
    return simplejson.dumps(
        document,
        indent=indent,
        use_decimal=False,
        namedtuple_as_object=False,  # documents have none, and looking for one in each value doubles the time
        default=_raw,
        ensure_ascii=True,
        allow_nan=False,
    )


def _raw(value: Any) -> Any:
    if isinstance(value, Decimal):
        return simplejson.RawJSON(plain_text(value))
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _redacted(value: Any, redact: Redactor) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(item, redact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item, redact) for item in value]
    return value


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: rename_parameters(item, names) if key == "hint" and item else _renamed(item, names)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_renamed(item, names) for item in value]
    return value


def rounded(ratio: Decimal) -> float:
    """A ratio with as many digits as tell something."""
    return float(f"{ratio:.{_SIGNIFICANT}g}")


def error_document(error: ModelManagerError, names: Mapping[str, str] | None = None) -> "ErrorDocument":
    """The document that is printed instead of a report, with an interface's names of parameters."""
    return {"schema": 1, "error": error_object(error, names)}


def error_object(error: ModelManagerError, names: Mapping[str, str] | None = None) -> "ErrorObject":
    """An error with all its problems."""
    is_ours = not isinstance(error, ProviderError)
    return {
        "kind": error.kind,
        "message": rename_parameters(error.message, names) if names and is_ours else error.message,
        "hint": error.hint,
        "problems": [_problem(problem) for problem in error.problems],
    }


def _problem(problem: Problem) -> "ProblemObject":
    return {
        "file": problem.file,
        "line": problem.line,
        "key": problem.key or None,
        "message": problem.message,
        "hint": problem.hint,
    }
