"""`cost`: the workload, the comparison, and what the tasks cost."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from projects import SMALL, workspace_of

from model_manager.commands.cost import run
from model_manager.commands.cost_report import CostQuery, CostReport
from model_manager.commands.counts import Counts
from model_manager.errors import UsageError

D = Decimal
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

#: The models that the project began with: flat rates per thousand tokens.
ORIGINAL = """
extends = false
[providers.old]
wire = "openai"
base_url = "https://old.example/v1"
""" + "".join(
    f"[models.{name}]\nprovider = 'old'\ncost_per_1k_tokens = {rate}\n"
    for name, rate in [("a", "0.015"), ("b", "0.0025"), ("c", "0.01"), ("d", "0.001"), ("e", "0.0005")]
)
PLAIN = (
    SMALL.replace('[models.m]\nprovider = "acme"\n', "")
    + """
[models.dear]
provider = "acme"
price = { input = 10, output = 30 }
[models.cheap]
provider = "acme"
price = { input = 1, output = 3, cache_read = 0.1, cache_write = 2, cache_write_1h = 4, cache_write_12h = 6 }
[models.free]
provider = "acme"
price = { input = 0, output = 0 }
[models.unknown]
provider = "acme"
[models.gone]
provider = "acme"
retires = 2026-01-01
price = { input = 2, output = 2 }
[models.moody]
provider = "acme"
[models.moody.price]
input = 1
output = 10
[[models.moody.price.tiers]]
above = 100_000
input = 2
[[models.moody.price.changes]]
from = 2027-01-01
input = 5
[models.moody.price.peak]
days = "mon-fri"
utc = ["13:00-14:00"]
output = 20
"""
)
SEARCH = """
[models.search]
provider = "acme"
price = { input = 1, output = 3, request = 0.01 }
"""
CHAT = """
[tasks.chat]
model = "cheap"
profile = { requests_per_day = 100, input_tokens = 1_000, output_tokens = 100, cache_share = 0.5 }
"""


def costs(text: str = PLAIN, moment: datetime = NOON, env=None, **question) -> CostReport:
    counts = {name: question.pop(name) for name in list(question) if name in Counts.__dataclass_fields__}
    return run(
        workspace_of({"models.toml": text}, env=env), CostQuery(counts=Counts(**counts), **question), moment
    )


def dollars(report: CostReport) -> dict[str, Decimal | None]:
    return {row.model.id if row.model else "": row.cost_usd for row in report.rows}


def cost_of(model: str, moment: datetime = NOON, **question) -> Decimal | None:
    return costs(moment=moment, models=[model], **question).rows[0].cost_usd


def test_the_original_comparison_is_reproduced():
    """100k tokens cost what the rates per thousand say, to the digit, the cheapest first."""
    expected = {"e": D("0.05"), "d": D("0.10"), "b": D("0.25"), "c": D("1.00"), "a": D("1.50")}
    for question in ({}, {"tokens": 100_000}, {"input": 100_000}, {"input": 1, "output": 99_999}):
        report = costs(ORIGINAL, **question)
        assert list(dollars(report).items()) == list(expected.items())
    assert [row.relative for row in report.rows] == [D(1) / 30, D(1) / 15, D(1) / 6, D(2) / 3, 1]


@pytest.mark.parametrize(
    ("question", "counts"),
    [
        ({}, (75_000, 25_000, 0, 0)),
        ({"tokens": 1_000_000}, (750_000, 250_000, 0, 0)),
        ({"tokens": 3}, (3, 0, 0, 0)),
        ({"tokens": 0}, (0, 0, 0, 0)),
        ({"input": 7}, (7, 0, 0, 0)),
        ({"output": 7}, (0, 7, 0, 0)),
        ({"input": 9, "cache_read": 4}, (9, 0, 4, 0)),
        ({"input": 9, "output": 1, "cache_read": 4, "cache_write": 5}, (9, 1, 4, 5)),
    ],
)
def test_the_workload_is_the_default_or_what_was_said(question, counts):
    """A quarter of a total is output; any kind of count replaces the whole default, the others being 0."""
    usage = costs(**question).workload.usage
    assert usage is not None
    found = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
    assert found == counts


@pytest.mark.parametrize(
    ("question", "counts"),
    [
        ({"input": 9, "cache_write": 5}, (5, 0, 0)),
        ({"input": 9, "cache_write": 5, "cache_write_1h": 2}, (5, 2, 0)),
        ({"input": 9, "cache_write": 5, "cache_write_1h": 2, "cache_write_12h": 3}, (5, 2, 3)),
        ({"input": 9, "cache_write_1h": 2}, (2, 2, 0)),
        ({"input": 9, "cache_write_1h": 2, "cache_write_12h": 3}, (5, 2, 3)),
    ],
)
def test_longer_lives_are_parts_of_what_is_written(question, counts):
    """What is kept for an hour or for twelve is a part of what is written, which need not be said as well."""
    usage = costs(**question).workload.usage
    assert usage is not None
    assert (usage.cache_write_tokens, usage.cache_write_1h_tokens, usage.cache_write_12h_tokens) == counts


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"tokens": 1, "cache_write_1h": 1}, "`tokens` cannot be combined"),
        ({"input": 5, "cache_write_12h": 6}, "`cache_read` and `cache_write` are parts of `input`"),
        (
            {"input": 9, "cache_write": 3, "cache_write_1h": 2, "cache_write_12h": 2},
            "`cache_write_1h` and `cache_write_12h` are parts of `cache_write`",
        ),
        ({"tokens": 1, "input": 1}, "`tokens` cannot be combined"),
        ({"cache_read": 5}, "`cache_read` and `cache_write` are parts of `input`"),
        ({"input": 5, "cache_read": 3, "cache_write": 3}, "`cache_read` and `cache_write` are parts of `input`"),
        ({"assigned": True, "models": ["dear"]}, "`assigned` cannot be combined with models"),
        ({"assigned": True, "tokens": 5}, "`assigned` cannot be combined with models"),
        ({"assigned": True, "requests": 5}, "`assigned` cannot be combined with models"),
        ({"assigned": True, "task": "chat"}, "`assigned` cannot be combined with models"),
        ({"models": ["daer"]}, "there is no model 'daer' in the catalogue"),
        ({"reference": "daer"}, "there is no model 'daer' in the catalogue"),
        ({"task": "chta"}, "there is no task 'chta'"),
    ],
)
def test_a_question_that_cannot_be_is_wrong_usage(question, words):
    """Counts that contradict each other, and names that do not exist, are refused with the way out."""
    with pytest.raises(UsageError) as caught:
        costs(PLAIN + CHAT, **question)
    assert caught.value.message.startswith(words)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("question", "amount"),
    [
        ({"input": 1_000_000}, "1"),
        ({"output": 1_000_000}, "3"),
        ({"input": 1_000_000, "cache_read": 400_000}, "0.64"),
        ({"input": 1_000_000, "cache_write": 500_000}, "1.5"),
        ({"input": 1_000_000, "cache_write_1h": 500_000}, "2.5"),
        ({"input": 1_000_000, "cache_write_12h": 500_000}, "3.5"),
        (
            {"input": 1_000_000, "cache_write": 500_000, "cache_write_1h": 100_000, "cache_write_12h": 200_000},
            "2.5",
        ),
        ({"input": 1_000_000, "requests": 30}, "30"),
        ({"input": 1, "requests": 10**18}, "1000000000000"),
        ({"input": 1_000_000, "requests": 0}, "0"),
        ({"input": 1}, "0.000001"),
        ({"input": 10**18, "output": 10**18, "requests": 10**18}, "4000000000000000000000000000000"),
    ],
)
def test_costs_are_exact(question, amount):
    """Every digit of a cost is right, also of very small and very large ones."""
    assert cost_of("cheap", **question) == D(amount)


def test_a_fee_is_charged_once_for_each_request():
    """A price with a fee costs it for every request, however many tokens each has."""
    questions = [
        ({"input": 1_000_000}, "1.01"),
        ({"input": 1_000, "output": 1_000, "requests": 500}, "7"),
        ({"input": 0}, "0.01"),
        ({"requests": 0}, "0"),
    ]
    for question, amount in questions:
        assert dollars(costs(PLAIN + SEARCH, models=["search"], **question)) == {"search": D(amount)}


def test_the_whole_prompt_decides_on_the_tier():
    """A cached prompt counts with its whole length, and every token of it is billed by the tier."""
    assert cost_of("moody", input=100_000) == D("0.1")
    assert cost_of("moody", input=100_001) == D("0.200002")
    assert cost_of("moody", input=100_001, cache_read=100_001) == D("0.200002")
    assert cost_of("moody", input=1_000, requests=1_000) == 1


@pytest.mark.parametrize(
    ("moment", "input_cost", "output_cost"),
    [
        (datetime(2026, 11, 23, 12, 59, 59, tzinfo=UTC), "1", "10"),
        (datetime(2026, 11, 23, 13, tzinfo=UTC), "1", "20"),
        (datetime(2026, 11, 23, 14, tzinfo=UTC), "1", "10"),
        (datetime(2026, 11, 22, 13, 30, tzinfo=UTC), "1", "10"),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "1", "10"),
        (datetime(2027, 1, 1, tzinfo=UTC), "5", "10"),
        (datetime(2027, 1, 1, 13, tzinfo=UTC), "5", "20"),
    ],
)
def test_the_moment_decides_on_the_price(moment, input_cost, output_cost):
    """Announced changes count from their day on, and peak prices in their hours of their days."""
    assert cost_of("moody", moment, input=50_000, requests=20) == D(input_cost)
    assert cost_of("moody", moment, output=1_000_000) == D(output_cost)


def test_the_cheapest_come_first_and_the_unknown_last():
    """Without names, all models that are not retired are compared; what has no price has no cost."""
    report = costs()
    assert list(dollars(report)) == ["free", "cheap", "moody", "dear", "unknown"]
    assert dollars(report)["unknown"] is None
    assert dollars(report)["free"] == 0
    assert report.total_usd is None
    assert "gone" in dollars(costs(all=True))
    assert list(dollars(costs(models=["gone", "unknown", "cheap", "cheap"]))) == ["cheap", "gone", "unknown"]


@pytest.mark.parametrize(
    ("text", "question", "reference"),
    [
        (PLAIN, {}, "dear"),
        (PLAIN, {"models": ["cheap", "free"]}, "cheap"),
        (PLAIN + CHAT, {}, "cheap"),
        (PLAIN + CHAT, {"models": ["dear"]}, "cheap"),
        (PLAIN + CHAT, {"reference": "free"}, "free"),
        (
            PLAIN
            + CHAT
            + "[tasks.t]\nmodel = 'moody'\nprofile = {requests_per_day = 1, input_tokens = 1, output_tokens = 1}\n",
            {"task": "t"},
            "moody",
        ),
        (PLAIN + CHAT.replace('"cheap"', '"unknown"'), {}, "dear"),
        (PLAIN, {"models": ["unknown"]}, None),
    ],
)
def test_costs_are_compared_with_the_model_asked_for_or_chats_or_the_dearest(text, question, reference):
    """The reference is the one asked for, else the task's or chat's model, else the dearest shown."""
    report = costs(text, **question)
    assert (report.reference.id if report.reference else None) == reference


def test_the_environment_moves_the_reference():
    """The chat task's model is the one that is assigned, not the one in the catalogue."""
    report = costs(PLAIN + CHAT, env={"AI_CHAT_MODEL": "dear"})
    assert report.reference is not None
    assert report.reference.id == "dear"


