"""The interface of observers of calls: which option was asked, for whom, and its outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from model_manager.core.messages import Reply
from model_manager.errors import ProviderError

CallKind = Literal["chat", "test", "probe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """One option of a call that was asked: a model, where it is reached, and why it was this one.

    Attributes:
        call: the call's UUID (version 7, so that it sorts by time); all options asked for one call share it.
        kind: "chat" for an application's call, "test" and "probe" for live tests.
        task: the task, or None where a model was asked by name.
        route: the text of the route that is followed, or None where there is none.
        preference: the named route that was chosen, or None.
        user_id: whose call it is, as the application names them, or None. Store it only as a pseudonym.
        model: the model's id in the catalogue; `provider` the provider's id; `model_id` what it is asked for.
        base_url: where the provider is reached.
        price_checked: the day on which the catalogue's price was last checked, or None.
        position: which option in the order in which they were asked, from 0; above 0 it is a fallback.
        option: which option of the route it belongs to, from 0.
        arm: the id of the model whose share the user drew, whoever answers; None where the route does not split.
        moment: when this option was asked, in UTC.
        stream: whether the answer was to be streamed.
        needs: what the call asks of a model besides text: "tools", "schema", "pictures", …

    >>> from datetime import UTC, datetime
    >>> from model_manager import CallContext
    >>> now = datetime(2026, 11, 28, tzinfo=UTC)
    >>> CallContext(call="…", model="m", provider="p", model_id="m-1", base_url="https://x", moment=now).kind
    'chat'
    """

    call: str
    kind: CallKind = "chat"
    task: str | None = None
    route: str | None = None
    preference: str | None = None
    user_id: str | None = None
    model: str
    provider: str
    model_id: str
    base_url: str
    price_checked: date | None = None
    position: int = 0
    option: int = 0
    arm: str | None = None
    moment: datetime
    stream: bool = False
    needs: Sequence[str] = field(default=())


class CallObserver(Protocol):
    """Something that hears of every option that was asked, at the moment its outcome is known.

    The methods run on the thread, or in the event loop, of the call: they must not block. What they raise is
    logged and goes no further.

    >>> from model_manager import AIService
    >>> class Spending:
    ...     total = 0
    ...     def succeeded(self, context, reply):
    ...         self.total += reply.cost_usd or 0
    ...     def failed(self, context, error):
    ...         print(f"{context.model} failed: {error.kind}")
    ...     def cancelled(self, context, partial):
    ...         pass
    >>> spending = Spending()
    >>> with AIService(observers=[spending]) as service:
    ...     reply = service.chat("chat", "Say hello.")
    >>> spending.total == reply.cost_usd
    True
    """

    def succeeded(self, context: CallContext, reply: Reply) -> None:
        """A complete answer came. `reply` is this option's own: its attempts and its cost."""

    def failed(self, context: CallContext, error: ProviderError) -> None:
        """No complete answer came; `error.partial` has what had arrived, `error.attempts` counts the requests."""

    def cancelled(self, context: CallContext, partial: Reply | None) -> None:
        """The caller gave up before the end: a cancelled task, a stream that was not read on, Ctrl-C."""


#: How many random bits `uuid7` takes.
RANDOM_BITS = 74
_TIME_BITS, _LOW_BITS = 48, 62


def uuid7(milliseconds: int, random_bits: int) -> str:
    """A UUID of version 7.

    Args:
        milliseconds: the time since 1970 in UTC.
        random_bits: a random number of `RANDOM_BITS` bits.

    >>> uuid7(0x017F22E279B0, (0xCC3 << 62) | 0x18C4DC0C0C07398F)
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'
    """
    high, low = divmod(random_bits % (1 << RANDOM_BITS), 1 << _LOW_BITS)
    number = (milliseconds % (1 << _TIME_BITS)) << 80 | 0x7 << 76 | high << 64 | 0b10 << _LOW_BITS | low
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
