"""One request and its response, as a generator of steps: a reply, or why there is none. It sends nothing twice."""

from collections.abc import Generator
from dataclasses import replace
from urllib.parse import urlsplit

from model_manager.core.messages import Reply
from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.providers.errors.hints import named_base_url
from model_manager.providers.io.steps import Data, Fault, Head, Open, Read, Step, StepAnswer
from model_manager.providers.response.reader import (
    LONGEST_ERROR_BODY,
    Attempt,
    FailedAttempt,
    Response,
    decoded,
    of_fault,
    of_giving_up,
    request_id_of,
)
from model_manager.providers.response.reply import ExchangeRequest
from model_manager.providers.wires.base import Failure
from model_manager.providers.wires.payload import mapping, text

__all__ = ["FailedAttempt", "attempt", "count_attempt"]


def attempt(request: ExchangeRequest, opening: Open) -> Attempt:
    """Send one request and read what comes."""
    head = yield from _head(request, opening)
    if isinstance(head, Head):
        return (yield from Response(request, head).read())
    return head


def count_attempt(request: ExchangeRequest, opening: Open) -> Attempt:
    """Ask once how many tokens a request has: a reply without text, whose usage says it."""
    head = yield from _head(request, opening)
    if isinstance(head, FailedAttempt):
        return head
    body, at = yield from _body(head)
    counting, endpoint = request.wire.TOKEN_COUNTING, request.endpoint
    tokens = counting.read(decoded(request.hide, body)) if counting else None
    if tokens is None:
        failure = Failure(kind="protocol", message=f"{endpoint.provider.name} answered without token counts")
        return FailedAttempt(failure=failure, at=at, headers=head.headers, request_id=request_id_of(head))
    model = endpoint.model
    usage = Usage(input_tokens=tokens)
    return Reply(model=model.id, provider=model.provider, model_id=model.model_id, usage=usage, complete=True)


def _head(request: ExchangeRequest, opening: Open) -> Generator[Step, StepAnswer, Head | FailedAttempt]:
    """Send one request; status and headers of a success, or why it is none."""
    try:
        head = yield opening
    except ProviderError as given_up:
        return FailedAttempt(failure=of_giving_up(given_up), at=0.0, answered=False)
    if isinstance(head, Fault):
        return FailedAttempt(failure=of_fault(head), at=head.at, cause=head.cause, sent=head.sent, answered=False)
    if not isinstance(head, Head):
        raise TypeError(f"Open was answered by {head!r}")
    head = head._replace(headers={name: request.hide(value) for name, value in head.headers.items()})
    if head.status // 100 == 2:  # noqa: PLR2004 - 2xx
        return head
    return (yield from _refused(request, head))


def _refused(request: ExchangeRequest, head: Head) -> Generator[Step, StepAnswer, FailedAttempt]:
    """A response that is no answer: its status and body say why."""
    name = request.endpoint.provider.name
    if head.status // 100 == 3:  # noqa: PLR2004 - 3xx
        return FailedAttempt(
            failure=_redirect(name, head), at=head.at, headers=head.headers, request_id=request_id_of(head)
        )
    content, at = yield from _body(head)
    body = decoded(request.hide, content)
    failure = request.wire.parse_error(head.status, body)
    code = f" ({failure.code})" if failure.code else ""
    words = f": {failure.message}" if failure.message else ""
    if isinstance(body, str) and failure.kind == "not_found" and not request.endpoint.base_url_source:
        hint = f"the response is not from the provider: check {named_base_url(request.endpoint)}"
        failure = replace(failure, hint=hint)
    return FailedAttempt(
        failure=replace(failure, message=f"{name} answered HTTP {head.status}{code}{words}"),
        at=at,
        headers=head.headers,
        request_id=request_id_of(head) or text(mapping(body).get("request_id")) or None,
    )


def _body(head: Head) -> Generator[Step, StepAnswer, tuple[bytes, float]]:
    """What comes of a short body, and when it ended."""
    pieces, size, at = list[bytes](), 0, head.at
    while size < LONGEST_ERROR_BODY:
        answer = yield Read()
        at = answer.at if isinstance(answer, Data | Fault) else at
        if not isinstance(answer, Data) or not answer.content:
            break
        pieces.append(answer.content)
        size += len(answer.content)
    return b"".join(pieces)[:LONGEST_ERROR_BODY], at


def _redirect(name: str, head: Head) -> Failure:
    """Keys are not sent along a redirect, so it is not followed."""
    location = head.headers.get("location", "")
    try:
        host = urlsplit(location).netloc.rpartition("@")[2]
    except ValueError:
        host = "an invalid address"
    to = f" to {host or 'another path'}" if location else ""
    return Failure(
        kind="protocol",
        message=f"{name} answered HTTP {head.status}, a redirect{to}, which is not followed",
        status=head.status,
        hint="set the base URL to the provider's current address",
    )