def test_relative_is_the_cost_over_the_references():
    """A cost that is unknown has no ratio, and nothing is compared with a reference that is free."""
    rows = {row.model.id: row.relative for row in costs(reference="dear", input=100).rows if row.model}
    assert rows == {"free": 0, "cheap": D("0.1"), "moody": D("0.1"), "dear": 1, "unknown": None}
    assert {row.relative for row in costs(reference="free").rows} == {None}
    assert {row.relative for row in costs(reference="unknown").rows} == {None}


def test_a_tasks_profile_is_its_workload():
    """`--task` takes tokens and requests of a month from the profile, and compares what can do the task."""
    report = costs(PLAIN + CHAT, task="chat")
    assert (report.workload.requests, report.workload.per) == (3_000, "month")
    # 500 fresh at 1, 500 cached at 0.1, 100 out at 3, per million; 3000 times
    assert dollars(report)["cheap"] == D("0.00085") * 3_000
    assert costs(PLAIN + CHAT, task="chat", per="day").workload.requests == 100
    assert costs(PLAIN + CHAT, task="chat", requests=7).workload.requests == 7
    usage = costs(PLAIN + CHAT, task="chat", input=9).workload.usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (9, 0)


def test_a_task_without_a_profile_has_the_default_workload():
    """Where a task has no profile, a note says so, and how to give it one; counts that are given are taken as they are."""
    text = PLAIN + "[tasks.t]\nmodel = 'cheap'\n"
    report = costs(text, task="t")
    assert report.workload == costs(text).workload
    assert report.notes[0].startswith("t has no profile: add [tasks.t.profile]")
    given = costs(text, task="t", input=1_000_000, models=["cheap"])
    assert (given.rows[0].cost_usd, given.notes) == (1, ())


