"""Arms as they are read from ledgers: which calls count for which arm and user, since when, from which hosts."""

import random
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from experiment_calls import FIRST, SECOND, SPLIT, answered, crowd, failed, split_context
from ledger_calls import NOON, write_records

from model_manager.commands.usage_arms import ArmsRequest, run
from model_manager.config.workspace import open_workspace
from model_manager.errors import LedgerError, UnknownNameError, UsageError
from model_manager.ledger.records import row_of
from model_manager.ledger.storage import store
from model_manager.ledger.storage.file import Batch, LedgerFile
from model_manager.rendering.documents.arms import arms_document

LATER = NOON + timedelta(days=1)


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def ask(work, ledger):
    """Asks for the comparison of the ledger's arms."""
    workspace = open_workspace(work)

    def asked(task="chat", **request):
        environ = {"MODEL_MANAGER_LEDGER": str(ledger)}
        return run(ArmsRequest(task=task, timezone="UTC", **request), LATER, workspace, environ)

    return asked


def sums(answer, arm):
    return answer.experiment.arms[arm]


def test_sums_are_those_of_a_plain_count(ledger, ask):
    """Users, calls, costs with fallbacks, own failures and latencies of random calls, with and without users."""
    dice, records = random.Random(4), []
    count = defaultdict(lambda: defaultdict(lambda: [0, Decimal(0), 0, 0.0, 0]))
    for number in range(600):
        user = dice.choice([None, *(f"user-{one}" for one in range(80))])
        arm = dice.choice([FIRST, SECOND]) if user is None else (FIRST, SECOND)[int(user[5:]) % 2]
        other = SECOND if arm == FIRST else FIRST
        one = count[arm][user or number]
        one[0] += 1
        context = split_context(arm, user, NOON + timedelta(seconds=number))
        kind = dice.choice(["ok", "ok", "rescued", "skipped", "lost"])
        if kind in {"rescued", "lost"}:
            records.append(failed(context))
        if kind == "rescued":
            place = {"position": 1, "call": context.call, "model": other, "model_id": other}
            context = split_context(arm, user, context.moment, **place)
        elif kind == "skipped":
            context = split_context(arm, user, context.moment, call=context.call, model=other, model_id=other)
        one[2] += kind != "ok"
        if kind != "lost":
            cost, latency = Decimal(dice.randrange(10**10)).scaleb(-12), float(dice.randrange(100, 9000))
            records.append(answered(context, str(cost), latency_ms=latency))
            one[1] += cost
            one[3] += latency
            one[4] += 1
    dice.shuffle(records)
    write_records(ledger, records)

    answer = ask()

    for arm, users in count.items():
        found, units = sums(answer, arm), list(users.values())
        assert (found.users, found.calls) == (len(units), sum_of(units, 0))
        assert Decimal(found.cost_pico).scaleb(-12) == sum_of(units, 1)
        assert found.failures.y == found.failures.squares == sum_of(units, 2)
        assert found.latency.y == pytest.approx(sum_of(units, 3))
        assert found.latency.x == sum_of(units, 4)
        assert found.cost.xy == pytest.approx(sum(unit[0] * float(unit[1]) for unit in units))
        assert found.cost.yy == pytest.approx(sum(float(unit[1]) ** 2 for unit in units))
        assert found.latency.xx == sum(unit[4] ** 2 for unit in units)
        assert sum(found.latency_buckets.values()) == sum_of(units, 4)
    assert any("without a user" in note for note in answer.notes)


def sum_of(units, place):
    return sum(unit[place] for unit in units)


def test_the_users_of_several_hosts_are_put_together(ledger, ask, tmp_path):
    """A user of two hosts is one user, and the report is that of a single ledger with all calls."""
    records = list(crowd({FIRST: "0.001", SECOND: "0.0006"}, users=40, calls=5))
    salt = {"salt": "the same on every host"}
    for path, part in (
        (ledger, records[::2]),
        (tmp_path / "host.db", records[1::2]),
        (tmp_path / "all.db", records),
    ):
        write(path, part, **salt)

    together, alone = ask(ledgers=[tmp_path / "host.db"]), ask_of(tmp_path / "all.db")

    for arm in (FIRST, SECOND):
        one, two = sums(together, arm), sums(alone, arm)
        assert (
            (one.users, one.calls, one.cost_pico)
            == (two.users, two.calls, two.cost_pico)
            == (40, 200, one.cost_pico)
        )
        assert one.cost == pytest.approx(two.cost)
    assert together.verdict == alone.verdict
    assert together.verdict.winner == SECOND


