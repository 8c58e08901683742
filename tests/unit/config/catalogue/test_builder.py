"""From merged tables to the catalogue's values: what is said, what is left out, and what follows from it."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from projects import SMALL, write

from model_manager.config.catalogue.builder import as_moment, default_base_url_variable, read_catalogue
from model_manager.config.catalogue.files import EMBEDDED, LayerFile
from model_manager.core.models import Catalogue, Model, Profile, Provider, Scenario
from model_manager.core.pricing import Change, Peak, Price, Rates, Tier
from model_manager.core.routing.auto import THRESHOLDS, WEIGHTS
from model_manager.errors import CatalogueError

D = Decimal


def read(text: str, *, user: str | None = None, small: str = SMALL) -> Catalogue:
    """The catalogue of a project's file, laid over a user's."""
    files = [LayerFile("user", write(Path(), "user.toml", user), "the user's")] if user is not None else []
    return read_catalogue(
        [*files, LayerFile("project", write(Path(), "models.toml", small + text), "models.toml")]
    )


def model_of(text: str) -> Model:
    """The model of SMALL, with more lines."""
    return read(text).models["m"]


@pytest.fixture(autouse=True)
def _in_a_directory(work: Path) -> None:
    """Files are written into a directory of the test's own."""


def test_what_is_not_said_has_its_default() -> None:
    """A name is the id, a key is needed where a variable for it is named, and a price is unknown."""
    catalogue = read(
        "[providers.local]\nwire = 'ollama'\nbase_url = 'http://localhost:11434/'\n[tasks.chat-bot]\n"
    )
    assert catalogue.models["m"] == Model(id="m", name="m", provider="acme", model_id="m")
    acme, local = catalogue.providers["acme"], catalogue.providers["local"]
    assert isinstance(acme, Provider)
    assert (acme.name, acme.key, acme.base_url_env, acme.allow_http) == (
        "acme",
        "required",
        "ACME_BASE_URL",
        False,
    )
    assert (local.key, local.base_url, local.auth) == ("none", "http://localhost:11434", None)
    task = catalogue.tasks["chat-bot"]
    assert (task.env, task.model, task.max_price, task.profile, task.auto) == ("AI_CHAT_BOT_MODEL", None, None, None, None)  # fmt: skip
    assert catalogue.files == ("models.toml",)


