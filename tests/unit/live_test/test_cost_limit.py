"""The money of live tests: what is held, who waits for it, who is refused, and when it counts no more."""

import asyncio
import logging
import sqlite3
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ledger_calls import read_all

from model_manager.core.budgets import Balance
from model_manager.core.models import Budget
from model_manager.errors import ProviderError
from model_manager.ledger.budgets import holds
from model_manager.ledger.budgets.balances import balance_of
from model_manager.ledger.budgets.holds import HoldFile
from model_manager.ledger.storage.store import open_reader
from model_manager.live_test.cost_limit import CostLimit, Reservation

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
#: A call that was let through without any money.
NOTHING = Reservation("free", Decimal(0))


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def put(self, minutes: float) -> None:
        """So many minutes after noon."""
        self.now = NOON + timedelta(minutes=minutes)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[HoldFile]:
    file = HoldFile(tmp_path / "l.db")
    yield file
    file.end()


def refused(waiting: Coroutine[Any, Any, Reservation]) -> ProviderError:
    """The error of an amount that cannot be reserved."""
    with pytest.raises(ProviderError) as caught:
        asyncio.run(waiting)
    assert caught.value.kind == "budget"
    return caught.value


def test_without_a_limit_nothing_is_reserved() -> None:
    """Without a limit any amount, known or not, reserves nothing."""
    budget = CostLimit(None)
    for amount in (Decimal(9), None):
        budget.settle(asyncio.run(budget.reserve(amount, "m")), Decimal(2))
    assert budget.spending == Balance(None, Decimal(0), Decimal(0))


def test_an_unknown_amount() -> None:
    """A call whose cost cannot be known is refused with the way out, unless such calls are let through."""
    error = refused(CostLimit(Decimal(1)).reserve(None, "m"))
    assert error.message == "the cost of m is unknown, so the cost limit cannot be enforced"
    assert "max_output" in (error.hint or "")
    budget = CostLimit(Decimal(1), lets_unknown=True)
    budget.settle(asyncio.run(budget.reserve(None, "m")), Decimal("0.25"))
    assert budget.spending == (1, Decimal("0.25"), 0)


def test_a_free_call_needs_no_money() -> None:
    """A call that costs nothing is let through by an empty budget."""
    assert asyncio.run(CostLimit(Decimal(0)).reserve(Decimal(0), "m")).amount == 0


def test_all_of_the_limit_may_be_reserved() -> None:
    """An amount as large as the limit fits; one that is larger never does."""
    budget = CostLimit(Decimal("0.5"))
    assert "more than the whole cost limit ($0.5)" in refused(budget.reserve(Decimal("0.51"), "m")).message
    assert asyncio.run(budget.reserve(Decimal("0.5"), "m")).amount == Decimal("0.5")
    assert budget.spending == Balance(Decimal("0.5"), Decimal(0), Decimal("0.5"))


def test_what_is_settled_comes_back() -> None:
    """The part of a reserved amount that was not spent can be reserved again, to the cent."""

    async def spend() -> CostLimit:
        budget = CostLimit(Decimal(3))
        budget.settle(await budget.reserve(Decimal(2), "m"), Decimal("0.5"))
        await budget.reserve(Decimal("2.5"), "m")
        return budget

    assert asyncio.run(spend()).spending == Balance(Decimal(3), Decimal("0.5"), Decimal("2.5"))


def test_more_money_than_the_ledger_counts() -> None:
    """A limit beyond the integers of the database is kept to, and no sum fails."""

    async def spend() -> CostLimit:
        budget = CostLimit(Decimal(10**9))
        for _ in range(3):
            budget.settle(await budget.reserve(Decimal(9 * 10**6), "m"), None)
            await budget.reserve(Decimal(9 * 10**6), "m")
        return budget

    assert asyncio.run(spend()).spending == (10**9, 27 * 10**6, 27 * 10**6)