def ask_of(path):
    """The comparison of another ledger than the user's own."""
    environ = {"MODEL_MANAGER_LEDGER": str(path)}
    return run(ArmsRequest(task="chat", timezone="UTC"), LATER, open_workspace(path.parent), environ)


def write(path, records, salt=None):
    """A ledger whose pseudonyms are made with a salt of its own."""
    file = LedgerFile(path, salt)
    file.open()
    file.write(Batch([row_of(record, "demo", "host-1", file.pseudonym_of) for record in records]))
    file.close()


def test_ledgers_of_different_salts_are_refused_together(ledger, ask, tmp_path):
    """Their users cannot be told to be the same; a ledger without calls of the task does not matter."""
    records = list(crowd({FIRST: "0.001", SECOND: "0.0006"}))
    write(ledger, records, "one")
    write(tmp_path / "host.db", records, "two")
    write(tmp_path / "idle.db", [], "three")
    with pytest.raises(LedgerError, match="different salts") as refused:
        ask(ledgers=[tmp_path / "host.db"])
    assert "MODEL_MANAGER_USER_SALT" in refused.value.hint
    assert ask(ledgers=[tmp_path / "idle.db"]).verdict.winner == SECOND


def test_ramping_up_a_share_keeps_the_comparison_right(ledger, ask):
    """Prices fell while the share grew: over all calls the new arm seems cheaper, since the last change it is not."""
    records = []
    for step, (percent, cost) in enumerate(((10, "0.01"), (20, "0.005"), (50, "0.001"))):
        route = f"{100 - percent}:{FIRST}+{percent}:{SECOND}"
        for arm, share in ((FIRST, 100 - percent), (SECOND, percent)):
            moment = NOON + timedelta(hours=step)
            records += crowd({arm: cost}, users=2 * share, moment=moment, route=route)
    write_records(ledger, records)

    answer = ask(until=(NOON + timedelta(hours=5)).isoformat())

    assert answer.since == NOON + timedelta(hours=2)
    assert [sums(answer, arm).users for arm in (FIRST, SECOND)] == [100, 100]
    assert abs(answer.experiment.differences[SECOND]["cost"].relative) < 0.05
    assert answer.experiment.ratio.is_ok
    assert [share.percent for share in answer.split.arms] == [50, 50]


def test_a_user_who_came_from_another_arm_counts_in_the_new_one_since_the_change(ledger, ask):
    """Calls made before the change are in no arm."""
    before = [
        answered(split_context(FIRST, f"user-{number}", route=f"90:{FIRST}+10:{SECOND}")) for number in range(40)
    ]
    after = NOON + timedelta(hours=1)
    moved = [answered(split_context(SECOND, f"user-{number}", after), "0.0005") for number in range(40)]
    stayed = [answered(split_context(FIRST, f"other-{number}", after)) for number in range(40)]
    write_records(ledger, [*before, *moved, *stayed])
    answer = ask()
    assert [sums(answer, arm).users for arm in (FIRST, SECOND)] == [40, 40]
    assert answer.experiment.ratio.is_ok
    assert not answer.notes


def test_the_window_begins_after_the_last_call_with_other_shares_on_any_host(ledger, ask, tmp_path):
    """While hosts get a new assignment one after the other, the comparison has not begun."""
    old = [split_context(FIRST, "x", NOON + timedelta(minutes=5), route=f"90:{FIRST}+10:{SECOND}")]
    write(ledger, crowd({FIRST: "0.001", SECOND: "0.001"}, users=60), "salt")
    write(tmp_path / "host.db", map(answered, old), "salt")
    answer = ask(ledgers=[tmp_path / "host.db"])
    assert answer.since == NOON + timedelta(minutes=5, seconds=1)
    assert sums(answer, FIRST).calls == 30 * 3 - 1


