"""Skips coercion where none is needed: Typer would load pydantic to turn text into text."""

import inspect
from collections.abc import Callable
from typing import Any, get_args

import typer

_TEXTS = (str, list[str])


def spare_coercion(command: Any, function: Callable[..., Any] | None) -> None:
    """Let a command take options that were not given, and text for text parameters, without coercion.

    `command` is what Typer made of the function. Everything else is coerced by Typer.
    """
    signature = inspect.signature(function).parameters if function else {}
    for parameter in command.params:
        _spare(parameter, words=parameter.name in signature and _takes_words(signature[parameter.name]))
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


def _spare(parameter: Any, *, words: bool) -> None:
    coerce = parameter.process_value

    def process(context: typer.Context, value: Any) -> Any:
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
