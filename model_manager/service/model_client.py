"""One given model, called as the library calls it, for commands that show what happens on the way."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Literal, Self

from model_manager.core.calls import CallKind, CallObserver
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, ChatOptions, Chunk, Reply
from model_manager.core.redaction import Redactor
from model_manager.providers.io.driver import Connection, Shown, complete, run_sync
from model_manager.providers.io.steps import Notice, Pause
from model_manager.providers.io.tracing import DETAILED, TracedLine
from model_manager.providers.io.transport.faults import Limits
from model_manager.service.call_runner import CallRunner
from model_manager.service.cooldowns import CooldownStore
from model_manager.service.requests import CallRequest
from model_manager.service.routing import ask_model

#: Takes visible text as it arrives, or a notice: a wait before another attempt, or what goes over the wire.
Tell = Callable[[Literal["text", "notice"], str], None]


class ModelClient:
    """Calls models, from any number of threads. What it finds out cools no model down.

    Args:
        timeout_s: seconds of silence after which a call is given up.
        retries: how many attempts may follow the first.
        kind: what the calls are for.
        observers: are told of every call that was made.
    """

    def __init__(
        self,
        *,
        timeout_s: float,
        retries: int,
        kind: CallKind = "test",
        observers: Iterable[CallObserver] = (),
    ) -> None:
        self._kind: CallKind = kind
        # A test that fails, perhaps for its own options, must not keep an application from a model.
        self._engine = CallRunner(
            limits=Limits(silence_s=timeout_s),
            retries=retries,
            cooldowns=CooldownStore(None),
            observers=observers,
            can_cancel=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.transport.close()

    def call(
        self,
        endpoint: Endpoint,
        messages: Sequence[ChatMessage],
        options: ChatOptions,
        tell: Tell,
        *,
        verbose: int = 0,
    ) -> Reply:
        """Ask a model and wait for its complete answer.

        Args:
            endpoint: the model, and where and with which key it is called.
            messages: the conversation.
            options: how to answer.
            tell: is told what happens.
            verbose: 1: attempts, statuses and times are told; 2: headers and bodies too, without the key.

        Raises:
            ProviderError: no complete answer came; `partial` holds what did.
        """
        ask = CallRequest(messages=tuple(messages), options=options)

        def traced(line: Connection) -> Connection:
            if not verbose:
                return line
            redact = Redactor(endpoint.key.to_hide if endpoint.key else (), shapes=True)
            return TracedLine(line, partial(tell, "notice"), detailed=verbose >= DETAILED, redact=redact)

        walk = self._engine.begin(
            lambda means: ask_model(endpoint, ask, means), ask, kind=self._kind, wrapped=traced
        )
        return run_sync(complete(walk, lambda step: _tell(step, tell)))

    def cancel(self) -> None:
        """End all calls, from another thread: each raises "cancelled", with what had come."""
        self._engine.transport.cancel()


def _tell(step: Shown, tell: Tell) -> None:
    match step:
        case Chunk(text=text):
            tell("text", text)
        case Notice(text):
            tell("notice", text)
        case Pause(seconds, reason):
            tell("notice", f"waiting {seconds:.1f} s: {reason}")
