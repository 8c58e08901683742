"""Wrong catalogues: every mistake at once, each with its place and the way out; and never anything but that."""

import os
import string
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import SMALL, catalogue_of, workspace_of, write

from model_manager.config.catalogue.files import LayerFile
from model_manager.config.catalogue.load import load_catalogue
from model_manager.config.catalogue.schema import CATALOGUE
from model_manager.core.models import CAPABILITIES
from model_manager.errors import CatalogueError, ExitCode

MODEL = "[models.m]\nprovider = 'openai'\n"


def problems_of(project: str | bytes, user: str | None = None) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        catalogue_of(project, user=user)
    assert caught.value.exit_code == ExitCode.CONFIGURATION
    return [str(problem) for problem in caught.value.problems]


def problem_of(project: str | bytes, user: str | None = None) -> str:
    problems = problems_of(project, user)
    assert len(problems) == 1, problems
    return problems[0]


def test_every_problem_of_every_file_is_told_at_once(user_models):
    """One run shows all that is wrong, in all files, by itself and together, each with its line and in their order."""
    project = """
default_model = "nobody"
[models.m]
provider = "opanai"
contxt_window = 5
capabilities = ["visoin"]
[tasks.chat]
model = "50:a"
"""
    problems = problems_of(project, user="[models.u]\nprice = { input = 'x' }\n")
    assert problems == [
        f"{user_models}:1: models.u.provider: is missing",
        f"{user_models}:2: models.u.price.input: expected a number, got 'x'",
        "models.toml:2: default_model: there is no model 'nobody'",
        "models.toml:4: models.m.provider: there is no provider 'opanai' (did you mean openai?)",
        "models.toml:5: models.m.contxt_window: unknown key (did you mean context_window?)",
        f"models.toml:6: models.m.capabilities: expected one of {' '.join(CAPABILITIES)}, got 'visoin'; did you mean vision?",
        "models.toml:8: tasks.chat.model: route '50:a': at position 1, expected shares that add up to 100 (these make 50), found '50:a'",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        # Keys
        ("[model.m]", "models.toml:1: model: unknown key (did you mean models or default_model?)"),
        (
            '[gpt-9]\nlitellm_provider = "openai"',
            'models.toml:1: gpt-9: unknown key (a model is a table [models."gpt-9"])',
        ),
        (
            "[family]\nx = 2",
            "models.toml:1: family: unknown key (a model's keys belong under [models.\"ID\"]; models.dev's key: leave it out)",
        ),
        ("modles = 1", "models.toml:1: modles: unknown key (did you mean models?)"),
        (MODEL + "reccomended = true", "models.toml:3: models.m.reccomended: unknown key (did you mean recommended?)"),
        (MODEL + "prices = { input = 1 }", "models.toml:3: models.m.prices: unknown key (did you mean price or retires?)"),
        (MODEL + "[models.m.price]\ninptu = 1\ninput = 1", "models.toml:4: models.m.price.inptu: unknown key (did you mean input?)"),
        (MODEL + "unset = ['retire']", "models.m.unset: expected one of"),
        ("[tasks.t]\nmodel = 'haiku'\nprofil = { input_tokens = 1 }", "tasks.t.profil: unknown key (did you mean profile?)"),
        # Types
        ("models = 5", "models: expected a table, got 5"),
        ("models = []", "models: expected a table, got a list"),
        ("[[models]]", "models: expected a table, got a list"),
        ("[models]\nm = 'x'", "models.m: expected a table, got 'x'"),
        ("extends = 'no'", "extends: expected true or false, got 'no'"),
        ("default_model = 5", "default_model: expected text, got 5"),
        (MODEL + "name = ''", "models.m.name: expected text, got ''"),
        (MODEL + "aliases = 'a'", "models.m.aliases: expected a list, got 'a'"),
        (MODEL + "aliases = ['a b']", "models.m.aliases: expected a model's name, got 'a b'"),
        (MODEL + "aliases = ['auto']", "models.m.aliases: expected a model's name, got 'auto'"),
        (MODEL + "aliases = ['50:x']", "models.m.aliases: expected a model's name, got '50:x'"),
        (MODEL + "recommended = 1", "models.m.recommended: expected true or false, got 1"),
        (MODEL + "context_window = 0", "models.m.context_window: expected a whole number above 0, got 0"),
        (MODEL + "context_window = 1.5", "expected a whole number above 0, got 1.5"),
        (MODEL + "context_window = true", "expected a whole number above 0, got true"),
        (MODEL + f"context_window = {10**30}", "expected a whole number above 0, got 1000"),
        (MODEL + f"context_window = {10**100}", "expected a whole number above 0, got a very long number"),
        (MODEL + f"context_window = {'9' * 5000}", "models.toml: has a number that is too long"),
        (MODEL + "price = 3", "models.m.price: expected a table, got 3"),
        (MODEL + "price = { input = -1 }", "expected a number of at least 0, got -1"),
        (MODEL + "price = { input = nan }", "expected a number of at least 0, got NaN"),
        (MODEL + "price = { input = inf }", "expected a number of at least 0, got Infinity"),
        (MODEL + "price = { input = true }", "expected a number, got true"),
        (MODEL + "price = { input = 1e999999999 }", "expected at most 18 digits before and after the point"),
        (MODEL + "price = { input = 1e-999999999 }", "expected at most 18 digits before and after the point"),
        (MODEL + "price = { input = 1e99999999999999999999 }", "models.toml: has a number that is too long"),
        (MODEL + "price = { tiers = 5, input = 1 }", "models.m.price.tiers: expected an array of tables, got 5"),
        (MODEL + "retires = '2026-12-31'", "expected a date such as 2026-12-31, without quotes, got '2026-12-31'"),
        (MODEL + "retires = 2026-12-31T08:00:00Z", "expected a date such as 2026-12-31, without quotes"),
        (MODEL + "retires = 08:00:00", "expected a date such as 2026-12-31, without quotes, got 08:00:00"),
        (MODEL + "price = { input = 1, changes = [{ from = 0001-01-01T00:00:00+23:59 }] }", "changes.0.from: expected a date"),
        (MODEL + "price = { input = 1, peak = { utc = ['1-2'] } }", "peak.utc: expected a window such as 01:00-04:00, got '1-2'"),
        (MODEL + "price = { input = 1, peak = { utc = [], days = 2026-01-01 } }", "peak.days: expected days such as"),
        (MODEL + "price = { input = 1, peak = { utc = [], days = 'mo' } }", "peak.days: expected days such as"),
        (MODEL + "certainty = { price = 'sure' }", "models.m.certainty.price: expected one of web single disputed derived"),
        (MODEL + "parameters = { max_tokens = true }", "models.m.parameters.max_tokens: expected text, got true"),
        ("[tasks.t]\nenv = 'A B'", "tasks.t.env: expected the name of an environment variable, got 'A B'"),
        ("[tasks.t]\nprofile = { cache_share = 1.5 }", "expected a fraction between 0 and 1, got 1.5"),
        ("[tasks.t]\npreferences = { fast = 'a b' }", "tasks.t.preferences.fast: route 'a b'"),
        ("[providers.openai]\nwire = 'opneai'", "expected one of anthropic openai openai-responses gemini ollama, got 'opneai'; did you mean openai?"),
        ("[providers.openai]\nparameters = { headers = { 'X Y' = 'a' } }", "the header 'X Y' has a character"),
        ("[providers.openai]\nparameters = { headers = { X = 'a\tb' } }", "the header 'X' has a character"),
        ("[providers.openai]\nparameters = { headers = { Authorization = 'a' } }", "the header Authorization is set by model-manager"),
        # Units
        (MODEL + "price = { input = 0.000003 }", "0.000003 is too low for US dollars per million tokens; per thousand tokens it would be 0.003 here, per token 3"),
        (MODEL + "price = { input = 1, output = 0.0025 }", "0.0025 is too low for US dollars per million tokens; per thousand tokens it would be 2.5 here"),
        (MODEL + "price = { input = 3000000 }", "3000000 is too high for US dollars per million tokens"),
        (MODEL + "price = { input = 1, cache_read = 5000 }", "5000 is too high for US dollars per million tokens"),
        (MODEL + "cost_per_1k_tokens = 3", "3 is too high for US dollars per thousand tokens; did you mean 0.003?"),
        (MODEL + "cost_per_1k_tokens = 0.000003", "0.000003 is too low for US dollars per thousand tokens; did you mean 0.003?"),
        # Names
        ("[models.auto]\nprovider = 'openai'", "models.auto: 'auto' cannot be a name here (names are letters"),
        ("[models.'a b']\nprovider = 'openai'", "models.\"a b\": 'a b' cannot be a name here"),
        ("[models.'-x']\nprovider = 'openai'", "'-x' cannot be a name here"),
        ("[models.'5:x']\nprovider = 'openai'", "this name would parse as a share of a route"),
        ("[tasks.'a,b']\nmodel = 'haiku'", "'a,b' cannot be a name here"),
        # Whole
        ("[providers.p]\nwire = 'openai'", "models.toml:1: providers.p.base_url: is missing"),
        (MODEL + "price = { cache_read = 1 }", "models.m.price.input: is missing, and so is output"),
        (MODEL + "price = { input = 1, tiers = [{ input = 2 }] }", "models.m.price.tiers.0.above: is missing"),
        (MODEL + "price = { input = 1, tiers = [{ above = 9 }, { above = 9 }] }", "models.m.price.tiers.1.above: there is already a tier above 9"),
        (MODEL + "price = { input = 1, changes = [{ input = 2 }] }", "models.m.price.changes.0.from: is missing"),
        (MODEL + "price = { input = 1, peak = { input = 2 } }", "models.m.price.peak.utc: is missing"),
        (MODEL + "cost_per_1k_tokens = 1\nprice = { input = 1 }", "cost_per_1k_tokens: cannot be combined with price"),
        (MODEL + "capabilities = ['chat']\nlacks = ['chat']", "models.m.lacks: chat also in capabilities"),
        (MODEL + "deprecated = 2027-01-02\nretires = 2027-01-01", "models.m.deprecated: 2027-01-02 is after retires, 2027-01-01"),
        ("[tasks.t]\nmodel = 'haiku,hiaku'", "tasks.t.model: there is no model 'hiaku' (did you mean haiku"),
        ("[scenarios.s]\ntitle = 'S'", "scenarios.s.model: is missing"),
        ("[scenarios.s]\ntitle = 'S'\nmodel = 'nope-nope'", "scenarios.s.model: there is no model 'nope-nope'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key_and_the_way_out(text, problem):
    """One mistake is one problem: the file, the key, and what should be there."""
    assert problem in problem_of(text)


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://api.example/v1", False),
        ("http://[::1]:11434", False),
        ("https://user:pass@api.example/v1", True),
        ("https://api.example/v1?x=1", True),
        ("https://api.example/v1#x", True),
        ("https://api.example\\\\@evil.example", True),
        ("https://api.example:99999", True),
        ("https://api.example:0", True),
        ("https://[::::]", True),
        ("https://b\u00fccher.example", True),
        ("https://api.example /v1", True),
        ("HTTPS://api.example", True),
        ("file:///etc/passwd", True),
        ("//api.example", True),
        ("", True),
    ],
)
def test_a_base_url_is_scheme_host_and_path_only(url, refused):
    """What two programs could read as two different hosts is no URL here."""
    text = f'[providers.p]\nwire = "openai"\nbase_url = "{url}"'
    if refused:
        assert "providers.p.base_url: expected a URL such as https://host/path" in problem_of(text)
    else:
        assert catalogue_of(text).providers["p"].base_url == url