@pytest.mark.parametrize(
    "route",
    [f"{SECOND}+{FIRST}", f"50:{FIRST}+50:{SECOND},groq/gpt-oss-20b", f"50:haiku+50:{SECOND}+0:claude-opus-5-5"],
)
def test_a_change_that_moves_nobody_begins_nothing_anew(ledger, ask, route):
    """Other fallbacks, aliases, order and shares of 0 leave users where they are."""
    records = [*crowd({FIRST: "0.001"}), *crowd({SECOND: "0.001"}, moment=NOON + timedelta(hours=1), route=route)]
    write_records(ledger, records)
    answer = ask()
    assert answer.since == NOON
    assert [sums(answer, arm).users for arm in (FIRST, SECOND)] == [60, 60]


def test_since_narrows_the_window_and_until_ends_it(ledger, ask):
    """A later beginning counts; one before the last change does not."""
    write_records(
        ledger,
        [
            *crowd({FIRST: "0.001", SECOND: "0.001"}, users=1, route=f"90:{FIRST}+10:{SECOND}"),
            *crowd({FIRST: "0.001", SECOND: "0.001"}, users=2, moment=NOON + timedelta(hours=1)),
            *crowd({FIRST: "0.001", SECOND: "0.001"}, users=4, moment=NOON + timedelta(hours=2)),
        ],
    )
    at = [(NOON + timedelta(hours=hours)).isoformat() for hours in range(4)]
    assert sums(ask(), FIRST).calls == 2 * 3 + 4 * 3
    assert sums(ask(since=at[0]), FIRST).calls == 2 * 3 + 4 * 3
    assert sums(ask(since=at[2]), FIRST).calls == 4 * 3
    assert sums(ask(until=at[2]), FIRST).calls == 2 * 3
    assert sums(ask(until=at[1]), FIRST).calls == 3


def test_only_calls_along_the_tasks_own_route_count(ledger, ask):
    """Live tests, preferences, other tasks and other projects are left out, and change no window."""
    other = f"10:{FIRST}+90:{SECOND}"
    hour = NOON + timedelta(hours=1)
    write(ledger, crowd({FIRST: "0.001", SECOND: "0.001"}, users=5))
    strangers = [
        answered(split_context(FIRST, "t", hour, kind="test", route=other)),
        answered(split_context(FIRST, "p", hour, preference="fast", route=other)),
        answered(split_context(FIRST, "c", hour, task="code", route=other)),
        answered(split_context(FIRST, "o", hour, arm=None, route=FIRST)),
    ]
    write(ledger, strangers)
    answer = ask()
    assert [sums(answer, arm).calls for arm in (FIRST, SECOND)] == [15, 15]
    assert not answer.notes
    assert ask(project="demo").experiment.arms == answer.experiment.arms
    assert ask(project="another").verdict.text == (
        "No calls of chat are recorded in this period; live tests and calls with a preference do not count."
    )


def test_users_in_several_arms_are_in_none(ledger, ask):
    """A new salt deals users anew under the same shares: those who changed arms are left out and counted."""
    records = list(crowd({FIRST: "0.001", SECOND: "0.001"}, users=10))
    records.append(answered(split_context(SECOND, f"{FIRST}-3", NOON + timedelta(hours=1))))
    write_records(ledger, records)
    answer = ask()
    assert [sums(answer, arm).users for arm in (FIRST, SECOND)] == [9, 10]
    assert answer.notes == ["users with calls in several arms are left out: 1"]


