"""An account of what goes over the wire, for `-v` and `-vv`: lines of text without keys."""

import time
from collections.abc import Callable

from model_manager.core.messages import HttpCall, Reply
from model_manager.core.redaction import HIDDEN, Redactor, is_secret_header
from model_manager.errors import ProviderError
from model_manager.providers.io.steps import Data, Fault, Head, Open, Pause, Step, StepAnswer, Steps
from model_manager.providers.wires.payload import as_json

#: Where the requests' and responses' own lines begin to be told.
DETAILED = 2
_LONGEST_BODY = 2_000
_LONGEST_TAIL = 500
#: What is kept of a body: enough for the tail after everything that looks like the key has shrunk to three stars.
_KEPT_BYTES = 16 * 1024
#: Pieces of a key that are hidden at the end of a stream whose events cut it up.
_FRAGMENT = 8
_TOLD_HEADERS = frozenset(
    {
        "content-type",
        "content-encoding",
        "date",
        "location",
        "openai-processing-ms",
        "request-id",
        "retry-after",
        "retry-after-ms",
        "server",
        "x-request-id",
        "apim-request-id",
        "x-amzn-requestid",
        "x-should-retry",
        "cf-ray",
        "via",
    }
)
_TOLD_PREFIXES = ("x-ratelimit-", "anthropic-ratelimit-", "ratelimit")


def traced(steps: Steps, trace: "Trace") -> Steps:
    """The same steps, with an account of what goes over the wire."""
    answer: StepAnswer = None
    complete = False
    try:
        step = steps.send(None)
        while True:
            trace.asking(step)
            try:
                answer = yield step
            except ProviderError as error:  # whoever carries out the steps gives them up
                step = steps.throw(error)
                continue
            trace.answered(answer)
            step = steps.send(answer)
    except StopIteration as end:
        complete = True
        reply: Reply = end.value
        return reply
    finally:
        steps.close()
        trace.ended(complete=complete)


class Trace:
    """An account of what goes over the wire.

    Args:
        tell: takes one line of text at a time.
        detailed: whether headers, bodies and the end of what broke off are told as well.
        redact: hides the key.
        clock: the clock by which the steps' answers are timed.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        *,
        detailed: bool,
        redact: Redactor,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell, self._detailed, self._redact, self._clock = tell, detailed, redact, clock
        self._attempt = 0
        self._sent_at = 0.0
        self._body: _BodySoFar | None = None

    def asking(self, step: Step) -> None:
        """A step is about to be carried out."""
        if isinstance(step, Open | Pause):
            self.ended(complete=False)
        if isinstance(step, Open):
            self._attempt += 1
            self._say(f"{step.call.method} {step.call.url}")
            if self._detailed:
                self._tell_request(step.call)
            self._sent_at = self._clock()

    def answered(self, answer: StepAnswer) -> None:
        """The outcome."""
        if isinstance(answer, Head):
            self._body = _BodySoFar()
            media_type = answer.headers.get("content-type", "")
            self._say(f"HTTP {answer.status} after {self._since(answer.at)}{media_type and f', {media_type}'}")
            if self._detailed:
                self._tell_headers(answer)
        elif isinstance(answer, Fault):
            self._say(f"{answer.kind} after {self._since(answer.at)}: {answer.message}")
        elif isinstance(answer, Data) and self._body is not None:
            self._body.add(answer)

    def ended(self, *, complete: bool) -> None:
        """Say what became of the body, once."""
        body, self._body = self._body, None
        if body is None:
            return
        times = ""
        if body.first_at is not None and body.last_at is not None:
            times = f", the first after {self._since(body.first_at)}, the last after {self._since(body.last_at)}"
        pieces = f"{body.pieces:,} piece{'' if body.pieces == 1 else 's'}"
        self._say(f"{body.size:,} bytes in {pieces}{times}{', complete' if complete else ''}")
        if self._detailed and not complete and body.size:
            # A stream may cut the key up, and here its events stand as they came.
            tail = self._redact.fragments(self._redact(bytes(body.kept).decode(errors="replace")), _FRAGMENT)
            self._tell(f"< {'…' if len(tail) > _LONGEST_TAIL else ''}{_one_line(tail[-_LONGEST_TAIL:])}")

    def _say(self, words: str) -> None:
        self._tell(f"attempt {self._attempt}: {_one_line(self._redact(words))}")

    def _since(self, at: float) -> str:
        return f"{max(at - self._sent_at, 0) * 1000:.0f} ms"

    def _tell_request(self, call: HttpCall) -> None:
        secret = {name: prefix + HIDDEN for name, (prefix, _) in call.secret_headers.items()}
        for name, value in {**call.headers, **secret}.items():
            hidden = HIDDEN if is_secret_header(name) and name not in secret else value
            self._tell(f"> {_one_line(self._redact(f'{name}: {hidden}'))}")
        # Hidden first and cut afterwards: half a key is one that no redactor knows.
        body = self._redact(as_json(call.body))
        more = f"… ({len(body):,} characters)" if len(body) > _LONGEST_BODY else ""
        self._tell(f"> {_one_line(body[:_LONGEST_BODY])}{more}")

    def _tell_headers(self, head: Head) -> None:
        for name, value in head.headers.items():
            if name in _TOLD_HEADERS or name.startswith(_TOLD_PREFIXES):
                self._tell(f"< {_one_line(self._redact(f'{name}: {value}'))}")


class _BodySoFar:
    """How much of a body has come, when, and its last bytes."""

    def __init__(self) -> None:
        self.size = self.pieces = 0
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.kept = bytearray()

    def add(self, data: Data) -> None:
        """Take in what has come; nothing is the end."""
        if not data.content:
            return
        self.first_at = data.at if self.first_at is None else self.first_at
        self.last_at = data.at
        self.size += len(data.content)
        self.pieces += 1
        self.kept += data.content
        if len(self.kept) > 2 * _KEPT_BYTES:
            del self.kept[:-_KEPT_BYTES]


def _one_line(text: str) -> str:
    """A text on one line, so that no answer can pass for a line of ours."""
    return text.replace("\r", "\\r").replace("\n", "\\n")