def test_models_that_cannot_do_the_task_are_left_out_and_counted():
    """A comparison for a task shows what can do it, and says how many cannot."""
    text = PLAIN + CHAT + "requires = ['vision']\n[models.blind]\nprovider = 'acme'\nlacks = ['vision']\n"
    text = text.replace("profile = {", "purpose = 'x'\nprofile = {")
    report = costs(text, task="chat")
    assert "blind" not in dollars(report)
    assert report.notes == ("1 model that cannot do what chat requires is left out",)


ASSIGNED = (
    PLAIN
    + CHAT
    + """
[tasks.second]
model = "dear"
profile = { requests_per_day = 10, input_tokens = 0, output_tokens = 1_000 }
"""
)


def test_what_all_tasks_cost_is_added_up():
    """`--assigned` prices every task by its profile for 30 days, with a total."""
    report = costs(ASSIGNED, assigned=True)
    found = [(row.task, row.model.id if row.model else None, row.cost_usd) for row in report.rows]
    assert found == [("chat", "cheap", D("2.55")), ("second", "dear", D("9"))]
    assert report.total_usd == D("11.55")
    day = costs(ASSIGNED, assigned=True, per="day")
    assert (day.total_usd, day.workload.per) == (D("0.385"), "day")


def test_what_all_tasks_cost_may_be_compared():
    """With a reference, each task is compared with what it would cost there."""
    report = costs(ASSIGNED, assigned=True, reference="dear")
    # chat on dear: 1000 in at 10 and 100 out at 30
    assert [row.relative for row in report.rows] == [D("0.00085") / D("0.013"), 1]