def test_a_password_in_a_url_is_not_repeated():
    """What is wrong with a URL is said without the user and password in it."""
    problem = problem_of('[providers.p]\nwire = "openai"\nbase_url = "https://u:hunter22@api.example"')
    assert "hunter22" not in problem
    assert "//***@api.example" in problem


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("[models.gpt-6.9-sol]", 'an id with a dot is quoted: [models."gpt-6.9-sol"]'),
        ("[models.gpt-6.9-sol.price]", 'an id with a dot is quoted: [models."gpt-6.9-sol"]'),
        ("[models.claude-3.5-sonnet-v1.2]", 'an id with a dot is quoted: [models."claude-3.5-sonnet-v1.2"]'),
        ("[models.groq/gpt-oss]", 'an id with a dot, slash or colon is quoted: [models."groq/gpt-oss-120b"]'),
        ("[models.gpt-oss:20b]", 'an id with a dot, slash or colon is quoted: [models."groq/gpt-oss-120b"]'),
    ],
)
def test_an_unquoted_id_gets_the_hint_to_quote_it(header, hint):
    """The commonest slip of TOML is one problem, and it says what to write."""
    problem = problem_of(f"{header}\ninput = 3\n")
    assert problem.startswith("models.toml:1: ")
    assert hint in problem