def test_an_amount_waits_for_calls_under_way() -> None:
    """Amounts that do not fit yet wait, all of them, until calls under way have given back enough."""

    async def wait() -> list[str]:
        budget, done = CostLimit(Decimal(2)), list[str]()
        first, second = await budget.reserve(Decimal(1), "a"), await budget.reserve(Decimal(1), "b")

        async def reserve(name: str) -> None:
            await budget.reserve(Decimal(1), name)
            done.append(name)

        waiting = [asyncio.create_task(reserve(name)) for name in ("c", "d")]
        await asyncio.sleep(0)
        assert done == []
        budget.settle(first, Decimal(0))
        await waiting[0]
        assert done == ["c"]
        budget.settle(second, Decimal(0))
        await waiting[1]
        return done

    assert asyncio.run(wait()) == ["c", "d"]


def test_nobody_waits_for_money_that_does_not_come_back() -> None:
    """Where no call is under way, an amount that is not there is refused at once, with what is left."""
    budget = CostLimit(Decimal(3))
    budget.settle(NOTHING, Decimal(2))
    error = refused(budget.reserve(Decimal("1.5"), "m"))
    assert error.message == (
        "m could cost $1.5 but only $1 of the cost limit of $3 is left: $2 spent, $0 held for calls in progress"
    )
    assert error.hint == "lower `max_tokens` or raise `max_cost`"
    assert error.retry_after_s is None


def test_patience_ends() -> None:
    """Who has waited as long as the budget allows is refused, and told what calls under way hold."""

    async def wait() -> Reservation:
        budget = CostLimit(Decimal(2), hourly=True, patience_s=0.01)
        await budget.reserve(Decimal("1.5"), "a")
        return await budget.reserve(Decimal(1), "b")

    assert refused(wait()).message == (
        "b could cost $1 but only $0.5 of the cost limit of $2 an hour is left: $0 spent, $1.5 held for "
        "calls in progress"
    )


@pytest.mark.parametrize("place", ["memory", "ledger"])
def test_spending_counts_for_an_hour(ledger: HoldFile, place: str) -> None:
    """What was spent counts for an hour and no longer, and who is refused is told when there is enough."""
    clock = Clock()
    shared = ledger if place == "ledger" else None
    budget = CostLimit(Decimal(3), hourly=True, patience_s=0.01, shared=shared, now=clock)

    async def wait_minutes(amount: str) -> float | None:
        with pytest.raises(ProviderError) as caught:
            await budget.reserve(Decimal(amount), "m")
        return None if caught.value.retry_after_s is None else caught.value.retry_after_s / 60

    async def spend() -> None:
        budget.settle(NOTHING, Decimal(1))
        clock.put(20)
        budget.settle(NOTHING, Decimal(2))
        clock.put(30)
        # In 30 minutes the first dollar comes back, in 50 the other two.
        assert [await wait_minutes(amount) for amount in ("1", "1.5", "3")] == [30, 50, 50]
        clock.put(59.9)
        assert budget.spending.spent == 3
        clock.put(60)
        assert budget.spending.spent == 2
        await budget.reserve(Decimal(1), "m")
        # What is reserved comes back at no known time.
        assert [await wait_minutes(amount) for amount in ("2", "2.5")] == [20, None]

    asyncio.run(spend())


def test_a_call_that_reserved_nothing_ends_nobodys_waiting() -> None:
    """A call that was let through without money does not count among those that may give some back."""

    async def wait() -> bool:
        budget = CostLimit(Decimal(2))
        held = await budget.reserve(Decimal(2), "a")
        waiting = asyncio.create_task(budget.reserve(Decimal(1), "b"))
        await asyncio.sleep(0)
        budget.settle(await budget.reserve(Decimal(0), "free"), Decimal(0))
        await asyncio.sleep(0)
        still_waits = not waiting.done()
        budget.settle(held, Decimal(0))
        await waiting
        return still_waits

    assert asyncio.run(wait())


def test_two_limits_share_a_ledger(ledger: HoldFile) -> None:
    """What one has spent and holds stands against the other, which goes on as soon as something is given back."""
    first, second = (CostLimit(Decimal(limit), hourly=True, shared=ledger) for limit in (3, 2))

    async def share() -> None:
        first.settle(await first.reserve(Decimal(1), "a"), Decimal("0.5"))
        held = await first.reserve(Decimal("1.5"), "b")
        assert (first.spending, second.spending) == (
            (3, Decimal("0.5"), Decimal("1.5")),
            (2, Decimal("0.5"), Decimal("1.5")),
        )
        waiting = asyncio.create_task(second.reserve(Decimal(1), "c"))
        first.settle(held, Decimal(0))
        second.settle(await waiting, Decimal(1))
        with pytest.raises(ProviderError, match=r"only \$0.5 of the cost limit of \$2 an hour is left"):
            await second.reserve(Decimal(1), "d")

    asyncio.run(share())
    assert first.spending == (3, Decimal("1.5"), 0)


