"""JSON schemas of answers as strict providers want them: closed, with every property required."""

from collections.abc import Iterator, Mapping
from typing import Any

#: Keywords whose value is a schema, a list of schemas, or a mapping of names to schemas.
_SCHEMAS = ("items", "not", "contains")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_TABLES = ("properties", "$defs", "definitions")
#: Keywords that say what a schema takes; one that has none of them takes anything.
_SAYING = frozenset({"type", "enum", "const", "$ref", *_LISTS})
#: Bounds that no provider holds a model to while it writes.
_BOUNDS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("maxItems", "uniqueItems", "minProperties", "maxProperties"),
)


def is_closed(schema: Mapping[str, Any]) -> bool:
    """Whether every object of a schema forbids further properties and requires all of its own."""
    return all(_is_closed(part) for part in _parts(schema))


def closed(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with its objects closed: no further properties, all of their own required, and no defaults.

    An object that is open on purpose, such as a table with any keys, stays open.
    """
    return _rewritten(schema, required=True)


def without_further_properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with its objects closed, without a word about which properties are required."""
    return _rewritten(schema, required=False)


def without_bounds(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without bounds of numbers, texts and lists, which some providers refuse."""
    kept = {
        name: value
        for name, value in schema.items()
        if name not in _BOUNDS and not (name == "minItems" and value not in {0, 1})
    }
    return _with_parts(kept, without_bounds)


def _is_closed(part: Mapping[str, Any]) -> bool:
    if not _is_object(part):
        return bool(_SAYING & part.keys())
    properties = part.get("properties")
    required = part.get("required")
    names = set(properties) if isinstance(properties, Mapping) else set()
    return part.get("additionalProperties") is False and names == set(required or ())


def _is_object(part: Mapping[str, Any]) -> bool:
    kind = part.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in part


def _rewritten(schema: Mapping[str, Any], *, required: bool) -> Mapping[str, Any]:
    rewritten = dict(_with_parts(schema, lambda part: _rewritten(part, required=required)))
    if required:
        rewritten.pop("default", None)
        beside = rewritten.keys() - {"$ref"}
        if "$ref" in rewritten and beside and "$defs" not in beside:
            # Strict providers take nothing beside a reference.
            return {"anyOf": [{"$ref": rewritten.pop("$ref")}], **rewritten}
        if isinstance(rewritten.get("allOf"), list) and len(rewritten["allOf"]) == 1:
            rewritten = {**rewritten.pop("allOf")[0], **rewritten}
    properties = rewritten.get("properties")
    if _is_object(rewritten) and isinstance(properties, Mapping):
        rewritten.setdefault("additionalProperties", False)
        if required:
            rewritten["required"] = list(properties)
    return rewritten


def _with_parts(schema: Mapping[str, Any], change: Any) -> Mapping[str, Any]:
    """The schema with each schema inside it changed."""
    changed = dict(schema)
    for name, value in schema.items():
        if name in _SCHEMAS and isinstance(value, Mapping):
            changed[name] = change(value)
        elif name in _LISTS and isinstance(value, list):
            changed[name] = [change(part) if isinstance(part, Mapping) else part for part in value]
        elif name in _TABLES and isinstance(value, Mapping):
            changed[name] = {
                key: change(part) if isinstance(part, Mapping) else part for key, part in value.items()
            }
        elif name == "additionalProperties" and isinstance(value, Mapping):
            changed[name] = change(value)
    return changed


def _parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema and all schemas inside it."""
    found: list[Mapping[str, Any]] = []

    def note(part: Mapping[str, Any]) -> Mapping[str, Any]:
        found.append(part)
        _with_parts(part, note)
        return part

    note(schema)
    yield from found
