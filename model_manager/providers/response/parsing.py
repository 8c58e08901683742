"""The object of the class that was given as the form of the answer, made of the answer's text."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from model_manager.core.options import AnswerFormat
from model_manager.providers.errors.body import excerpt
from model_manager.providers.response.accumulator import ReplyAccumulator
from model_manager.providers.wires.base import Failure

_MORE_ROOM = "raise `max_tokens`; reasoning counts as output too"
#: Of the places where an answer does not fit, so many are named.
_MOST_NAMED = 3


def parsed_answer(name: str, form: AnswerFormat | None, accumulator: ReplyAccumulator) -> Any:
    """The object of the class, or why there is none; None: no class was given, or the answer asks for tools."""
    if form is None or form.answer_class is None or accumulator.tool_calls:
        return None
    parsed = parsed_text(name, form, accumulator.text)
    word = accumulator.finish_word or None
    if not isinstance(parsed, Failure):
        return parsed
    if accumulator.ending.reason == "length":
        return replace(parsed, kind="truncated", code=word, hint=_MORE_ROOM)
    return replace(parsed, code=word)


def parsed_text(name: str, form: AnswerFormat, text: str) -> Any:
    """The object of the class that a text makes, or why it makes none.

    A class is anything with pydantic's `model_validate_json`, which is not imported for it.
    """
    try:
        return form.answer_class.model_validate_json(text)
    except Exception as error:  # noqa: BLE001 - validators are the application's
        problems = _problems(error)
    said = f"the answer of {name}'s model does not fit {form.answer_class.__name__}: {problems}"
    return Failure(kind="protocol", message=said)


def _problems(error: Exception) -> str:
    """The problems that pydantic names, by their places; of another error its first words, else its type."""
    try:
        return _listed(getattr(error, "errors", list)()) or excerpt(str(error)) or type(error).__name__
    except Exception:  # noqa: BLE001 - the class of the error is the application's too
        return type(error).__name__


def _listed(problems: Sequence[Mapping[str, Any]]) -> str:
    named = [
        ": ".join(filter(None, (".".join(map(str, problem["loc"])), problem["msg"])))
        for problem in problems[:_MOST_NAMED]
    ]
    further = len(problems) - len(named)
    return "; ".join(named) + (f"; and {further} more" if further else "")
