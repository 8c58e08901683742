"""`list`: filters, orders, and what is said when nothing is left."""

from datetime import date
from decimal import Decimal

import pytest
from projects import SMALL, workspace_of

from model_manager.commands.list import SORTS, Filters, ListReport, run
from model_manager.errors import UsageError

ON = date(2026, 11, 23)
ZOO = """
extends = false
default_model = "ant"
[providers.here]
name = "Here"
wire = "ollama"
base_url = "http://localhost:11434"
[providers.far]
wire = "openai"
base_url = "https://far.example/v1"
api_key_env = ["FAR_API_KEY"]
[models.ant]
name = "Zebra"
provider = "here"
aliases = ["tiny"]
capabilities = ["chat", "vision"]
lacks = ["audio"]
context_window = 1_000
best_for = "Small work"
released = 2026-05
price = { input = 0, output = 0 }
[models.bee]
provider = "far"
model_id = "bee-wire"
capabilities = ["chat", "vision", "audio"]
context_window = 2_000
recommended = true
released = 2026-05-02
price = { input = 3, output = 1 }
[models.cat]
provider = "far"
capabilities = ["chat"]
lacks = ["vision"]
price = { input = 1, output = 2, changes = [{ from = 2027-01-01, input = 9 }] }
[models.dog]
provider = "here"
[models.elk]
provider = "far"
retires = 2026-01-01
context_window = 5_000
[models.fox]
provider = "far"
retires = 2027-06-01
[tasks.look]
model = "ant"
requires = ["vision"]
min_context = 500
""".replace("2026-05\n", '"2026-05"\n')


def listed(on: date = ON, env=None, text: str = ZOO, **filters) -> ListReport:
    return run(workspace_of({"models.toml": text}, env=env), Filters(**filters), on)


def ids(report: ListReport) -> list[str]:
    return [row.model.id for row in report.models]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "ant dog bee cat fox"),
        ({"all": True}, "ant dog bee cat elk fox"),
        ({"providers": ["far"]}, "bee cat fox"),
        ({"providers": ["far", "here"]}, "ant dog bee cat fox"),
        ({"capabilities": ["vision"]}, "ant bee"),
        ({"capabilities": ["vision", "audio"]}, "bee"),
        ({"task": "look"}, "ant bee"),
        ({"min_context": 1_001}, "bee"),
        ({"min_context": 1_000}, "ant bee"),
        ({"max_price": Decimal(1)}, "ant cat"),
        ({"max_price": Decimal(0)}, "ant"),
        ({"recommended": True}, "bee"),
        ({"ready": True}, "ant dog"),
        ({"search": "SMALL work"}, "ant"),
        ({"search": "work small"}, "ant"),
        ({"search": "zebra"}, "ant"),
        ({"search": "tiny"}, "ant"),
        ({"search": "wire"}, "bee"),
        ({"search": "far"}, "bee cat fox"),
        ({"providers": ["far"], "capabilities": ["chat"], "max_price": Decimal(1)}, "cat"),
    ],
)
def test_filters_keep_what_is_known_to_hold(filters, expected):
    """A filter keeps the models that are known to pass it; several must all hold; retired ones need --all."""
    report = listed(**filters)
    assert ids(report) == expected.split()
    assert report.emptied_by is None


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("catalogue", "ant dog bee cat fox"),
        ("id", "ant bee cat dog fox"),
        ("name", "bee cat dog fox ant"),
        ("provider", "bee cat fox ant dog"),
        ("price", "ant cat bee dog fox"),
        ("output", "ant bee cat dog fox"),
        ("context", "bee ant cat dog fox"),
        ("released", "bee ant cat dog fox"),
    ],
)
def test_orders_put_what_is_unknown_last(sort, expected):
    """Each order is stable, and models that have no value in it come last."""
    assert ids(listed(sort=sort)) == expected.split()


def test_every_order_is_tested():
    """The orders above are all there are."""
    assert set(SORTS) == {"catalogue", "id", "name", "provider", "price", "output", "context", "released"}


def test_a_model_of_ones_own_stands_with_its_provider():
    """A model that a later layer adds is listed beside the others of its provider."""
    report = listed(text="[models.mine]\nprovider = 'openai'\n")
    providers = [row.model.provider for row in report.models]
    assert len(dict.fromkeys(providers)) == sum(a != b for a, b in zip(providers, ["", *providers], strict=False))


