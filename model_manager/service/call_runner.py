"""What calls are made with: transport, dice, clock and cool-downs; the same for the library and for `test`."""

import os
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from model_manager.core.calls import CallKind, CallObserver
from model_manager.core.identifiers import RANDOM_BITS, uuid7
from model_manager.providers.io.driver import Connection, Driver
from model_manager.providers.io.steps import Steps
from model_manager.providers.io.transport import Limits, Transport
from model_manager.service.cooldowns import CooldownStore
from model_manager.service.observers import Observers
from model_manager.service.requests import CallRequest
from model_manager.service.routes import Plan, plan_of
from model_manager.service.routing import CallResources
from model_manager.service.snapshot import Snapshot


class CallRunner:
    """Makes calls, from any number of threads and tasks.

    Args:
        limits: how long things may take.
        retries: how many attempts may follow the first, for each option of a route.
        cooldowns: who is left alone after a failure.
        observers: are told of every option that was asked, after the cool-downs.
        can_cancel: whether all calls of threads may have to end at once.
    """

    def __init__(
        self,
        *,
        limits: Limits,
        retries: int,
        cooldowns: CooldownStore,
        observers: Iterable[CallObserver] = (),
        can_cancel: bool = False,
    ) -> None:
        self.transport = Transport(limits=limits, can_cancel=can_cancel)
        self._limits, self._retries, self._cooldowns = limits, retries, cooldowns
        self._observers = Observers((cooldowns, *observers))

    def plan(self, state: Snapshot, task: str | None, ask: CallRequest) -> Plan:
        """What a call is going to do; see `plan_of` for what is refused."""
        if self._cooldowns.is_stale:
            self._cooldowns.refresh()
        today = datetime.now(UTC).date()
        return plan_of(state, task, ask, on=today, cooldowns=self._cooldowns, random=random.random)

    def begin(
        self,
        steps: Callable[[CallResources], Steps],
        ask: CallRequest,
        *,
        waiting: bool = False,
        kind: CallKind = "chat",
        wrapped: Callable[[Connection], Connection] = lambda line: line,
    ) -> Driver:
        """A call, ready to be made.

        Args:
            steps: the call, for given means.
            ask: what is asked: its times count over the service's.
            waiting: whether an event loop makes it, in place of this thread.
            kind: whose call it is, for the observers.
            wrapped: puts something around the connection, such as a trace.
        """
        limits = self._limits
        if ask.timeout_s is not None or ask.total_s is not None:
            limits = replace(
                limits,
                silence_s=limits.silence_s if ask.timeout_s is None else ask.timeout_s,
                total_s=limits.total_s if ask.total_s is None else ask.total_s,
            )
        connection = self.transport.aconnect(limits) if waiting else self.transport.connect(limits)
        means = CallResources(
            call=_new_call(),
            kind=kind,
            observers=self._observers,
            cooldowns=self._cooldowns,
            random=random.random,
            clock=partial(datetime.now, UTC),
            retries=self._retries if ask.retries is None else ask.retries,
            time=connection.time,
        )
        return Driver(steps(means), wrapped(connection))


def _new_call() -> str:
    return uuid7(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(RANDOM_BITS // 8 + 1)))
