"""Where budgets stand, from the totals of ledgers and from what is held."""

import random
import sqlite3
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from ledger_calls import a_context, a_reply, random_records, read_all, write_records

from model_manager.core.models import Budget
from model_manager.ledger.budgets.holds import HoldFile, NoRoom
from model_manager.ledger.budgets.rows import HoldRequest
from model_manager.ledger.budgets.standings import read_standings
from model_manager.ledger.records import record_of_reply
from model_manager.ledger.reports.reader import LedgerReader
from model_manager.ledger.storage import schema

NOW = datetime(2026, 11, 27, 18, tzinfo=UTC)  # a Friday


def a_budget(**over):
    return Budget(**{"name": "b", "limit": Decimal(1), "per": "month", "then": "refuse", **over})


def a_request(call="c", amount="0.1", task="chat", expires=NOW + timedelta(hours=1)):
    return HoldRequest(call, 0, task, "demo", NOW, expires, lambda _output: Decimal(amount))


def the_standing(budget, *paths, now=NOW):
    readers = [LedgerReader(path) for path in paths]
    (found,) = read_standings(readers, [budget], now)
    for reader in readers:
        reader.connection.close()
    return found


@pytest.mark.parametrize("per", ["day", "week", "month"])
@pytest.mark.parametrize("scope", [{}, {"tasks": ("chat",)}, {"tasks": ("chat", "code")}, {"project": "demo"}])
def test_the_sums_are_those_of_the_calls(tmp_path, per, scope):
    """What is spent is the exact sum of the calls of the period, the tasks and the project."""
    dice = random.Random(7)
    moments = [NOW - timedelta(minutes=dice.randrange(40 * 24 * 60)) for _ in range(400)]
    write_records(tmp_path / "a.db", random_records(dice, moments), "demo")
    write_records(tmp_path / "b.db", random_records(dice, moments), "other")
    budget = a_budget(per=per, **scope)
    begins = {"day": datetime(2026, 11, 27, tzinfo=UTC), "week": datetime(2026, 11, 23, tzinfo=UTC)}
    since = begins.get(per, datetime(2026, 11, 1, tzinfo=UTC)).timestamp() * 10**6
    sql = f"SELECT coalesce(sum(cost_pico), 0) FROM calls WHERE at_us >= {since:.0f}"
    if budget.tasks:
        sql += f" AND task IN ({', '.join(map(repr, budget.tasks))})"
    if budget.project:
        sql += " AND project = 'demo'"
    spent = sum(read_all(tmp_path / name, sql)[0][0] for name in ("a.db", "b.db"))
    assert spent
    found = the_standing(budget, tmp_path / "a.db", tmp_path / "b.db")
    assert found.balance.spent == Decimal(spent).scaleb(-12)
    assert found.projected >= found.balance.spent


def test_what_is_held_counts_until_it_expires(tmp_path):
    """It counts for the budgets that take the call, and after its time for none."""
    file = HoldFile(tmp_path / "l.db")
    assert isinstance(file.hold(a_request(), [a_budget()]), int)
    file.end()
    assert the_standing(a_budget(), tmp_path / "l.db").balance.held == Decimal("0.1")
    assert the_standing(a_budget(tasks=("code",)), tmp_path / "l.db").balance.held == 0
    assert the_standing(a_budget(project="other"), tmp_path / "l.db").balance.held == 0
    later = NOW + timedelta(hours=1, seconds=1)
    assert the_standing(a_budget(), tmp_path / "l.db", now=later).balance.held == 0


def test_what_was_held_for_a_call_goes_with_its_record(tmp_path):
    """The record and the end of what was held are one transaction: the sum has no gap, and counts nothing twice."""
    path = tmp_path / "l.db"
    file = HoldFile(path)
    assert isinstance(file.hold(a_request("c", "0.7"), [a_budget()]), int)
    assert isinstance(file.hold(a_request("d", "0.2"), [a_budget()]), int)
    file.end()
    context = a_context(call="c", moment=NOW)
    write_records(path, [record_of_reply(context, a_reply(context, cost_usd=Decimal("0.3")))])
    balance = the_standing(a_budget(), path).balance
    assert (balance.spent, balance.held) == (Decimal("0.3"), Decimal("0.2"))


def test_the_first_budget_without_room_is_named(tmp_path):
    """All of the limit may be held, and what does not fit is told with what stands against it; once it is the first."""
    file = HoldFile(tmp_path / "l.db")
    wide, narrow = a_budget(name="wide", limit=Decimal(9)), a_budget(name="narrow", limit=Decimal("0.25"))
    for call in "cd":
        assert isinstance(file.hold(a_request(call), [wide, narrow]), int)
    refusals = [file.hold(a_request("e", amount), [wide, narrow]) for amount in ("0.06", "0.06")]
    assert isinstance(file.hold(a_request("f", "0.05"), [wide, narrow]), int)
    assert [isinstance(one, NoRoom) and one.limit.name for one in refusals] == ["narrow", "narrow"]
    assert [one.is_first for one in refusals] == [True, False]
    assert refusals[0].balance == (Decimal("0.25"), 0, Decimal("0.2"))
    file.end()


def test_money_given_back_can_be_held_again(tmp_path):
    """What is released, and what is free, takes no room."""
    file = HoldFile(tmp_path / "l.db")
    hold = file.hold(a_request("c", "1"), [a_budget()])
    assert isinstance(file.hold(a_request("d", "1"), [a_budget()]), NoRoom)
    file.release(hold)
    assert isinstance(file.hold(a_request("e", "1"), [a_budget()]), int)
    assert file.hold(a_request("f", "0"), [a_budget()]) is None
    file.end()


def test_a_ledger_of_the_first_version(tmp_path):
    """A copy that was made before there were budgets is read, and nothing is held in it; writing brings it up to date."""
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        for statement in schema.MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert the_standing(a_budget(), path).balance == (1, 0, 0)
    file = HoldFile(path)
    assert isinstance(file.hold(a_request(), [a_budget()]), int)
    file.end()
    assert the_standing(a_budget(), path).balance.held == Decimal("0.1")