def test_a_key_makes_a_provider_ready():
    """`ready` follows the key's variable, and blank ones do not count."""
    assert ids(listed(env={"FAR_API_KEY": "x"}, ready=True)) == ["ant", "dog", "bee", "cat", "fox"]
    assert ids(listed(env={"FAR_API_KEY": " "}, ready=True)) == ["ant", "dog"]


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"capabilities": ["pdf"]}, "No match for `capability` pdf among 6 models"),
        ({"capabilities": ["vision", "pdf"]}, "No match for `capability` pdf among 2 models"),
        ({"providers": ["here"], "min_context": 9_999}, "No match for `min_context` 9999 among 2 models"),
        ({"max_price": Decimal("0.5"), "recommended": True}, "No match for `recommended` among 1 model"),
        ({"search": "unicorn"}, "No match for `search` 'unicorn' among 6 models"),
        ({"min_context": 5_000}, "Only retired models match (1); use `all` to show them"),
    ],
)
def test_an_empty_result_says_which_filter_emptied_it(filters, words):
    """Who filters everything away is told by which filter."""
    report = listed(**filters)
    assert ids(report) == []
    assert report.emptied_by == words


def test_an_empty_catalogue_is_told_too():
    """Without any model there is a word about it."""
    assert listed(text="extends = false").emptied_by == "The catalogue has no models"


@pytest.mark.parametrize(
    ("filters", "words", "hint"),
    [
        ({"providers": ["hree"]}, "`provider`: there is no 'hree'", "did you mean here?"),
        ({"capabilities": ["visoin"]}, "`capability`: there is no 'visoin'", "did you mean vision?"),
        ({"sort": "prize"}, "`sort`: there is no 'prize'", "did you mean price or provider?"),
        ({"sort": "zzz"}, "`sort`: there is no 'zzz'", "one of catalogue, id, name"),
        ({"task": "loook"}, "there is no task 'loook'", "did you mean look?"),
        ({"task": "zzz"}, "there is no task 'zzz'", "the tasks are look"),
    ],
)
def test_an_unknown_word_is_wrong_usage_with_what_was_meant(filters, words, hint):
    """Filters take only words that exist."""
    with pytest.raises(UsageError) as caught:
        listed(**filters)
    assert caught.value.message == words
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(hint)


def test_the_lifecycle_and_the_price_are_those_of_the_day():
    """`--on` moves the status and the row in force."""
    today, later = ({row.model.id: row for row in listed(on=on, all=True).models} for on in (ON, date(2027, 6, 1)))
    assert (today["elk"].status, today["fox"].status, later["fox"].status) == ("retired", "deprecated", "retired")
    assert today["cat"].rates is not None
    assert later["cat"].rates is not None
    assert (today["cat"].rates.input, later["cat"].rates.input, later["cat"].rates.output) == (1, 9, 2)


def test_a_retired_model_is_shown_if_a_task_has_it():
    """A retired model that is still assigned is listed without --all, and so is a fallback."""
    report = listed(env={"AI_LOOK_MODEL": "bee,elk"})
    assert "elk" in ids(report)
    assert {row.model.id: row.tasks for row in report.models if row.tasks} == {"bee": ("look",), "elk": ("look",)}


def test_a_model_that_nobody_knows_is_a_problem_of_its_task():
    """An unknown model of a .env does not stop `list`."""
    report = listed(env={"AI_LOOK_MODEL": "nobody"})
    assert report.tasks[0].model is None
    assert [problem.code for problem in report.tasks[0].problems] == ["unknown_model"]


def test_providers_tell_their_url_and_key():
    """Each provider is listed with the URL in force and the variable of its key."""
    rows = {row.provider.id: row for row in listed(env={"FAR_BASE_URL": "https://x.example/v1"}).providers}
    assert (rows["far"].base_url, rows["far"].key_env, rows["far"].ready) == (
        "https://x.example/v1",
        "FAR_API_KEY",
        False,
    )
    assert (rows["here"].key_env, rows["here"].ready) == (None, True)