@pytest.mark.parametrize(
    ("task", "note"),
    [
        (
            "[tasks.t]\nmodel = 'cheap'\n",
            "t has no profile: add [tasks.t.profile] with requests_per_day, input_tokens and output_tokens to know its cost",
        ),
        ("[tasks.t]\nprofile = { FULL }\n", "t has no model that the catalogue knows"),
        ("[tasks.t]\nmodel = 'unknown'\nprofile = { FULL }\n", None),
        (
            "[tasks.t]\nmodel = 'cheap'\nprofile = { input_tokens = 1 }\n",
            "t has a profile without requests_per_day, output_tokens",
        ),
    ],
)
def test_a_total_with_an_unknown_part_is_unknown(task, note):
    """A task whose cost nobody knows makes the total unknown, and it is said why."""
    full = "requests_per_day = 1, input_tokens = 1, output_tokens = 1"
    report = costs(PLAIN + CHAT + task.replace("FULL", full), assigned=True)
    assert report.total_usd is None
    assert report.rows[-1].task == "t"
    assert report.notes == ((note,) if note else ())


def test_the_assigned_models_are_those_of_the_environment():
    """`--assigned` follows the variables, and of a split it prices the largest share."""
    report = costs(ASSIGNED, assigned=True, env={"AI_CHAT_MODEL": "10:cheap+90:free", "AI_SECOND_MODEL": "nobody"})
    assert [(row.task, row.model.id if row.model else None) for row in report.rows] == [
        ("chat", "free"),
        ("second", None),
    ]


@pytest.mark.parametrize(
    ("profile", "question", "missing"),
    [
        ("input_tokens = 1, output_tokens = 1", {}, "requests_per_day"),
        ("requests_per_day = 5", {}, "input_tokens, output_tokens"),
        ("requests_per_day = 5, input_tokens = 7", {"requests": 3}, "output_tokens"),
    ],
)
def test_a_count_that_is_nowhere_is_asked_for(profile, question, missing):
    """What a profile leaves out is not taken for zero."""
    text = PLAIN + CHAT + f"[tasks.t]\nmodel = 'cheap'\nprofile = {{ {profile} }}\n"
    with pytest.raises(UsageError, match=f"the profile of t has no {missing}"):
        costs(text, task="t", **question)