def test_a_split_behind_another_option_counts_only_calls_that_reached_it(ledger, ask):
    """Calls that the first option answered say nothing about the arms of the second."""
    route = f"groq/gpt-oss-20b,{SPLIT}"
    records = []
    for arm in (FIRST, SECOND):
        for user in range(8):
            lead = {"model": "groq/gpt-oss-20b", "model_id": "x", "provider": "groq", "route": route}
            context = split_context(arm, f"{arm}-{user}" if user else None, **lead)
            if user % 2:
                records.append(answered(context))
            else:
                records.append(failed(context))
                place = {"call": context.call, "position": 1, "option": 1, "route": route}
                records.append(answered(split_context(arm, context.user_id, **place), "0.002"))
    write_records(ledger, records)
    answer = ask()
    for arm in (FIRST, SECOND):
        found = sums(answer, arm)
        assert (found.users, found.calls, found.failures.y, found.cost_pico) == (4, 4, 0, 4 * 2 * 10**9)


def test_calls_without_a_price_are_told_and_left_out(ledger, ask):
    """A few are left out of the cost; an arm of which too many are unknown is not compared."""
    records = list(crowd({FIRST: "0.001", SECOND: "0.0006"}))
    records += [answered(split_context(SECOND, f"{SECOND}-{user}"), None, cost_source=None) for user in range(5)]
    write_records(ledger, records)
    answer = ask()
    assert answer.notes == [f"calls of {SECOND} without a known price are left out of its cost: 5"]
    assert answer.verdict.winner == SECOND
    assert sums(answer, SECOND).cost.x == 180


def test_where_nothing_is_split_a_sentence_says_so(ledger, ask):
    """No calls, one model, and a share of auto are no errors."""
    assert ask("chat").verdict.text == "No calls of chat are recorded in this period."
    write_records(ledger, [answered(split_context(FIRST, "u", arm=None, route=FIRST))])
    found = ask()
    assert found.verdict.text == f"Nothing is split: all calls of chat use the route {FIRST}."
    assert (found.experiment, found.since, found.assign) == (None, None, None)
    write_records(ledger, [answered(split_context(FIRST, "u", route=f"50:auto+50:{SECOND}"))])
    assert "auto has a share" in ask().verdict.text
    write_records(ledger, [answered(split_context(FIRST, "u", NOON + timedelta(hours=1), route="50:a+50:<b>"))])
    assert ask().verdict.text == "The route 50:a+50:<b> does not parse, so its shares are unknown."
    write_records(
        ledger, [answered(split_context(FIRST, "u", LATER, route=("50:" + "a" * 70 + "+50:" + "b" * 300)))]
    )
    assert "too long" in ask(until=(LATER + timedelta(days=1)).isoformat()).verdict.text


def test_arms_that_the_catalogue_here_does_not_know_by_the_routes_names_are_told(ledger, ask):
    """An alias of another directory's catalogue stands for no model here."""
    write_records(ledger, crowd({FIRST: "0.001", SECOND: "0.0006"}, users=10, route=f"50:ours+50:{SECOND}"))
    answer = ask()
    assert [sums(answer, arm).users for arm in ("ours", SECOND)] == [0, 10]
    assert answer.notes == [
        f"calls of {FIRST} are in no arm, as no name of the route stands for it in the catalogue here: 30"
    ]
    assert answer.verdict.winner is None


def test_the_winner_is_assigned_with_the_same_fallbacks(ledger, ask):
    """The route that ends the experiment; once it has ended, there is none."""
    route = f"{SPLIT},groq/gpt-oss-20b"
    write(ledger, crowd({FIRST: "0.001", SECOND: "0.0006"}, route=route))
    assert ask().assign == f"{SECOND},groq/gpt-oss-20b"
    ended = [split_context(SECOND, "u", NOON + timedelta(hours=3), arm=None, route=SECOND)]
    write(ledger, map(answered, ended))
    answer = ask()
    assert (answer.verdict.winner, answer.assign) == (SECOND, None)
    last = f"{NOON:%Y-%m-%d} 12:09"
    assert answer.notes == [f"the split has ended: its last call was at {last}"]


