"""The steps that an exchange asks for, and the answers it gets. Values only: nothing is carried out here.

Those that every piece of a stream needs are tuples, which are made in half the time.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from model_manager.core.messages import Chunk, HttpCall, Reply
from model_manager.providers.io.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Open:
    """Send a request within its time limits; answered by `Head` or `Fault`.

    An earlier response is no longer needed.
    """

    call: HttpCall
    deadline: Deadline = Deadline()  # noqa: RUF009 - frozen


class Read(NamedTuple):
    """Bring the next bytes of the body; answered by `Data` or `Fault`."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next attempt, and say why; answered by None."""

    seconds: float
    reason: str


#: A piece of the answer that has just arrived; answered by None. It is what applications get.
Emit = Chunk


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know now; answered by None."""

    text: str


class Blocking(NamedTuple):
    """Do something that waits for the disk, off the event loop; answered by None. It must not raise."""

    work: Callable[[], None]


class Head(NamedTuple):
    """Status and headers (names in lower case). Times are seconds of one monotonic clock."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    sent_at: float = 0.0
    at: float = 0.0


class Data(NamedTuple):
    """Bytes of the body, decompressed; b"" is its end."""

    content: bytes
    at: float = 0.0


#: unreachable: no connection came about, which may change. unusable: none will, as things are. lost: it broke.
#: silent: the request may be at work over there. garbled: what came is no HTTP. own: a limit of ours, or Ctrl-C.
FaultCause = Literal["unreachable", "unusable", "lost", "silent", "garbled", "own"]


@dataclass(frozen=True, slots=True)
class Fault:
    """The transport failed.

    Attributes:
        kind: one of `errors.ERROR_KINDS`: mostly timeout, connection or protocol.
        cause: what happened; the retry policy goes by it.
        sent: whether anything of the request has been sent.
    """

    kind: str
    message: str
    at: float = 0.0
    cause: FaultCause = "lost"
    hint: str | None = None
    sent: bool = True


Step = Open | Read | Pause | Emit | Notice | Blocking
StepAnswer = Head | Data | Fault | None
Steps = Generator[Step, StepAnswer, Reply]