@pytest.mark.parametrize(
    ("project", "user", "places"),
    [
        ("[models.x]\nprovider = 'openai'\naliases = ['gpt-6-luna']", None, ["models.toml:3: models.x.aliases"]),
        ("[models.chat]\nprovider = 'openai'", None, ["models.toml:1: models.chat"]),
        ("[models.x]\nprovider = 'openai'\naliases = ['chat']", None, ["models.toml:3: models.x.aliases"]),
        ("[tasks.haiku]\nmodel = 'haiku'", None, ["models.toml:1: tasks.haiku"]),
        ("[models.claude-haiku-5-5]\ncapabilities = ['chat', 'audio']", None, ["models.toml:2: models.claude-haiku-5-5.capabilities"]),
        ("[models.claude-sonnet-4-5-20250929]\nretires = 2020-01-01", None, ["models.toml:2: models.claude-sonnet-4-5-20250929.retires"]),
    ],
)  # fmt: skip
def test_a_clash_is_laid_to_the_file_that_brings_it_about(project, user, places):
    """Two layers that do not go together: the upper one, which its owner can edit, is named."""
    problems = problems_of(project, user)
    assert [problem.partition(": ")[0] + ": " + problem.split(": ")[1] for problem in problems] == places


def test_one_mistake_is_not_told_twice():
    """A key that is wrong by itself brings no second problem about what would follow from it."""
    assert "expected text" in problem_of("[models.m]\nprovider = 5")
    assert "expected a list" in problem_of("[models.m]\nprovider = 'openai'\naliases = { a = 1 }")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"[models.m", "models.toml:1: Expected ']' at the end of a table declaration"),
        (b"x = ", "models.toml:1: "),
        (b"[models.m]\nprovider = openai\n", "models.toml:2: Invalid value"),
        (b"[models.m]\n[models.m]\n", "models.toml:2: Cannot declare"),
        (b"name = 'caf\xe9'\n", "models.toml: is not UTF-8 (byte 12) (save it as UTF-8)"),
        ("[models.m]".encode("utf-16"), "models.toml: is not UTF-8"),
        (b"\x00", "models.toml:1: "),
        (b"a = " + b"[" * 100_000, "models.toml: is nested too deeply"),
    ],
)
def test_a_file_that_is_no_toml_is_one_clear_problem(data, problem):
    """What cannot be read is told with file and, where TOML has one, line."""
    assert problem in problem_of(data)


