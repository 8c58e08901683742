"""The steps that an exchange asks for, and the answers it gets. Values only: nothing is carried out here.

Those that every piece of a stream needs are tuples, which are made in half the time.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from model_manager.core.messages import Chunk, HttpCall, Reply


@dataclass(frozen=True, slots=True)
class Open:
    """Send a request; answered by `Head` or `Fault`. An earlier response is no longer needed."""

    call: HttpCall


class Read(NamedTuple):
    """Bring the next bytes of the body; answered by `Data` or `Fault`."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next attempt, and say why; answered by None."""

    seconds: float
    reason: str


#: Visible text that has just arrived; answered by None. It is what applications get.
Emit = Chunk


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know now; answered by None."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Status and headers (names in lower case). Times are seconds of one monotonic clock."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_at: float = 0.0
    at: float = 0.0


class Data(NamedTuple):
    """Bytes of the body, decompressed; b"" is its end."""

    content: bytes
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """The transport failed: its kind is timeout, connection or protocol."""

    kind: str
    message: str
    at: float = 0.0
    #: Whether sending the request again may help, if nothing of a response had come.
    retryable: bool = True
    hint: str | None = None
    #: Whether anything of the request has been sent.
    sent: bool = True


Step = Open | Read | Pause | Emit | Notice
StepAnswer = Head | Data | Fault | None
Steps = Generator[Step, StepAnswer, Reply]
