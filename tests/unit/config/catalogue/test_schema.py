"""The catalogue's tables: what each key may hold, where a mistake is, and what a project's file may not say."""

import pytest

from model_manager.config.catalogue.project_rules import project_mistakes
from model_manager.config.catalogue.schema import Mistake, mistakes_of

NAME_RULE = "names are letters, digits and . _ : / @ - and start with a letter or digit; auto is reserved"


def model(**keys: object) -> dict:
    return {"models": {"m": keys}}


def headers(**names: object) -> dict:
    return model(parameters={"headers": {name.replace("_", "-"): value for name, value in names.items()}})


GOOD = {
    "extends": False,
    "default_model": "50:haiku+50:opus",
    "providers": {
        "acme": {
            "wire": "openai",
            "base_url": "https://acme.example/v1",
            "base_url_env": {"name": "ACME_URL", "append": "/v1"},
            "api_key_env": ["ACME_WORD"],
            "allow_http": True,
            "parameters": {"headers": {"X-Extra": "1", "x_1~": ""}, "max_tokens": False, "temperature": True},
        }
    },
    "models": {
        "m": {
            "provider": "acme",
            "aliases": ["quick", "a.b_c:d/e@f-1"],
            "certainty": {"anything": "web"},
            "unset": ["name", "price"],
            "price": {"input": 1, "tiers": [{"above": 5, "input": 2}], "changes": [], "peak": {"utc": ["01:00-04:00"]}},
        }
    },
    "tasks": {"chat": {"model": "m", "preferences": {"anything": "m, haiku"}, "auto": {"simple": "m", "weights": {}}}},
    "scenarios": {"s": {"title": "t", "model": "m", "why": "w"}},
}  # fmt: skip


def test_a_good_file_has_no_mistake() -> None:
    """All that a catalogue may say is accepted, in the user's own file."""
    assert list(mistakes_of(GOOD)) == []
    assert [*mistakes_of({}), *project_mistakes({})] == []


MISTAKES = [
    ({"modls": 1}, "modls", "unknown key", "did you mean models?"),
    ({"zzz": 1}, "zzz", "unknown key", None),
    ({"models": 5}, "models", "expected a table, got 5", None),
    ({"models": {"m": 5}}, "models/m", "expected a table, got 5", None),
    ({"default_model": "50:a"}, "default_model", "shares that add up", None),
    ({"default_model": 5}, "default_model", "expected text, got 5", None),
    (model(aliases=["ok", "a b"]), "models/m/aliases", "expected a model's name, got 'a b'", None),
    *((model(aliases=[name]), "models/m/aliases", "expected a model's name", None) for name in ("auto", "50:a", "", 5)),
    (model(price={"tiers": 5}), "models/m/price/tiers", "expected an array of tables, got 5", None),
    (model(price={"tiers": [{}, 5]}), "models/m/price/tiers", "expected an array of tables", None),
    (model(price={"tiers": [{}, {"above": 0}]}), "models/m/price/tiers/1/above", "whole number above 0", None),
    (headers(X="a", Y=1), "models/m/parameters/headers", "expected a mapping of header names to strings", None),
    (model(parameters={"headers": []}), "models/m/parameters/headers", "expected a mapping of header names to strings", None),
    *(
        (headers(X="a", **{name: "b"}), "models/m/parameters/headers", f"the header {name.replace('_', '-')} is set by", None)
        for name in ("Authorization", "host", "X_Api_Key", "content_length", "transfer_encoding", "x_goog_api_key")
    ),
    (headers(**{"a b": "x", "c d": "x"}), "models/m/parameters/headers", "the header 'a b' has a character", None),
    *((headers(X=value), "models/m/parameters/headers", "the header 'X' has a character", None) for value in ("a\nb", "é", "\x7f")),
    ({"models": {"a b": {}}}, "models/a b", "'a b' cannot be a name here", NAME_RULE),
    ({"tasks": {"auto": {}}}, "tasks/auto", "'auto' cannot be a name here", NAME_RULE),
    ({"scenarios": {"50:a": {}}}, "scenarios/50:a", "this name would parse as a share of a route", "begin it with a letter: 7:b in a route gives b seven percent"),
    ({"providers": {"-a": {}}}, "providers/-a", "'-a' cannot be a name here", NAME_RULE),
    ({"models": {"gpt-6": {"1": {"name": "x"}}}}, "models/gpt-6/1", "unknown key", 'an id with a dot is quoted: [models."gpt-6.1"]'),
    ({"models": {"a": {"1": {"2": {"name": "x"}}}}}, "models/a/1", "unknown key", 'an id with a dot is quoted: [models."a.1.2"]'),
    ({"models": {"a": {"1": {"2": {}, "3": {}}}}}, "models/a/1", "unknown key", 'an id with a dot is quoted: [models."a.1"]'),
    ({"models": {"a": {"1": 5}}}, "models/a/1", "unknown key", None),
    ({"providers": {"a": {"1": {"name": "x"}}}}, "providers/a/1", "unknown key", None),
    ({"zz": {"name": "x"}}, "zz", "unknown key", None),
    (model(recommendd=True), "models/m/recommendd", "unknown key", "did you mean recommended?"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "path", "words", "hint"), MISTAKES)
def test_one_mistake(data: dict, path: str, words: str, hint: str | None) -> None:
    """A mistake has its place, says what was expected, and offers a way out where there is one."""
    (mistake,) = mistakes_of(data)
    assert mistake.path == tuple(path.split("/"))
    assert words in mistake.message
    assert mistake.hint == hint
    assert mistake.also == ()


def test_all_mistakes_are_found() -> None:
    """Mistakes of values and of names are told together, each once."""
    data = {"models": {"m": {"name": "", "context_window": 0}, "50:x": {}}, "extends": 1, "tasks": 5}
    assert [mistake.path for mistake in mistakes_of(data)] == [
        ("models", "m", "name"),
        ("models", "m", "context_window"),
        ("extends",),
        ("tasks",),
        ("models", "50:x"),
    ]


VARIABLES = "a project's file may only name variables that end in _KEY or _TOKEN, not "


@pytest.mark.parametrize(
    ("provider", "mistakes"),
    [
        ({"api_key_env": ["A_KEY", "A_TOKEN"]}, []),
        (
            {"api_key_env": ["A_KEY", "HOME", "PATH"]},
            [Mistake(("providers", "p", "api_key_env"), VARIABLES + name) for name in ("HOME", "PATH")],
        ),
        (
            {"allow_http": False},
            [
                Mistake(
                    ("providers", "p", "allow_http"),
                    "a project's file may not allow plain http",
                    "set it in your own models.toml, or MODEL_MANAGER_ALLOW_HTTP=p in the environment",
                )
            ],
        ),
    ],
)
def test_what_a_project_may_not_say(provider: dict, mistakes: list[Mistake]) -> None:
    """A project's file may neither name any variable nor allow plain http; the user's may."""
    data = {"providers": {"p": provider}}
    assert list(project_mistakes(data)) == mistakes
    assert list(mistakes_of(data)) == []


@pytest.mark.parametrize(
    ("providers", "count"), [(5, 1), ({"p": 5}, 1), ({"p": {"api_key_env": "HOME"}}, 1), ({"p": {"api_key_env": [5]}}, 1)]
)  # fmt: skip
def test_a_wrong_type_is_told_once(providers: object, count: int) -> None:
    """Where a value is of the wrong type nothing more is said about it in a project's file."""
    assert len([*mistakes_of({"providers": providers}), *project_mistakes({"providers": providers})]) == count