def test_what_is_said_is_there() -> None:
    """Every key of a provider, a model, a task and a scenario arrives."""
    catalogue = read(
        """
name = "M"
model_id = "m-1"
aliases = ["quick"]
capabilities = ["vision"]
lacks = ["audio"]
context_window = 9
recommended = true
released = 2026-01-02
knowledge_cutoff = "early 2026"
status = "preview"
certainty = { price = "web" }
[providers.other]
name = "Other"
wire = "gemini"
base_url = "https://other.example"
base_url_env = { name = "THERE", append = "/v9" }
key = "optional"
auth = "none"
[tasks.chat]
purpose = "talk"
env = "CHAT"
model = "m"
requires = ["vision"]
min_context = 5
max_price = 1.5
profile = { requests_per_day = 10, input_tokens = 3, cache_share = 0.5 }
[tasks.bare]
profile = { output_tokens = 4 }
[scenarios.s]
title = "t"
model = "m"
"""
    )
    model, other, task = catalogue.models["m"], catalogue.providers["other"], catalogue.tasks["chat"]
    assert (model.name, model.model_id, model.aliases, model.capabilities) == ("M", "m-1", ("quick",), ("vision",))
    assert (model.lacks, model.context_window, model.recommended) == (("audio",), 9, True)
    assert (model.released, model.knowledge_cutoff, model.stage) == ("2026-01-02", "early 2026", "preview")
    assert (other.name, other.base_url_env, other.base_url_append) == ("Other", "THERE", "/v9")
    assert (other.key, other.auth) == ("optional", "none")
    assert (task.purpose, task.env, task.model, task.min_context, task.max_price) == ("talk", "CHAT", "m", 5, D("1.5"))  # fmt: skip
    assert task.profile == Profile(requests_per_day=D(10), input_tokens=3, cache_share=D("0.5"))
    assert catalogue.tasks["bare"].profile == Profile(output_tokens=4, cache_share=D(0))
    assert catalogue.scenarios["s"] == Scenario(id="s", title="t", model="m")
    assert task.place.file == "models.toml"


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("", None),
        ("price = {}", None),
        ("cost_per_1k_tokens = 0.002", Price(rates=Rates(input=D(2), output=D(2)))),
        ("price = { input = 1, output = 0 }", Price(rates=Rates(input=D(1), output=D(0)))),
        (
            "price = { input = 1, tiers = [{ above = 9, input = 3 }, { above = 5, inclusive = true, input = 2 }] }",
            Price(
                rates=Rates(input=D(1)),
                tiers=(Tier(above=5, inclusive=True, rates=Rates(input=D(2))), Tier(above=9, rates=Rates(input=D(3)))),
            ),
        ),
        (
            "price = { input = 1, changes = [{ from = 2026-12-01, input = 2 }] }",
            Price(
                rates=Rates(input=D(1)), changes=(Change(start=datetime(2026, 12, 1, tzinfo=UTC), rates=Rates(input=D(2))),)
            ),
        ),
        (
            "price = { input = 2, peak = { utc = ['01:30-04:00', '22:00-24:00'], days = 'mon-tue', input = 3 } }",
            Price(
                rates=Rates(input=D(2)),
                peak=Peak(days=frozenset({0, 1}), windows=((90, 240), (1320, 1440)), rates=Rates(input=D(3))),
            ),
        ),
        (
            "price = { input = 2, peak = { utc = ['00:01-00:59'], input = 3 } }",
            Price(
                rates=Rates(input=D(2)), peak=Peak(days=frozenset(range(7)), windows=((1, 59),), rates=Rates(input=D(3)))
            ),
        ),
    ],
)  # fmt: skip
def test_a_price(text: str, price: Price | None) -> None:
    """Rates, tiers from the lowest up, announced changes and dear hours, all exact."""
    assert model_of(text).price == price


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (date(2026, 3, 4), datetime(2026, 3, 4, tzinfo=UTC)),
        (datetime(2026, 3, 4, 5, 6), datetime(2026, 3, 4, 5, 6, tzinfo=UTC)),  # noqa: DTZ001 - as TOML's local time
        (datetime(2026, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 3, 4, 3, tzinfo=UTC)),
    ],
)
def test_a_moment(value: date, moment: datetime) -> None:
    """A day is its beginning in UTC, a time without a zone is UTC's, and one with a zone is that moment."""
    assert as_moment(value) == moment
    assert as_moment(value).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("name", "variable"),
    [("acme", "ACME_BASE_URL"), ("a.b-c", "A_B_C_BASE_URL"), ("é1", "_1_BASE_URL")],
)
def test_the_variable_of_a_base_url(name: str, variable: str) -> None:
    """A provider's variable is its id in the letters that a variable may have."""
    assert default_base_url_variable(name) == variable


def test_the_rules_of_auto() -> None:
    """Bounds, weights and words that a task does not give are the usual ones."""
    rules = read(
        "[tasks.chat]\nmodel = 'auto'\n[tasks.chat.auto]\nsimple = 'm'\nthresholds = { moderate = 0.25 }\nwords = { proof = ['x'] }\n"
    )
    auto = rules.tasks["chat"].auto
    assert auto is not None
    assert auto.models == {"simple": "m"}
    assert auto.thresholds == {**THRESHOLDS, "moderate": 0.25}
    assert auto.weights == WEIGHTS
    assert auto.words == {"proof": ("x",)}


RETIRING = "[models.old]\nprovider = 'acme'\nmodel_id = 'old-1'\naliases = ['former']\n"
SAME = "[models.same]\nprovider = 'acme'\nmodel_id = '{}'\n"