def test_an_assigned_winner_ends_the_experiment_though_its_fallback_is_split(ledger, ask):
    """The arms are those of the first split of a route; if that is a fallback's, a note says so and shows the way back."""
    route = f"{SPLIT},50:groq/a+50:groq/b"
    write(ledger, crowd({FIRST: "0.001", SECOND: "0.0006"}, route=route))
    answer = ask()
    assert answer.notes == [f"the arms are those of the first split of the route {route}"]
    assert answer.assign == f"{SECOND},50:groq/a+50:groq/b"
    for user in range(40):
        place = {"arm": f"groq/{'ab'[user % 2]}", "model": SECOND, "route": answer.assign}
        write(ledger, [answered(split_context("", f"u{user}", NOON + timedelta(hours=3), **place))])
    after = ask()
    assert [arm.users for arm in after.experiment.arms.values()] == [0, 0]
    assert (after.verdict.winner, after.assign) == (None, None)
    fallback, ended = after.notes
    assert fallback.startswith(f"the arms are those of option 2 of the route {answer.assign}, a fallback: ")
    until = ended.removeprefix("the split of an earlier option has ended: a report until ").split()[0]
    assert ask(until=until).verdict == answer.verdict


def test_unknown_tasks_and_metrics_are_refused_with_what_was_meant(ledger, ask):
    """A task may be known to the catalogue or to the ledger alone; a metric is a word or a score."""
    write_records(ledger, crowd({FIRST: "0.001", SECOND: "0.001"}, task="forecast"))
    assert ask("forecast").experiment
    for task, hint in (("forcast", "did you mean forecast?"), ("chta", "did you mean chat?")):
        with pytest.raises(UnknownNameError) as refused:
            ask(task)
        assert refused.value.hint == hint
    with pytest.raises(UsageError, match="neither a metric nor the name of a score") as refused:
        ask("forecast", metric="latenci")
    assert refused.value.hint == "did you mean latency?"


def test_scores_are_means_by_arm(ledger, ask):
    """A score decides if it is asked for, in several ledgers and without users too."""
    records = list(crowd({FIRST: "0.001", SECOND: "0.001"}, users=40, calls=1))
    write_records(ledger, records)
    file = LedgerFile(ledger)
    scores = [
        (record.context.call, "helpful", 0.9 if record.context.arm == SECOND else 0.1 * (place % 5), 1)
        for place, record in enumerate(records)
    ]
    file.write(Batch(scores=scores))
    file.close()
    answer = ask(metric="helpful")
    assert answer.verdict.winner == SECOND
    assert sums(answer, SECOND).scores["helpful"].ratio == pytest.approx(0.9)
    assert sums(answer, FIRST).scores["helpful"][:2] == (40, 40)


def test_scores_too_large_to_be_added_up_are_left_out(ledger, ask):
    """Their squares are infinite, of which no interval can be made; an older version recorded them."""
    records = list(crowd({FIRST: "0.001", SECOND: "0.001"}, users=40, calls=1))
    write_records(ledger, records)
    file = LedgerFile(ledger)
    signs = ((record.context.call, (-1) ** place * 1e300) for place, record in enumerate(records))
    file.write(Batch(scores=[(call, "vast", value, 1) for call, value in signs]))
    file.close()
    assert [arm.scores for arm in ask().experiment.arms.values()] == [{}, {}]


def test_calls_that_failed_at_once_do_not_make_an_arm_without_prices_free(ledger, ask):
    """What its other calls cost is not known, so neither is the sum; a free model costs nothing."""
    unknown = [answered(split_context(FIRST, f"a{user}"), None, cost_source=None) for user in range(20)]
    free = [answered(split_context(SECOND, f"b{user}"), "0") for user in range(20)]
    write_records(ledger, [*unknown, failed(split_context(FIRST, "c")), *free])
    first, second = arms_document(ask())["arms"]
    assert (first["cost_usd"], first["cost_per_call_usd"]) == (None, None)
    assert (second["cost_usd"], second["cost_per_call_usd"]) == (0, 0)


def test_reading_leaves_the_file_as_it_is(ledger, ask):
    """The temporary tables are in no ledger."""
    write_records(ledger, crowd({FIRST: "0.001", SECOND: "0.001"}, users=5))
    before = ledger.read_bytes()
    ask()
    assert ledger.read_bytes() == before
    connection = store.open_reader(ledger)
    assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name IN ('users', 'scored')").fetchall()
    connection.close()
