"""Errors as problem details (RFC 9457), with the same kinds as everywhere else."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from model_manager.core.redaction import Redactor
from model_manager.errors import (
    AssignmentRefusedError,
    ConfigurationError,
    ModelManagerError,
    Problem,
    ProviderError,
    UnknownNameError,
    UsageError,
)
from model_manager.rendering.documents.json import dump, error_object
from model_manager.rendering.documents.types.server import ProblemDetails

#: Parameters and functions in messages that are not fields of the same name in this API.
NAMES = {
    "cache_read": "`cache_read_tokens`",
    "cache_write": "`cache_write_tokens`",
    "cache_write_12h": "`cache_write_12h_tokens`",
    "cache_write_1h": "`cache_write_1h_tokens`",
    "directory": "the server's directory",
    "env_files": "the server's .env files",
    "input": "`input_tokens`",
    "list_models": "GET /api/ai/models",
    "models_file": "the server's catalogue file",
    "max_cost": "the server's cost limit",
    "output": "`output_tokens`",
    "trust": "MODEL_MANAGER_TRUST=1 in the server's environment",
}

MEDIA_TYPE = "application/problem+json"
#: How much of what is wrong with a request is repeated: a body may hold thousands of mistakes.
_MOST_PROBLEMS, _LONGEST_PLACE, _LONGEST_MESSAGE = 20, 100, 500
#: The kind of what HTTP itself refuses; other statuses of clients are wrong usage.
_KINDS = {401: "auth", 403: "permission", 404: "not_found", 405: "usage", 429: "rate_limit", 500: "error"}


class HttpError(ModelManagerError):
    """A refusal of the server's own.

    Args:
        status: the HTTP status.
        message: what is wrong.
        kind: a word for programs; that of the status if none is given.
        hint: the way out.
        headers: further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str | None = None,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status, self.headers = status, dict(headers or {})
        self.kind = kind or _KINDS.get(status, "usage")


def stopping() -> HttpError:
    """The refusal of whatever a server has no time for any more."""
    return HttpError(503, "the server is stopping", kind="cancelled")


def status_of(error: ModelManagerError) -> int:
    """The HTTP status of an error: not there, refused, or kept from it by the server's own files."""
    if isinstance(error, HttpError):
        return error.status
    if isinstance(error, UnknownNameError):
        return HTTPStatus.NOT_FOUND
    if isinstance(error, UsageError | AssignmentRefusedError):
        return HTTPStatus.CONFLICT
    if isinstance(error, ConfigurationError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, ProviderError):
        # Not 429: clients try that again by themselves.
        return HTTPStatus.PAYMENT_REQUIRED if error.kind == "budget" else HTTPStatus.BAD_GATEWAY
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem_response(error: ModelManagerError, redact: Redactor) -> Response:
    """An error as problem details."""
    status = status_of(error)
    found = error_object(error, NAMES)
    document: ProblemDetails = {
        "type": f"urn:model-manager:problem:{found['kind']}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": found["message"],
        "kind": found["kind"],
        "hint": found["hint"],
        "problems": found["problems"],
    }
    headers = error.headers if isinstance(error, HttpError) else {}
    return Response(
        dump(document, redact, names=NAMES, indent=None), status, headers=headers, media_type=MEDIA_TYPE
    )


async def on_error(request: Request, error: Exception) -> Response:
    """The answer to any exception of an endpoint."""
    ours = as_ours(error)
    if isinstance(ours, HttpError) and ours.status == HTTPStatus.METHOD_NOT_ALLOWED:
        # Starlette names the methods of the first endpoint of a path, as if it were the only one.
        ours.headers = {"allow": ", ".join(sorted(_methods(request)))}
    return problem_response(ours, request.app.state.cache.redact)


def _methods(request: Request) -> set[str]:
    """The methods of a path: those of all endpoints under it."""
    routes = request.app.state.endpoints
    path = next((route.path for route in routes if route.matches(request.scope)[0] is not Match.NONE), None)
    return set().union(*(route.methods or () for route in routes if route.path == path))


def as_ours(error: Exception) -> ModelManagerError:
    """An exception as one of our errors."""
    if isinstance(error, ModelManagerError):
        return error
    if isinstance(error, RequestValidationError):
        # Of the alternatives of a field, "or nothing at all" among them, the first says what is meant.
        told = ((_place(item["loc"], item["type"]), str(item["msg"])) for item in reversed(error.errors()))
        problems = {place: message.removeprefix("Value error, ") for place, message in told}
        return _InvalidError(list(problems.items())[::-1])
    if isinstance(error, HTTPException):
        return HttpError(error.status_code, str(error.detail), headers=error.headers)
    return HttpError(500, f"unexpected {type(error).__name__}", hint="this is a bug in model-manager")


def shortened(text: str, longest: int) -> str:
    """A text of bounded length."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


#: Kinds of problems whose place ends with the name of a field.
_OF_A_FIELD = frozenset(
    {"missing", "string_pattern_mismatch", "string_too_short", "string_too_long", "extra_forbidden"}
)


def _place(location: tuple[Any, ...], kind: str) -> str:
    """Where in a request something is wrong: `query.sort`, `body.models.0`; not which type was tried there."""
    last = len(location) - 1 if kind in _OF_A_FIELD else None
    kept = (part for index, part in enumerate(location) if index < 2 or index == last or isinstance(part, int))  # noqa: PLR2004 - the part of the request, and its field
    return shortened(".".join(map(str, kept)), _LONGEST_PLACE)


class _InvalidError(HttpError):
    """A request that is not as the description has it."""

    def __init__(self, mistakes: list[tuple[str, str]]) -> None:
        shown = [Problem(None, place, shortened(message, _LONGEST_MESSAGE)) for place, message in mistakes]
        problems, more = shown[:_MOST_PROBLEMS], len(shown) - _MOST_PROBLEMS
        told = "; ".join(map(str, problems[:3]))
        super().__init__(422, f"invalid request: {told}" + (f"; and {more} more problems" if more > 0 else ""))
        self.problems = tuple(problems)