@pytest.mark.parametrize(
    ("ending", "asked", "own", "expected"),
    [
        ("retires = 2026-12-01", "old-1", "", (None, date(2026, 12, 1), None)),
        ("deprecated = 2026-11-01", "old-1", "", (date(2026, 11, 1), None, None)),
        ("retires = 2026-12-01\nreplacement = 'm'", "former", "", (None, date(2026, 12, 1), "m")),
        ("retires = 2026-12-01\nreplacement = 'm'", "old", "replacement = 'n'", (None, date(2026, 12, 1), "n")),
        ("retires = 2026-12-01", "old-1", "retires = 2027-01-01", (None, date(2027, 1, 1), None)),
        ("retires = 2026-12-01", "old-1", "deprecated = 2026-10-01", (date(2026, 10, 1), None, None)),
        ("retires = 2026-12-01", "new-1", "", (None, None, None)),
        ("replacement = 'm'", "old-1", "", (None, None, None)),
    ],
)
def test_an_entry_ends_with_the_model_that_it_asks_for(
    ending: str, asked: str, own: str, expected: tuple[date | None, date | None, str | None]
) -> None:
    """An entry for another entry's model ends when that one does, unless it says something of its own."""
    more = "[models.n]\nprovider = 'acme'\n"
    model = read(f"\n{more}{RETIRING}{ending}\n{SAME.format(asked)}{own}\n").models["same"]
    assert (model.deprecated, model.retires, model.replacement) == expected


def test_a_project_adds_no_host_and_no_variable_to_the_users() -> None:
    """What a project says of a provider is used, and is none of the hosts and variables that the user trusts."""
    user = SMALL
    project = "[providers.acme]\nbase_url = 'https://elsewhere.example'\napi_key_env = ['OTHER_KEY']\n"
    acme = read(project, user=user, small="").providers["acme"]
    assert (acme.base_url, acme.api_key_env) == ("https://elsewhere.example", ("OTHER_KEY",))
    assert (acme.own_base_urls, acme.own_key_variables) == (("https://api.acme.example/v1",), ("ACME_API_KEY",))
    alone = read("").providers["acme"]
    assert (alone.own_base_urls, alone.own_key_variables) == ((), ())


def test_the_embedded_file_is_not_named() -> None:
    """The files of a catalogue are those that a user can change."""
    assert read_catalogue([LayerFile("embedded", EMBEDDED, "embedded")]).files == ()


@pytest.mark.parametrize(
    ("text", "summary", "keys"),
    [
        ("name = 5", "1 problem in models.toml", ["models.m.name"]),
        (
            "name = 5\ncontext_window = 0",
            "2 problems in models.toml",
            ["models.m.name", "models.m.context_window"],
        ),
        ("[models.n]\nprovider = 'nobody'", "1 problem in models.toml", ["models.n.provider"]),
        (
            "name = 5\n[models.n]\nprovider = 'x'",
            "2 problems in models.toml",
            ["models.m.name", "models.n.provider"],
        ),
        ("[tasks.t]\nmodel = 5\n", "1 problem in models.toml", ["tasks.t.model"]),
        ("max_output = 0", "1 problem in models.toml", ["models.m.max_output"]),
        ("[", "1 problem in models.toml", [""]),
    ],
)
def test_all_problems_are_told(text: str, summary: str, keys: list[str]) -> None:
    """Problems of values and of the whole are told together, and what follows from another one is not."""
    with pytest.raises(CatalogueError) as caught:
        read(text)
    assert caught.value.message == summary
    assert [problem.key for problem in caught.value.problems] == keys


def test_a_wrong_value_is_one_problem_and_not_two() -> None:
    """A provider that is not even text is not looked for among the providers as well."""
    with pytest.raises(CatalogueError) as caught:
        read("", small=SMALL.replace('provider = "acme"', "provider = 5"))
    assert [problem.key for problem in caught.value.problems] == ["models.m.provider"]
    user = "[models.u]\nprovider = 5\n"
    with pytest.raises(CatalogueError, match=r"2 problems in the user's, models\.toml"):
        read("name = 5", user=user, small=SMALL.replace("extends = false\n", ""))
