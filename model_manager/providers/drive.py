"""The short synchronous loop that carries out an exchange's steps over a connection. It decides nothing."""

import time
from collections.abc import Callable, Generator
from typing import Protocol

from model_manager.core.messages import HttpCall, Reply
from model_manager.providers.steps import (
    Data,
    Emit,
    Fault,
    Head,
    Notice,
    Open,
    Pause,
    Read,
    StepAnswer,
    Steps,
)

Shown = Emit | Notice | Pause


class Line(Protocol):
    """What a loop needs of a connection; see `transport.Connection`."""

    def open(self, call: HttpCall) -> Head | Fault:
        """Send a request."""

    def read(self) -> Data | Fault:
        """The next bytes of the answer."""

    def finish(self) -> None:
        """Close after a complete answer."""

    def close(self) -> None:
        """Close at once."""


def walk(steps: Steps, line: Line, sleep: Callable[[float], object] = time.sleep) -> Generator[Shown, None, Reply]:
    """Carry out an exchange; yields what can be shown as it happens, and returns the reply.

    Raises:
        ProviderError: if no complete answer came.
    """
    answer: StepAnswer = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Read):
                answer = line.read()
            elif isinstance(step, Open):
                answer = line.open(step.call)
            else:
                if isinstance(step, Pause):
                    line.close()
                yield step
                answer = None
                if isinstance(step, Pause):
                    sleep(step.seconds)
    except StopIteration as stop:
        line.finish()
        reply: Reply = stop.value
        return reply
    finally:
        steps.close()
        line.close()


def run(
    steps: Steps,
    line: Line,
    observe: Callable[[Shown], object] = lambda _: None,
    sleep: Callable[[float], object] = time.sleep,
) -> Reply:
    """Carry out an exchange to its end; `observe` is told what can be shown as it happens.

    Raises:
        ProviderError: if no complete answer came.
    """
    walking = walk(steps, line, sleep)
    while True:
        try:
            shown = next(walking)
        except StopIteration as stop:
            reply: Reply = stop.value
            return reply
        observe(shown)
