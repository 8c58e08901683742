"""Reading one response, as a generator of steps: streamed or not, both take this path."""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from model_manager.core.messages import Reply
from model_manager.core.redaction import Redactor
from model_manager.errors import ProviderError
from model_manager.providers.errors.body import excerpt
from model_manager.providers.errors.hints import named_base_url
from model_manager.providers.io.steps import Data, Fault, FaultCause, Head, Read, Step, StepAnswer
from model_manager.providers.response.accumulator import ReplyAccumulator
from model_manager.providers.response.body import Body, Form
from model_manager.providers.response.framing import FramingError
from model_manager.providers.response.judging import validate_answer
from model_manager.providers.response.parsing import parsed_answer
from model_manager.providers.response.reply import Arrival, ExchangeRequest, reply_of
from model_manager.providers.response.think_tags import think_tags_of
from model_manager.providers.wires.base import DONE, Delta, Failure
from model_manager.providers.wires.costs import cost_in_headers
from model_manager.providers.wires.payload import decode

LONGEST_BODY = 64 * 2**20
LONGEST_ERROR_BODY = 2**20
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "apim-request-id", "x-amzn-requestid")
#: Names of events that only keep a connection alive; their data need not be JSON.
_KEEPING_ALIVE = frozenset({"ping", "heartbeat", "keepalive", "keep-alive"})
_NOT_JSON = "an event is not JSON"
#: Escapes by which a JSON text may hold a key that is not to be seen in it; the usual \\n is none of them.
_ESCAPE = re.compile(r"\\[u/]")
_STREAM_TYPE = re.compile(r"event-stream|ndjson", re.IGNORECASE)
_READ = Read()


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAttempt:
    """An attempt without an answer.

    Attributes:
        cause: of a fault of the transport before an answer, what happened.
        sent: whether a request went out.
        answered: whether a response had begun.
        shown: whether any of its content had come.
    """

    failure: Failure
    at: float
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str | None = None
    partial: Reply | None = None
    sent: bool = True
    answered: bool = True
    shown: bool = False
    cause: FaultCause | None = None


Attempt = Generator[Step, StepAnswer, Reply | FailedAttempt]


def of_fault(fault: Fault) -> Failure:
    """The failure that a fault of the transport stands for."""
    return Failure(kind=fault.kind, message=fault.message, hint=fault.hint)


def of_giving_up(error: ProviderError) -> Failure:
    """The failure of an exchange whose driver throws an error into it: nobody waits for the answer."""
    return Failure(kind=error.kind, message=error.message, hint=error.hint)


def request_id_of(head: Head) -> str | None:
    """The provider's name for the request, from its headers."""
    return next((head.headers[name] for name in _REQUEST_ID_HEADERS if head.headers.get(name)), None)


def decoded(hide: Redactor, content: bytes) -> Any:
    """The JSON of a body, or its text; without the key."""
    words = hide(content.decode(errors="replace").removeprefix("\ufeff"))
    try:
        return unescaped(hide, words, decode(words))
    except ValueError:
        return words


def unescaped(hide: Redactor, words: str, payload: Any) -> Any:
    """A document without the key, also where escapes of its text had hidden that from us.

    Raises:
        ValueError: it is nested too deep.
    """
    try:
        return hide.deep(payload) if _ESCAPE.search(words) else payload
    except RecursionError as error:
        raise ValueError(_NOT_JSON) from error


