"""Calling models: the clock, the dice and the transport around an exchange, which alone decides on retries."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Literal, Self

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, ChatOptions, Reply
from model_manager.core.redaction import Redactor
from model_manager.providers.drive import Line, run
from model_manager.providers.exchange import exchange
from model_manager.providers.steps import Emit, Notice, Pause
from model_manager.providers.tracing import DETAILED, TracedLine
from model_manager.providers.transport import Transport

#: Takes visible text as it arrives, or a notice: a wait before another attempt, or what goes over the wire.
Tell = Callable[[Literal["text", "notice"], str], None]


class Caller:
    """Calls models, from any number of threads.

    Args:
        timeout_s: seconds of silence after which a call is given up.
        retries: how many attempts may follow the first.
    """

    def __init__(self, *, timeout_s: float, retries: int) -> None:
        self._transport = Transport(timeout_s=timeout_s)
        self._retries = retries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

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
        steps = exchange(
            endpoint,
            messages,
            options,
            random=random.random,
            moment=datetime.now(UTC),
            retries=self._retries,
        )
        line: Line = self._transport.connect()
        if verbose:
            redact = Redactor(endpoint.key.to_hide if endpoint.key else (), shapes=True)
            line = TracedLine(line, partial(tell, "notice"), detailed=verbose >= DETAILED, redact=redact)
        return run(steps, line, lambda step: _tell(step, tell))

    def cancel(self) -> None:
        """End all calls, from another thread: each raises "cancelled", with what had come."""
        self._transport.cancel()


def _tell(step: Emit | Notice | Pause, tell: Tell) -> None:
    match step:
        case Emit(text):
            tell("text", text)
        case Notice(text):
            tell("notice", text)
        case Pause(seconds, reason):
            tell("notice", f"waiting {seconds:.1f} s: {reason}")
