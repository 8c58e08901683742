"""Runs calls, in threads and in event loops: the transport, observers, random numbers and clocks of a service."""

import random
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from model_manager.core.calls import RANDOM_BITS, CallKind, CallObserver, uuid7
from model_manager.core.limits import DEFAULT_CONNECT_S
from model_manager.core.messages import Chunk, Reply
from model_manager.providers.exchange.retry_policy import RetryPolicy
from model_manager.providers.io import driver
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.steps import Steps
from model_manager.providers.io.transport import Transport
from model_manager.service.budgets import BudgetGuard
from model_manager.service.cooldowns import CooldownStore
from model_manager.service.observers import Observers
from model_manager.service.requests import CallRequest
from model_manager.service.routes import Plan, plan_of
from model_manager.service.routing import CallResources
from model_manager.service.snapshot import Snapshot

if TYPE_CHECKING:  # the transport alone loads it
    import httpx


class CallRunner:
    """Runs calls, from any number of threads and tasks. Times are seconds.

    Args:
        timeout_s: how long a server may be silent.
        connect_s: how long making a connection may take; None: as is usual.
        total_s: how long a whole call may take, or None.
        retries: how many attempts may follow the first, for each option of a route.
        cooldowns: who is left alone after a failure.
        observers: are told of every option that was asked, after the cool-downs.
        kind: what the calls are for.
        http_client: an application's client for the calls of threads; `async_http_client` for those of a loop.

    Raises:
        UsageError: a client is something else.
    """

    def __init__(
        self,
        *,
        timeout_s: float,
        connect_s: float | None = None,
        total_s: float | None = None,
        retries: int,
        cooldowns: CooldownStore,
        observers: Iterable[CallObserver] = (),
        kind: CallKind = "chat",
        http_client: "httpx.Client | None" = None,
        async_http_client: "httpx.AsyncClient | None" = None,
    ) -> None:
        connect_s = DEFAULT_CONNECT_S if connect_s is None else connect_s
        self.transport = Transport(connect_s, http_client, async_http_client)
        self._timeout_s, self._connect_s, self._total_s, self._kind = timeout_s, connect_s, total_s, kind
        self._policy = RetryPolicy(retries=retries)
        self._cooldowns, self._observers = cooldowns, Observers((cooldowns, *observers))

    def plan(self, state: Snapshot, task: str | None, request: CallRequest, *, at_random: bool = True) -> Plan:
        """The plan of a call; see `plan_of` for what is refused. Nothing is read for it."""
        today, draw = datetime.now(UTC).date(), random.random if at_random else None
        return plan_of(state, task, request, on=today, cooldowns=self._cooldowns, random=draw)

    def resources(self, request: CallRequest, guard: BudgetGuard | None = None) -> CallResources:
        """The means of a call besides its plan; its time begins now, and its own limits override the service's."""
        deadline = Deadline.starting(
            time.monotonic(),
            silence_s=self._timeout_s if request.timeout_s is None else request.timeout_s,
            total_s=self._total_s if request.total_s is None else request.total_s,
        )
        return CallResources(
            call=_new_call(),
            kind=self._kind,
            observers=self._observers,
            cooldowns=self._cooldowns,
            random=random.random,
            clock=partial(datetime.now, UTC),
            monotonic=time.monotonic,
            policy=self._policy if request.retries is None else RetryPolicy(retries=request.retries),
            deadline=deadline,
            connect_s=self._connect_s,
            guard=guard,
        )

    def refresh(self) -> None:
        """Read what other processes noted of cool-downs. Not for event loops."""
        self._cooldowns.refresh()

    @property
    def is_stale(self) -> bool:
        """Whether it is time to `refresh`."""
        return self._cooldowns.is_stale

    def run_sync(
        self,
        steps: Steps,
        notify: driver.Notify = driver.ignore,
        show: Callable[[str], object] = driver.ignore,
    ) -> Reply:
        """Make a call in this thread; see `driver.run_sync`."""
        try:
            return driver.run_sync(steps, self.transport.connect(), notify, show)
        finally:
            self._cooldowns.flush()

    def stream_sync(self, steps: Steps) -> Generator[Chunk, None, None]:
        """Make a call in this thread; yields the answer as it comes."""
        try:
            yield from driver.stream_sync(steps, self.transport.connect())
        finally:
            self._cooldowns.flush()

    async def run_async(
        self,
        steps: Steps,
        notify: driver.Notify = driver.ignore,
        show: Callable[[str], object] = driver.ignore,
        wrapped: Callable[[driver.AsyncConnection], driver.AsyncConnection] = lambda connection: connection,
    ) -> Reply:
        """Make a call in this task; `wrapped` puts something around the connection."""
        return await driver.run_async(steps, wrapped(self.transport.aconnect()), notify, show)

    def stream_async(self, steps: Steps) -> AsyncGenerator[Chunk, None]:
        """Make a call in this task; yields the answer as it comes."""
        return driver.stream_async(steps, self.transport.aconnect())


def _new_call() -> str:
    return uuid7(time.time_ns() // 1_000_000, random.getrandbits(RANDOM_BITS))