class _BrokenOffError(Exception):
    """Stops the reading of a response; carries why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def _objects(payload: list[Any]) -> Iterator[dict[str, Any]]:
    """The objects of an array, each checked when its turn comes."""
    for document in payload:
        if not isinstance(document, dict):
            raise ValueError(_NOT_JSON)  # noqa: TRY004 - it is the text that is wrong
        yield document


class Response:
    """Reading a successful response, streamed or not: both take this path."""

    def __init__(self, request: ExchangeRequest, head: Head) -> None:
        self._request = request
        self._head = head
        self._body = Body(request.wire.FRAMING, streamed=request.options.stream)
        #: Hides the key in what the model says; errors are hidden once more, where they are raised.
        self._hide = request.hide.answers
        self._accumulator = ReplyAccumulator(
            self._hide, think_tags_of(request.endpoint.parameters.get("think_tags"))
        )
        self._accumulator.cost_usd = cost_in_headers(head.headers)
        self._at = head.at
        #: The last event that says something, or the document.
        self._raw: Any = None

    def read(self) -> Attempt:
        """Read to the end mark or to the end of the body."""
        failure = None
        try:
            yield from self._events()
        except _BrokenOffError as broken_off:
            failure = broken_off.failure
        except ValueError as error:
            message = str(error) if isinstance(error, FramingError) else _NOT_JSON
            failure = Failure(kind="protocol", message=message)
        except ProviderError as given_up:
            return self._broken(of_giving_up(given_up))
        if (rest := self._accumulator.rest()) is not None:
            yield rest
        if failure:
            return self._broken(failure)
        name = self._request.endpoint.provider.name
        failure = None if self._accumulator.ended else self._unfinished()
        failure = failure or validate_answer(name, self._accumulator)
        if failure:
            return self._broken(failure)
        parsed = parsed_answer(name, self._request.options.answer_format, self._accumulator)
        return self._broken(parsed) if isinstance(parsed, Failure) else self._reply(parsed)

    def _events(self) -> Generator[Step, StepAnswer, None]:
        size, add, parse = 0, self._accumulator.add, self._request.wire.parse_event
        while True:
            answer = yield _READ
            if not isinstance(answer, Data):
                self._interrupted(answer)
                return
            content, self._at = answer
            size += len(content)
            if size > LONGEST_BODY:
                raise _BrokenOffError(
                    Failure(kind="protocol", message=f"the answer is longer than {LONGEST_BODY // 2**20} MiB")
                )
            if not content:
                yield from self._last_events()
                return
            # Each event is read when its turn comes: what came before a broken one counts.
            for name, data in self._body.feed(content):
                for document in self._documents(name, data):
                    delta = parse(name, document)
                    if (chunk := add(delta, self._at)) is not None:
                        yield chunk
                    if delta.error or delta.final:
                        if self._is_last(delta, document):
                            return
                    else:
                        self._raw = document

    def _last_events(self) -> Generator[Step, StepAnswer, None]:
        """Take in what the end of the body leaves."""
        for delta, document in self._rest():
            if (chunk := self._accumulator.add(delta, self._at)) is not None:
                yield chunk
            if self._is_last(delta, document):
                return

    def _is_last(self, delta: Delta, document: Any) -> bool:
        """Whether nothing that counts can follow; breaks off with the error that the provider reported."""
        if isinstance(document, dict) and (delta.usage or delta.error or not delta.final):
            self._raw = document  # a bare end mark says nothing
        if delta.error is not None:
            self._fail(delta.error)
        return delta.final

    def _interrupted(self, answer: StepAnswer) -> None:
        """A fault of the transport; once the end mark has come it changes nothing."""
        if not isinstance(answer, Fault):
            raise TypeError(f"Read was answered by {answer!r}")
        if not self._accumulator.ended:
            self._at = answer.at
            raise _BrokenOffError(of_fault(answer))

    def _rest(self) -> Iterator[tuple[Delta, Any]]:
        """The events and documents that the end of the body completes."""
        parse = self._request.wire.parse_event
        # A stream that was cut inside an event lacks its end mark, and that is the error.
        with suppress(ValueError):
            for name, data in self._body.close():
                for document in self._documents(name, data):
                    yield parse(name, document), document
        if self._body.form is Form.DOCUMENT:
            yield from self._document()

    def _documents(self, name: str, data: str) -> Iterable[Any]:
        """The objects in an event's data, or text that wires take.

        Raises:
            ValueError: it is not JSON, or JSON but neither an object nor an array of objects.
        """
        data = self._hide.known(data)
        if data[:1] != "{":
            data = data.strip()
            if not data or (name in _KEEPING_ALIVE and data[0] not in "{["):
                return ()
            if data == DONE or (name == "error" and data[0] not in "{["):
                return (data,)
            if data[0] not in "{[":
                raise FramingError(f"{_NOT_JSON}: {excerpt(data)}")
        payload = decode(data)
        if "\\" in data:
            payload = unescaped(self._hide, data, payload)
        return _objects(payload) if isinstance(payload, list) else (payload,)

    def _document(self) -> Iterator[tuple[Delta, Any]]:
        """A body that is one document: a whole answer, or an array of a stream's events."""
        body = decoded(self._hide, self._body.content())
        if isinstance(body, str):
            raise _BrokenOffError(Failure(kind="protocol", message="the answer is not complete JSON"))
        parse = self._request.wire.parse_reply
        for document in body if isinstance(body, list) else (body,):
            yield parse(document), document

    def _fail(self, failure: Failure) -> NoReturn:
        """Break off with the error that the provider reported."""
        name = self._request.endpoint.provider.name
        code = f" ({failure.code})" if failure.code else ""
        words = f": {failure.message}" if failure.message else ""
        place = "in the stream" if self._body.form is Form.STREAM else "instead of an answer"
        raise _BrokenOffError(replace(failure, message=f"{name} reported an error {place}{code}{words}"))

    def _unfinished(self) -> Failure:
        """Why a body that came to its end holds no complete answer."""
        name, form = self._request.endpoint.provider.name, self._body.form
        if form is Form.EMPTY or form is None:
            # What says that it is a stream is one that ended before its first event.
            kind = "truncated" if _STREAM_TYPE.search(self._head.headers.get("content-type", "")) else "protocol"
            return Failure(kind=kind, message=f"{name} answered with an empty body")
        if form is Form.FOREIGN:
            words = self._excerpt()
            return Failure(
                kind="protocol",
                message=f"{name} answered with neither JSON nor a stream: {words}",
                hint=f"check {named_base_url(self._request.endpoint)}",
            )
        if form is Form.DOCUMENT and not self._accumulator.has_content:
            words = self._excerpt()
            return Failure(kind="protocol", message=f"{name} answered with JSON without an answer: {words}")
        return Failure(kind="truncated", message=f"{name} ended the answer without its end mark")

    def _excerpt(self) -> str:
        """The beginning of the body, without the key."""
        return excerpt(self._request.hide(self._body.content()[:LONGEST_ERROR_BODY].decode(errors="replace")))

    def _reply(self, parsed: Any = None) -> Reply:
        arrival = Arrival(
            sent_at=self._head.sent_at,
            ended_at=self._at,
            streamed=self._body.form is Form.STREAM,
            request_id=request_id_of(self._head),
            headers=self._head.headers,
            raw=self._raw,
            parsed=parsed,
        )
        return reply_of(self._request, self._accumulator, arrival)

    def _broken(self, failure: Failure) -> FailedAttempt:
        partial = self._reply() if self._accumulator.events else None
        return FailedAttempt(
            failure=failure,
            at=self._at,
            headers=self._head.headers,
            request_id=partial.request_id if partial else request_id_of(self._head),
            partial=partial,
            shown=self._request.options.stream and self._accumulator.has_content,
        )
