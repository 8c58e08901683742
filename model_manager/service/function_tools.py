"""Functions as tools: a signature and its docstring in the form that models are shown."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from model_manager.core.chat.tools import ToolLike
from model_manager.core.options import Tool
from model_manager.errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Heads of a docstring's sections, in Google's style; NumPy's are underlined.
_SECTION = re.compile(
    r"(?:Args|Arguments|Parameters|Params|Returns|Return|Raises|Yields|Attributes|Examples?|Notes?):?"
)
_ARGUMENTS = re.compile(r"(?:Args|Arguments|Parameters|Params):")
_ARGUMENT = re.compile(r"(\w+)\s*(?:\([^)]*\))?\s*:\s*(.+)")
_UNREADABLE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def described(tools: Iterable[ToolLike]) -> list[ToolLike]:
    """The tools, with functions among them described.

    Raises:
        UsageError: a function whose parameters have no JSON schema, with its position.
    """
    return [
        _tool_of(tool, number) if callable(tool) and not isinstance(tool, Tool | Mapping) else tool
        for number, tool in enumerate(tools, 1)
    ]


def _tool_of(function: Callable[..., Any], number: int) -> Tool:
    """A function as a tool: its name, the description in its docstring, and the schema of its parameters."""
    name = getattr(function, "__name__", "")
    if isinstance(function, type) or not _NAME.fullmatch(name):
        shown = name or type(function).__name__
        raise UsageError(
            f"tool {number}: {shown} is not a function with a name that models can call",
            hint="define a function with letters, digits and underscores in its name (def), or give a Tool",
        )
    _check_signature(function, f"tool {number}: {name}()")
    description, arguments = _documentation(inspect.getdoc(function) or "")
    schema = _schema_of(function, f"tool {number}: {name}()")
    for parameter, field in schema["properties"].items():
        if field.get("title", "").lower() == parameter.replace("_", " ").lower():
            del field["title"]
        if parameter in arguments:
            field.setdefault("description", arguments[parameter])
    return Tool(name=name, description=description, parameters=schema)


def _check_signature(function: Callable[..., Any], told: str) -> None:
    """Refuse parameters that a model cannot give by name, or of which nobody says what they take."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise UsageError(f"{told} has no signature that can be read ({error})", hint="give a Tool") from None
    for parameter in parameters:
        if parameter.kind in _UNREADABLE:
            raise UsageError(
                f"{told}: a model gives arguments by name, and {parameter} cannot be given by name",
                hint=f"list the parameters, for example {function.__name__}(city: str, days: int = 1)",
            )
        if parameter.annotation is inspect.Parameter.empty:
            raise UsageError(
                f"{told}: the parameter {parameter.name} has no type", hint=f"annotate it: {parameter.name}: str"
            )


def _schema_of(function: Callable[..., Any], told: str) -> dict[str, Any]:
    """The schema of the parameters, as an object; pydantic, loaded for it alone, says what the types mean."""
    from pydantic import TypeAdapter

    signature: Any = function  # pydantic takes functions for types whose values are their arguments
    try:
        schema = TypeAdapter(signature).json_schema()
    except Exception as error:
        reason = " ".join(str(error).split("\n", 1)[0].split())
        raise UsageError(
            f"{told}: its parameters have no JSON schema ({reason})",
            hint="use types that JSON Schema can describe: str, int, float, bool, lists, Literal, pydantic models",
        ) from error
    return {"type": "object", "properties": {}, **{key: part for key, part in schema.items() if key != "title"}}


def _documentation(text: str) -> tuple[str, Mapping[str, str]]:
    """A docstring's description, and what it says of each argument in a section "Args:"."""
    description: list[str] = []
    listed: list[str] = []
    section = ""
    for line in text.splitlines():
        if _SECTION.fullmatch(line):
            section = line
        elif not section:
            description.append(line)
        elif _ARGUMENTS.fullmatch(section) and line.strip():
            listed.append(line)
    return "\n".join(description).strip(), _arguments(listed)


def _arguments(lines: Sequence[str]) -> Mapping[str, str]:
    """The words for each argument; lines that are further in go on with the one before."""
    words: dict[str, str] = {}
    name, depth = "", 0
    for line in lines:
        found = _ARGUMENT.fullmatch(line.strip())
        indent = len(line) - len(line.lstrip())
        if found and (not name or indent == depth):
            name, depth = found[1], indent
            words[name] = found[2]
        elif name:
            words[name] += f" {line.strip()}"
    return words
