"""The cost limit that several calls share: the most that each can cost is held before it starts.

Money is held and settled as for budgets, by the same code. The limit of one run is kept in memory. The server's,
which counts an hour, is kept in memory and in the ledger: other servers and a restart find it there, and where the
ledger cannot be used, the limit holds within the process.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from model_manager.core.budgets import Balance, SpendingLimit
from model_manager.core.pricing import plain_text
from model_manager.errors import LedgerError, ProviderError
from model_manager.ledger.budgets.holds import HoldFile, Holds, NoRoom
from model_manager.ledger.budgets.rows import HoldRequest, expiry
from model_manager.ledger.storage.memory import MemoryLedger

_LOG = logging.getLogger("model_manager")
_HOUR = timedelta(hours=1)
#: How often who waits looks whether another process has given something back: nobody tells.
_LOOK_S = 0.25
_WAY_OUT = "lower `max_tokens` or raise `max_cost`"


class Reservation(NamedTuple):
    """What is held for a call: US dollars, and 0 for one that needs none."""

    call: str
    amount: Decimal


class CostLimit:
    """US dollars that may still be spent. The calls that share a limit run on one event loop.

    Args:
        limit: the most that all calls together may cost, or None: they may cost anything.
        hourly: what was spent counts for an hour, and not for good.
        lets_unknown: let calls through whose cost cannot be known.
        patience_s: seconds that an amount waits for what calls under way may give back, or None: to their end.
        shared: what holds money in the ledger, for a limit that all servers with this ledger share.
        now: the present moment.
    """

    def __init__(
        self,
        limit: Decimal | None,
        *,
        hourly: bool = False,
        lets_unknown: bool = False,
        patience_s: float | None = None,
        shared: HoldFile | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        scope, per = ("server", _HOUR) if hourly else ("run", None)
        self._limit = None if limit is None else SpendingLimit(scope, limit, per)
        self._lets_unknown, self._patience_s, self._now = lets_unknown, patience_s, now
        self._own, self._shared = Holds(MemoryLedger()), shared
        # One thread: what is settled comes after what was held, and is there for who asks later.
        self._thread = ThreadPoolExecutor(1, "cost limit")
        self._settled = asyncio.Event()

    @property
    def spending(self) -> Balance:
        """The limit, and what is spent and held now. Any thread may ask, but the event loop had better not."""
        if self._limit is None:
            return Balance(None, Decimal(0), Decimal(0))
        if self._shared is not None:
            with suppress(LedgerError):
                return self._thread.submit(self._shared.balance, self._limit, self._now()).result()
        return self._own.balance(self._limit, self._now())

    async def reserve(self, amount: Decimal | None, name: str) -> Reservation:
        """Hold an amount for a call; while others may still give some back, wait for it.

        Raises:
            ProviderError: of kind "budget" if it is not there, or cannot be known.
        """
        reservation = Reservation(uuid.uuid4().hex, amount or Decimal(0))
        if self._limit is None or (amount is None and self._lets_unknown):
            return reservation
        if amount is None:
            hint = "add price and max_output to models.toml, or remove `max_cost`"
            message = f"the cost of {name} is unknown, so the cost limit cannot be enforced"
            raise ProviderError("budget", message, hint=hint)
        if amount > self._limit.limit:
            whole = plain_text(self._limit.limit)
            message = f"{name} could cost ${plain_text(amount)}, more than the whole cost limit (${whole})"
            raise ProviderError("budget", message, hint=_WAY_OUT)
        if amount and (found := await self._wait_for(self._limit, reservation)):
            raise _refusal(found, amount, name, self._now())
        return reservation

    async def _wait_for(self, limit: SpendingLimit, wanted: Reservation) -> NoRoom[SpendingLimit] | None:
        """Hold what is wanted as soon as there is room, while there may be; None: it is held."""
        settled = self._settled
        found = await self._hold(limit, wanted, is_final=False)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                while found is not None and found.balance.held:
                    await self._next(settled)
                    settled = self._settled
                    found = await self._hold(limit, wanted, is_final=False)
        return found and await self._hold(limit, wanted)

    async def _next(self, settled: asyncio.Event) -> None:
        """Wait until something was settled, here or perhaps in another process."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_S if self._shared else None):
                await settled.wait()

    async def _hold(
        self, limit: SpendingLimit, wanted: Reservation, *, is_final: bool = True
    ) -> NoRoom[SpendingLimit] | None:
        """Hold what is wanted, in the ledger and in memory, if there is room; see `Holds.hold`."""
        now = self._now()
        request = HoldRequest(
            call=wanted.call,
            position=0,
            task=None,
            project=None,
            moment=now,
            expires=expiry(limit, now),
            amount_of=lambda _: wanted.amount,
            scope=limit.scope,
        )
        if self._shared is not None:
            try:
                work = self._thread.submit(self._shared.hold, request, (limit,), is_final=is_final)
                found = await asyncio.wrap_future(work)
            except LedgerError as error:
                _warn_once(error.message)
            except BaseException:
                self._thread.submit(self._shared.settle, limit, wanted.call, Decimal(0), now)
                raise
            else:
                if isinstance(found, NoRoom):
                    return found
        found = self._own.hold(request, (limit,), is_final=is_final)
        if not isinstance(found, NoRoom):
            return None
        if self._shared is not None:
            self._thread.submit(self._shared.settle, limit, wanted.call, Decimal(0), now)
        return found

    def settle(self, reservation: Reservation, spent: Decimal | None) -> None:
        """Give back what was reserved and not spent; where that is unknown, nothing comes back."""
        amount = reservation.amount if spent is None else spent
        if self._limit is None or not (amount or reservation.amount):
            return
        settlement = (self._limit, reservation.call, amount, self._now())
        self._own.settle(*settlement)
        if self._shared is None:
            self._wake()
        else:
            written = self._thread.submit(self._shared.settle, *settlement)
            asyncio.wrap_future(written).add_done_callback(lambda _: self._wake())

    def _wake(self) -> None:
        """Wake those that wait now; who has to wait again, waits for the next one."""
        self._settled.set()
        self._settled = asyncio.Event()


def _refusal(found: NoRoom[SpendingLimit], amount: Decimal, name: str, now: datetime) -> ProviderError:
    limit, balance = found.limit, found.balance
    left = max(balance.left(limit.limit), Decimal(0))
    whole, spent, held = map(plain_text, (limit.limit, balance.spent, balance.held))
    message = (
        f"{name} could cost ${plain_text(amount)} but only ${plain_text(left)} of the cost limit of "
        f"${whole}{' an hour' if limit.per else ''} is left: ${spent} spent, ${held} held for calls in "
        "progress"
    )
    wait_s = None if found.room_at is None else max(0.0, (found.room_at - now).total_seconds())
    return ProviderError("budget", message, hint=_WAY_OUT, retry_after_s=wait_s)


@cache
def _warn_once(problem: str) -> None:
    _LOG.warning(
        "the cost limit counts the live tests of this server alone, as the ledger cannot be used: %s", problem
    )