def test_a_directory_of_that_name_is_a_problem_of_its_own(work):
    """A directory called models.toml is no traceback."""
    (work / "models.toml").mkdir()
    with pytest.raises(CatalogueError) as caught:
        workspace_of()
    assert str(caught.value.problems[0]).startswith("models.toml: is a directory, not a file (")


@pytest.mark.parametrize("target", ["/dev/zero", "fifo", "huge"])
def test_what_is_no_file_of_a_usual_size_is_a_problem_at_once(work, target):
    """A device, a FIFO and five gigabytes in the place of models.toml are told, and nothing waits for them."""
    os.mkfifo(work / "fifo")
    with (work / "huge").open("wb") as file:
        file.truncate(5 << 30)
    (work / "models.toml").symlink_to(target)
    with pytest.raises(CatalogueError) as caught:
        workspace_of()
    (problem,) = caught.value.problems
    assert problem.message in {"is a device, not a file", "is a FIFO, not a file", "is larger than 4 MiB"}
    assert problem.hint


def test_what_a_project_may_not_say():
    """A project names only variables of keys, and cannot allow plain http."""
    text = "[providers.p]\nwire = 'openai'\nbase_url = 'https://p.example'\napi_key_env = ['PASSWORD']\nallow_http = true"
    problems = problems_of(text)
    assert problems[0].startswith(
        "models.toml:4: providers.p.api_key_env: a project's file may only name variables that end in _KEY or _TOKEN"
    )
    assert problems[1].startswith(
        "models.toml:5: providers.p.allow_http: a project's file may not allow plain http"
    )
    assert "MODEL_MANAGER_ALLOW_HTTP=p" in problems[1]
    provider = catalogue_of("", user=text).providers["p"]
    assert (provider.api_key_env, provider.allow_http) == (("PASSWORD",), True)