LIMITED = """
[models.limited]
provider = "acme"
context_window = 1_000
max_input = 900
max_output = 100
price = { input = 1, output = 1 }
[models.wide]
provider = "acme"
context_window = 2_000
max_output = 50
price = { input = 2, output = 1 }
"""


@pytest.mark.parametrize(
    ("question", "limits"),
    [
        ({"input": 900, "output": 100}, []),
        ({"input": 901, "output": 99}, [("max_input", 900)]),
        ({"input": 899, "output": 101}, [("max_output", 100)]),
        ({"input": 901, "output": 101}, [("context_window", 1_000), ("max_input", 900), ("max_output", 100)]),
    ],
)
def test_limits_that_a_request_is_beyond_are_named(question, limits):
    """A request may fill a model's context, prompt and answer; a token more is beyond. Unknown limits are none."""
    rows = {
        row.model.id: row
        for row in costs(PLAIN + LIMITED, models=["limited", "dear"], **question).rows
        if row.model
    }
    assert [(found.limit, found.tokens) for found in rows["limited"].exceeds] == limits
    assert rows["dear"].exceeds == ()


def test_a_request_that_no_model_can_take_is_told_with_the_largest_limits():
    """Only where every model is too small there is a note, with the most that any of them takes."""
    report = costs(PLAIN + LIMITED, models=["limited", "wide"], input=3_000)
    assert report.notes == (
        (
            "None of these models can take this request: the largest context window is 2,000 tokens, "
            "the largest prompt limit is 900 tokens"
        ),
    )
    assert costs(PLAIN + LIMITED, models=["limited", "wide"], input=1_500).notes == ()
    assert costs(PLAIN + LIMITED, models=["limited", "wide", "dear"], input=3_000).notes == ()


def test_a_tier_is_told_with_what_smaller_requests_cost():
    """The same tokens below the tier's bound are priced, with the fee of each request, and only if that is less."""
    text = (
        PLAIN
        + """
[models.fee]
provider = "acme"
price = { input = 1, output = 1, request = 0.5, tiers = [{ above = 100, inclusive = true, input = 2 }] }
"""
    )
    (row,) = costs(text, models=["moody"], input=250_000, output=1_000, requests=2).rows
    assert row.tier is not None
    assert (row.tier.above, row.tier.smaller_tokens) == (100_000, 100_000)
    assert (row.cost_usd, row.tier.smaller_usd) == (D("1.02"), D("0.52"))
    assert costs(text, models=["moody"], input=100_000).rows[0].tier is None
    (row,) = costs(text, models=["fee"], input=100).rows  # of two requests, each has the fee
    assert row.tier is not None
    assert (row.tier.smaller_tokens, row.tier.smaller_usd) == (99, None)


def test_a_costs_parts_add_up():
    """Prompt, answer and fee are what the whole costs, for models and for tasks that are shared."""
    text = PLAIN + SEARCH + CHAT.replace('"cheap"', '"40:cheap+60:dear"')
    workload = {"input": 150_000, "output": 77, "cache_read": 5_000, "cache_write": 9_000, "requests": 3}
    rows = [*costs(text, **workload).rows, *costs(text, assigned=True).rows]
    for row in rows:
        parts = row.parts and (row.parts.input_usd + row.parts.output_usd + row.parts.request_usd)
        assert parts == row.cost_usd
    by_name = {row.model.id: row.parts for row in rows if row.model}
    assert by_name["search"] is not None
    assert by_name["search"].request_usd == D("0.03")
    assert by_name["unknown"] is None


def test_an_unknown_part_leaves_the_known_total():
    """What the other tasks cost is still known, and how many are not."""
    report = costs(ASSIGNED + "[tasks.third]\nmodel = 'unknown'\n", assigned=True)
    assert (report.total_usd, report.known_usd, report.unknown) == (None, D("11.55"), 1)


def test_a_tasks_profile_meets_its_models_limits():
    """A task whose usual request is beyond its model's limits shows it."""
    text = PLAIN + LIMITED + CHAT.replace('"cheap"', '"wide"')
    (row,) = costs(text, assigned=True).rows
    assert [found.limit for found in row.exceeds] == ["max_output"]
