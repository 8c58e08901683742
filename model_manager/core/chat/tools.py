"""Tools and the form of the answer, as an application hands them over, checked and in our form."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from model_manager.core.chat.schemas import closed, is_closed
from model_manager.core.options import AnswerFormat, Tool
from model_manager.errors import UsageError

#: A tool: ours, a mapping in OpenAI's or Anthropic's form, or (for the service alone) a function.
ToolLike = Tool | Mapping[str, Any] | Callable[..., Any]
#: A JSON schema, bare or in OpenAI's wrapping (with {"type": "json_object"} for any object), or a class with
#: `model_json_schema()` such as pydantic's.
FormatLike = AnswerFormat | Mapping[str, Any] | type

#: Types of tools that an application runs itself; of all others the provider does, or knows the form.
_OURS = frozenset({"", "function", "custom"})
_SAID = frozenset({"type", "function", "name", "description", "parameters", "input_schema"})
_NO_NAME_LETTER = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_NAME = 64


def tools(given: Iterable[ToolLike] | None) -> tuple[Tool, ...]:
    """Tools in our form.

    Raises:
        UsageError: something that is no tool, or is one that the provider runs, with its position.
    """
    if not isinstance(given, Iterable | None):
        raise UsageError(f"expected tools, got {type(given).__name__}", parameter="tools")
    return tuple(_tool(tool, number) for number, tool in enumerate(given or (), 1))


def _tool(tool: ToolLike, number: int) -> Tool:
    if isinstance(tool, Tool) and isinstance(tool.name, str) and isinstance(tool.parameters, Mapping):
        return tool
    outer = tool if isinstance(tool, Mapping) else {}
    table = outer.get("function", outer)
    table = table if isinstance(table, Mapping) else {}
    _refuse_providers_own(outer, table, number)
    name, parameters = table.get("name"), table.get("parameters", table.get("input_schema"))
    if not isinstance(name, str) or not name or not isinstance(parameters, Mapping | None):
        hint = 'Tool(name="…", description="…", parameters={…})'
        raise UsageError(f"tool {number}: expected a name and the JSON schema of its parameters", hint=hint)
    extras = {key: value for part in (outer, table) for key, value in part.items() if key not in _SAID}
    stated = {} if parameters is None else {"parameters": parameters}
    return Tool(
        name=name,
        description=str(table.get("description") or ""),
        extras={key: value for key, value in extras.items() if value is not None},
        **stated,
    )


def _refuse_providers_own(outer: Mapping[str, Any], table: Mapping[str, Any], number: int) -> None:
    """Refuse a tool that the provider runs: as a function of ours, nobody would answer it."""
    kind = outer.get("type") or ""
    single = next(iter(outer), "") if len(outer) == 1 else ""
    is_googles = bool(single) and single not in _SAID and isinstance(outer[single], Mapping)
    if kind in _OURS and not (is_googles or (kind == "custom" and "custom" in outer)):
        return
    name = table.get("name") or kind or single
    said = f" ({kind})" if kind and kind != name else ""
    raise UsageError(
        f"tool {number}: {name}{said} is a tool of one provider, and only functions are accepted",
        hint='define a function, or pass it in the format of that provider: extra_body={"tools": […]}',
    )


def answer_format(given: FormatLike | None) -> AnswerFormat | None:
    """The form of the answer in our form.

    Raises:
        UsageError: something that is no JSON schema.
    """
    if given is None or (isinstance(given, Mapping) and given.get("type") == "text" and len(given) == 1):
        return None
    form = _form(given)
    schema: object = form.schema if form else ""
    if isinstance(schema, Mapping | None):
        return form
    raise UsageError(
        "expected a JSON schema or a pydantic model class",
        parameter="response_format",
        hint='for example {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}',
    )


def _form(given: FormatLike) -> AnswerFormat | None:
    """The tool in our form, its schema not yet checked; None if it is nothing of the kind."""
    if isinstance(given, AnswerFormat):
        return given
    schema_of = getattr(given, "model_json_schema", None)
    if isinstance(given, type) and callable(schema_of):
        return _of_class(given, schema_of)
    if isinstance(given, Mapping):
        wrapped = given.get("json_schema")
        if (
            given.get("type") == "json_schema"
            and isinstance(wrapped, Mapping)
            and wrapped.get("schema") is not None
        ):
            name = str(wrapped.get("name") or "answer")
            return AnswerFormat(
                name=name,
                schema=wrapped["schema"],
                strict=wrapped.get("strict") is True,
                description=str(wrapped.get("description") or "") or None,
            )
        if given.get("type") == "json_object" and given.keys() <= {"type", "schema"}:
            return AnswerFormat(schema=given.get("schema"))
        if given.get("type") not in {"json_schema", "json_object", "text"}:
            return AnswerFormat(schema=given)
    return None


def _of_class(given: type, schema_of: Callable[[], Any]) -> AnswerFormat | None:
    """The form that a class gives, closed as strict providers want it; one that cannot be closed is not strict."""
    name = given.__name__
    schema = _schema(name, schema_of)
    if not isinstance(schema, Mapping):
        return None
    strict = closed(schema)
    word = _NO_NAME_LETTER.sub("_", name)[:_LONGEST_NAME]
    can_parse = callable(getattr(given, "model_validate_json", None))
    is_strict = is_closed(strict)
    return AnswerFormat(
        name=word,
        schema=strict if is_strict else schema,
        strict=is_strict,
        answer_class=given if can_parse else None,
    )


def _schema(name: str, schema_of: Callable[[], Any]) -> Any:
    """The schema that a class gives; not every class has one, `pydantic.BaseModel` itself for one has none."""
    try:
        return schema_of()
    except Exception as error:
        raise UsageError(
            f"{name} has no JSON schema for the answer ({error!r})", parameter="response_format"
        ) from error