@pytest.mark.parametrize("append", ["x.evil.example", "@evil.example/", ":80@evil.example", "?x", ""])
def test_what_is_appended_to_a_url_is_a_path(append):
    """`append` cannot change the host it is appended to."""
    assert "append: expected a path such as /v1" in problem_of(
        f"[providers.openai.base_url_env]\nappend = '{append}'"
    )


def _words_of(rule):
    """Every key of a table and of the tables in it."""
    table = getattr(rule, "table", rule)
    for key, inner in getattr(table, "keys", {}).items():
        yield key
        yield from _words_of(inner)
    if each := getattr(table, "each", None):
        yield from _words_of(each)


#: Every word that the catalogue's tables know, and two names.
_KEYS = sorted({*_words_of(CATALOGUE), "acme", "m"})
_keys = st.sampled_from(_KEYS) | st.text(string.ascii_letters + '.:/ "\\\n\x7f', max_size=4)
_scalars = (
    st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.decimals(allow_nan=True, allow_infinity=True)
    | st.sampled_from([Decimal("1e300000"), Decimal("1e-300000"), 10**4000])
    | st.text(max_size=6)
    | st.sampled_from(
        ["acme", "m", "openai", "auto", "50:m+50:x", "https://h.example", "mon-fri", "01:00-02:00", "chat"]
    )
    | st.sampled_from([date(1, 1, 1), date(9999, 12, 31), date(2026, 5, 5), time(8), time(23, 59, 59, 999999)])
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.just(datetime(2026, 1, 1, tzinfo=UTC))
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4), max_leaves=12
)
_layers = st.dictionaries(
    st.sampled_from(["models", "providers", "tasks", "scenarios", "default_model", "extends"]) | _keys,
    st.dictionaries(_keys, st.dictionaries(_keys, _values, max_size=4) | _values, max_size=3) | _values,
    max_size=4,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=_layers)
def test_nothing_that_toml_can_say_is_more_than_a_catalogue_error(work, data):
    """Whatever a file holds, it makes a catalogue or a list of problems, each of which can be shown."""
    base = write(work, "base.toml", SMALL + "[tasks.chat]\nmodel = 'm'\nprofile = { input_tokens = 5 }\n")
    over = write(work, "over.toml", tomli_w.dumps(data))
    files = [LayerFile("user", base, "base.toml"), LayerFile("project", over, "over.toml")]
    shown = ["ok"]
    try:
        load_catalogue(files)
    except CatalogueError as error:
        shown = [str(problem) for problem in error.problems]
    assert all(len(text) < 2000 for text in shown)
    assert shown


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60) | st.text("[]=\"'.#\n{}, amodelsx5", max_size=60).map(str.encode))
def test_no_bytes_are_more_than_a_catalogue_error(work, data):
    """Whatever bytes a file holds, reading it ends in a catalogue or a catalogue error."""
    path: Path = write(work, "over.toml", data)
    shown = ["ok"]
    try:
        load_catalogue([LayerFile("project", path, "over.toml")])
    except CatalogueError as error:
        shown = [str(problem) for problem in error.problems]
    assert shown