def test_advice_has_a_reason():
    """A scenario's reason is its own, or is computed from what the model is for and what it costs."""
    text = SMALL + (
        "best_for = 'All work'\nprice = { input = 1, output = 1 }\n"
        "[models.big]\nprovider = 'acme'\nprice = { input = 6, output = 6 }\n"
        "[tasks.t]\nmodel = 'big'\n"
        "[scenarios.a]\ntitle = 'A'\nmodel = 'm'\n[scenarios.b]\ntitle = 'B'\nmodel = 'm'\nwhy = 'So it is'\n"
    )
    assert [row.why for row in listed(text=text).scenarios] == ["All work; 6× cheaper than big", "So it is"]


def test_the_original_project_is_all_there():
    """The four tasks, their variables and the five models that the project began with are listed."""
    report = listed(text="", all=True)
    assert [(found.task.name, found.task.env) for found in report.tasks] == [
        ("chat", "AI_CHAT_MODEL"),
        ("recommendations", "AI_RECOMMENDATIONS_MODEL"),
        ("mood_search", "AI_MOOD_SEARCH_MODEL"),
        ("preference_extraction", "AI_PREFERENCE_MODEL"),
    ]
    names = {name for row in report.models for name in (row.model.id, *row.model.aliases)}
    assert {"claude-3-5-sonnet", "claude-3-haiku", "gpt-4-turbo", "gpt-3.5-turbo", "llama-3.3-70b"} <= names
    assert len(report.scenarios) == 4


def test_separators_do_not_matter_in_a_search():
    """A name is found without its dashes, dots and spaces, and by its provider's name for people."""
    text = """
extends = false
[providers.far]
name = "Far Away"
wire = "openai"
base_url = "https://far.example/v1"
[models.gpt-4o]
provider = "far"
name = "GPT-4o mini"
[models."llama-3.3:70b"]
provider = "far"
best_for = "quick answers"
"""
    found = {
        word: ids(listed(text=text, search=word))
        for word in ("gpt4o", "GPT 4o", "gpt4omini", "llama33", "far away", "kans", "-", "4o llama")
    }
    both = ["gpt-4o", "llama-3.3:70b"]
    assert found == {
        "gpt4o": ["gpt-4o"],
        "GPT 4o": ["gpt-4o"],
        "gpt4omini": ["gpt-4o"],
        "llama33": ["llama-3.3:70b"],
        "far away": both,
        "kans": [],  # across two words of a purpose
        "-": both,
        "4o llama": [],
    }


def test_a_provider_is_named_by_any_of_its_names():
    """Its id in any case and its name for people mean the same provider."""
    text = ZOO.replace("[providers.far]\n", '[providers.far]\nname = "Far Away"\n')
    assert [ids(listed(text=text, providers=[name])) for name in ("FAR", "far away", "Far")] == [
        ["bee", "cat", "fox"]
    ] * 3


def test_several_keys_order_within_groups():
    """A price after the provider orders each provider's models by it, in the catalogue's order of providers too."""
    assert ids(listed(sort="provider,price")) == ["cat", "bee", "fox", "ant", "dog"]
    assert ids(listed(sort="catalogue,output")) == ["ant", "dog", "bee", "cat", "fox"]
    with pytest.raises(UsageError, match="there is no 'prize'"):
        listed(sort="provider,prize")


def test_a_filter_is_what_leaves_models_out():
    """Orders and `all` are no filters; a context of 0 and an empty price are."""
    assert [listed(**given).is_filtered for given in ({}, {"all": True}, {"sort": "price"})] == [False] * 3
    given = (
        {"min_context": 0},
        {"max_price": Decimal(0)},
        {"search": "a"},
        {"ready": True},
        {"providers": ["far"]},
    )
    assert all(listed(**one).is_filtered for one in given)


def test_the_same_problem_of_several_tasks_comes_once_and_errors_last():
    """Tasks with the same problem are named together, the worst problems come last."""
    text = ZOO + "[tasks.a]\nmodel = 'ant'\n[tasks.b]\nmodel = 'bee'\n[tasks.c]\nmodel = 'bee'\n"
    report = listed(text=text, env={"AI_A_MODEL": "nowhere"})
    assert [(one.tasks, one.finding.code) for one in report.task_problems] == [
        (("b", "c"), "missing_key"),
        (("a",), "unknown_model"),
    ]


def test_the_embedded_tasks_are_examples():
    """They are marked until a file has tasks of its own."""
    assert listed(text="").has_examples
    assert not listed(text="[tasks.a]\nrequires = ['vision']\n").has_examples
    assert not listed().has_examples
