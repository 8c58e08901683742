"""Skips coercion where none is needed: Typer would load pydantic to turn text into text or into a number."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import typer

from model_manager.errors import UsageError

_TEXTS = (str, list[str])


@dataclass(frozen=True, slots=True)
class _Number:
    """A parameter that holds a number within limits."""

    name: str
    kind: type[int] | type[float]
    least: float | None
    most: float | None

    def parse(self, text: str) -> int | float | UsageError:
        """The number, or the error, which the command raises where errors become messages."""
        try:
            number = self.kind(text)
        except ValueError:
            return self._error(text)
        # Written so that what is no number fails it.
        is_within = (self.least is None or number >= self.least) and (self.most is None or number <= self.most)
        return number if is_within and number == number else self._error(text)  # noqa: PLR0124 - NaN is not

    def _error(self, text: str) -> UsageError:
        what = "a whole number" if self.kind is int else "a number"
        if self.least is not None and self.most is not None:
            what += f" from {self.least:.9g} to {self.most:.9g}"
        elif self.least is not None:
            what += f" of at least {self.least:.9g}"
        return UsageError(f"{text!r} is not {what}", parameter=self.name)


def spare_coercion(command: Any, function: Callable[..., Any] | None) -> None:
    """Let a command take options that were not given, and text for text parameters, without coercion.

    `command` is what Typer made of the function. Numbers are parsed here; everything else is coerced by Typer.
    """
    signature = inspect.signature(function).parameters if function else {}
    for parameter in command.params:
        if (own := signature.get(parameter.name)) is None:
            _spare(parameter, words=False)
        else:
            _spare(parameter, words=_takes_words(own), number=_number_of(own))
    make_help = command.get_help_option

    def help_option(context: typer.Context) -> Any:
        option = make_help(context)
        if option is not None and "process_value" not in vars(option):
            _spare(option, words=False)
        return option

    command.get_help_option = help_option


def _takes_words(parameter: inspect.Parameter) -> bool:
    """Whether a signature's parameter holds words as they were typed."""
    kind = getattr(parameter.annotation, "__origin__", parameter.annotation)  # what Annotated is about
    return kind in _TEXTS or any(part in _TEXTS for part in get_args(kind))


def _number_of(parameter: inspect.Parameter) -> _Number | None:
    """The number that a signature's parameter holds, or None if it holds something else."""
    kind, *found = get_args(parameter.annotation) or (None,)
    kinds = {kind, *get_args(kind)}
    option = next((one for one in found if isinstance(one, typer.models.OptionInfo)), None)
    for number in (int, float):
        if option and number in kinds:
            return _Number(parameter.name, number, option.min, option.max)
    return None


def _spare(parameter: Any, *, words: bool, number: _Number | None = None) -> None:
    coerce = parameter.process_value

    def process(context: typer.Context, value: Any) -> Any:
        if number and isinstance(value, str):
            return number.parse(value)
        if not _is_right_already(value, parameter, words=words):
            return coerce(context, value)
        return parameter.callback(context, parameter, value) if parameter.callback else value

    parameter.process_value = process


def _is_right_already(value: Any, parameter: Any, *, words: bool) -> bool:
    if value is None:
        return not parameter.required
    if isinstance(value, bool | int):  # a flag, or the default of a counter
        return bool(value == parameter.default)
    if isinstance(value, str):
        return words and bool(value)
    return words and isinstance(value, list | tuple) and bool(value)