def test_a_call_that_is_cancelled_while_it_asks_holds_nothing(ledger: HoldFile) -> None:
    """Whoever is cancelled at any moment of a reservation leaves nothing behind."""
    budget = CostLimit(Decimal(2), hourly=True, shared=ledger)

    async def give_up() -> None:
        for turns in range(4):
            waiting = asyncio.create_task(budget.reserve(Decimal(1), "a"))
            for _ in range(turns):
                await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        assert budget.spending == (2, 0, 0)
        await budget.reserve(Decimal(2), "b")

    asyncio.run(give_up())


def test_limits_and_budgets_do_not_count_each_others_holds(ledger: HoldFile, tmp_path: Path) -> None:
    """A live test holds money once for its limit and once for its budgets."""
    budget = CostLimit(Decimal(2), hourly=True, shared=ledger)
    asyncio.run(budget.reserve(Decimal(1), "a"))
    assert budget.spending.held == 1
    reader = open_reader(tmp_path / "l.db")
    month = Budget(name="b", limit=Decimal(1), per="month", then="refuse")
    assert balance_of(reader, month, datetime.now(UTC)) == (1, 0, 0)
    reader.close()


def test_a_ledger_that_cannot_be_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The limit holds within the process, with a warning that says so."""
    (tmp_path / "file").write_text("no directory")
    budget = CostLimit(Decimal(2), hourly=True, shared=HoldFile(tmp_path / "file" / "l.db"))

    async def spend() -> ProviderError:
        budget.settle(await budget.reserve(Decimal(2), "a"), Decimal("1.5"))
        with pytest.raises(ProviderError) as caught:
            await budget.reserve(Decimal(1), "b")
        return caught.value

    with caplog.at_level(logging.WARNING, "model_manager"):
        error = asyncio.run(spend())
    assert "only $0.5 of the cost limit of $2 an hour is left" in error.message
    assert budget.spending == (2, Decimal("1.5"), 0)
    assert len([one for one in caplog.messages if "counts the live tests of this server alone" in one]) == 1


def test_what_was_spent_while_the_ledger_was_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in the ledger as soon as that can be used again, and the limit held meanwhile."""
    monkeypatch.setattr(holds, "_RETRY_S", 0)
    monkeypatch.setattr(holds, "_PATIENCE_S", 0.05)
    ledger = HoldFile(tmp_path / "l.db")
    budget = CostLimit(Decimal(3), hourly=True, shared=ledger)

    async def spend() -> None:
        held = await budget.reserve(Decimal(2), "a")
        other = sqlite3.connect(tmp_path / "l.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        budget.settle(held, Decimal("1.5"))
        with pytest.raises(ProviderError, match=r"\$1.5 spent"):
            await budget.reserve(Decimal(2), "b")
        budget.settle(await budget.reserve(Decimal(1), "c"), Decimal(1))
        other.execute("ROLLBACK")
        other.close()
        assert budget.spending == (3, Decimal("2.5"), 0)

    asyncio.run(spend())
    ledger.end()
    later = HoldFile(tmp_path / "l.db")
    assert CostLimit(Decimal(3), hourly=True, shared=later).spending == (3, Decimal("2.5"), 0)
    later.end()
    assert read_all(tmp_path / "l.db", "SELECT amount_pico FROM holds") == []


def test_a_ledger_that_was_removed(ledger: HoldFile, tmp_path: Path) -> None:
    """What this process has spent counts although its ledger is gone, and to look at it makes no file."""
    budget = CostLimit(Decimal(2), hourly=True, shared=ledger)

    async def spend() -> None:
        budget.settle(await budget.reserve(Decimal(2), "a"), Decimal("1.5"))

    asyncio.run(spend())
    assert budget.spending.spent == Decimal("1.5")
    ledger.end()
    for file in tmp_path.iterdir():
        file.unlink()
    assert budget.spending.spent == Decimal("1.5")
    assert list(tmp_path.iterdir()) == []
    refused(budget.reserve(Decimal(1), "b"))
