"""The OpenAPI description: what each answer is, and each refusal."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict, get_original_bases

from model_manager.rendering.documents.types.base import JsonObject
from model_manager.rendering.documents.types.server import ProblemDetails
from model_manager.server.api.problems import MEDIA_TYPE

_ELSEWHERE = "A cross-origin request, a host that is not allowed, or a change on a read-only server."
_MEANINGS = {
    304: "Nothing has changed since `If-None-Match`.",
    400: "The body is not valid JSON, or repeats a key.",
    401: "The token is missing or wrong.",
    403: _ELSEWHERE,
    404: "There is no model, task, provider or preference of this name.",
    409: "Refused: `detail` has the reason, `hint` how to fix it.",
    412: "The task has changed since it was read.",
    413: "The body is too large.",
    415: "The body's content type is not JSON.",
    422: "The request is invalid; `problems` lists up to twenty of its mistakes.",
    429: "Too many requests at once; `Retry-After` says when to try again.",
    503: "A file on the server is invalid; `problems` lists every mistake.",
}
_ABOUT = """Models, prices, tasks and live tests of one directory, in the JSON of the command line.

Send the token as `Authorization: Bearer TOKEN`. Amounts are in US dollars, with all digits; durations are in
milliseconds; what is unknown is null.

Invalid requests get 422, valid ones that are refused 409, and unknown names 404. Every error is
`application/problem+json` (RFC 9457) with a `kind` for programs."""


def _describe_inherited(schema: dict[str, Any], document: type) -> None:
    """Give fields that a type inherits their descriptions: pydantic reads only the docstrings of its own body."""
    for base in get_original_bases(document):
        if base is not TypedDict:
            inherited = TypeAdapter(base).json_schema(mode="serialization").get("properties", {})
            for name, field in inherited.items():
                schema["properties"][name]["description"] = field["description"]


#: For all documents: their types derive from this one.
with_config(ConfigDict(use_attribute_docstrings=True, extra="forbid", json_schema_extra=_describe_inherited))(
    JsonObject
)


def answers(document: type, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation: its document, and the refusals it may meet besides those that all share."""
    found: dict[int | str, dict[str, Any]] = {200: {"model": document, "description": document.__doc__ or "OK."}}
    for status in sorted({*statuses, 401, 403, 422}):
        found[status] = {"description": _MEANINGS[status]}
        if status >= HTTPStatus.BAD_REQUEST:
            found[status]["model"] = ProblemDetails
    return found


def describe(app: FastAPI, version: str) -> dict[str, Any]:
    """The description of an application, made once."""
    if not app.openapi_schema:
        for route in app.routes:
            if isinstance(route, APIRoute):
                route.operation_id = route.name
        found = get_openapi(title="model-manager", version=version, description=_ABOUT, routes=app.routes)
        schemes = {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "The token that the server prints when it starts.",
            }
        }
        found.setdefault("components", {})["securitySchemes"] = schemes
        found["security"] = [{"token": []}]
        if root_path := app.state.access.root_path:
            found["servers"] = [{"url": root_path}]
        _make_plain(found)
        for path in found["paths"].values():
            for operation in path.values():
                _as_problems(operation["responses"])
        found["paths"]["/healthz"]["get"]["security"] = []
        app.openapi_schema = found
    return app.openapi_schema


def _make_plain(description: dict[str, Any]) -> None:
    """Write fields of bodies that may be null as one type, which generators of code read better than a union."""
    schemas = description["components"]["schemas"]
    contents = [
        operation["requestBody"]["content"]["application/json"]["schema"]
        for path in description["paths"].values()
        for operation in path.values()
        if "requestBody" in operation
    ]
    for name in {content["$ref"].rpartition("/")[2] for content in contents}:
        fields = schemas[name]["properties"]
        for field, schema in fields.items():
            options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
            if len(options) == 1 and len(schema["anyOf"]) > 1:
                rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
                fields[field] = {**options[0], **rest, "type": [options[0]["type"], "null"]}
                if "enum" in options[0]:
                    fields[field]["enum"] = [*options[0]["enum"], None]


def _as_problems(responses: dict[str, Any]) -> None:
    """FastAPI describes a refusal as of the type that the operation's answer has."""
    for status, response in responses.items():
        if status.isdigit() and int(status) >= HTTPStatus.BAD_REQUEST:
            (content,) = response["content"].values()
            response["content"] = {MEDIA_TYPE: content}
