"""How the catalogue's layers are laid one over the other."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from projects import SMALL, catalogue_of, workspace_of, write

from model_manager.config.catalogue.files import EMBEDDED_LAYER, LayerFile
from model_manager.config.catalogue.layers import LayerData, effective, located, merge, places, read_layer
from model_manager.config.catalogue.load import embedded_catalogue, load_catalogue
from model_manager.config.catalogue.schema import Mistake
from model_manager.core.models import Place
from model_manager.core.pricing import Rates
from model_manager.errors import CatalogueError

D = Decimal
HAIKU = "claude-haiku-5-5"


def test_without_files_the_catalogue_is_the_embedded_one():
    """Who has no files has the catalogue that is shipped."""
    assert workspace_of().catalogue == embedded_catalogue()


def test_one_process_reads_the_embedded_file_once(work, monkeypatch):
    """A process that reads a user's file again and again parses the long one once, and no reading changes it."""
    pristine, parsed = embedded_catalogue(), []
    parse = tomllib.loads
    monkeypatch.setattr(tomllib, "loads", lambda text, **how: parsed.append(len(text)) or parse(text, **how))
    changing_models = f"[models.{HAIKU}]\nunset = ['aliases']\nprice = {{ input = 1, output = 1 }}\nparameters = {{ headers = {{ X-A = 'b' }} }}\n"
    changing_others = "[tasks.own]\nmodel = 'haiku'\n[providers.openai]\nname = 'x'\n"
    for text in (changing_models, changing_others, ""):
        catalogue_of(text)

    assert max(parsed) < 1_000
    assert embedded_catalogue() == pristine
    assert replace(load_catalogue([copy_of_the_embedded(work)]), files=()) == pristine


def test_a_reading_that_failed_is_not_kept(work, monkeypatch):
    """Where the embedded file could not be read for a moment, the next reading has it."""
    another = copy_of_the_embedded(work)
    with monkeypatch.context() as broken:
        broken.setattr(
            "model_manager.config.catalogue.layers.read_regular_file",
            lambda *_: (_ for _ in ()).throw(OSError(24, "Too many open files")),
        )
        with pytest.raises(CatalogueError, match=another.shown):
            load_catalogue([another])
    assert HAIKU in load_catalogue([another]).models


def copy_of_the_embedded(work: Path) -> LayerFile:
    """The embedded file at another place, which this process has not read yet."""
    path = write(work, "copy.toml", EMBEDDED_LAYER.path.read_bytes())
    return LayerFile("embedded", path, "the copy")


def test_a_model_is_changed_key_by_key():
    """A layer says only what differs; everything else of the model is inherited."""
    before, after = (
        embedded_catalogue().models[HAIKU],
        catalogue_of(f"[models.{HAIKU}]\nbest_for = 'x'").models[HAIKU],
    )
    assert after.best_for == "x"
    assert (after.price, after.aliases, after.source) == (before.price, before.aliases, before.source)


def test_the_project_wins_over_the_user_and_the_user_over_the_embedded():
    """Later layers win, key by key."""
    found = catalogue_of(
        f"[models.{HAIKU}]\nname = 'project'", user=f"[models.{HAIKU}]\nname = 'user'\nbest_for = 'user'"
    ).models[HAIKU]
    assert (found.name, found.best_for) == ("project", "user")


def test_a_price_is_replaced_whole():
    """A layer's price inherits neither rates nor tiers from the price below, nor where that was checked."""
    model = catalogue_of(f"[models.{HAIKU}.price]\ninput = 3").models[HAIKU]
    assert model.price is not None
    assert model.price.rates == Rates(input=D(3))
    assert model.price.tiers == ()
    assert (model.source, model.checked) == (None, None)


def test_a_price_may_bring_its_own_source():
    """The source that stands beside a layer's price is kept."""
    text = f"[models.{HAIKU}]\nsource = 'invoice'\nchecked = 2026-11-01\nprice = {{ input = 3, output = 4 }}"
    model = catalogue_of(text).models[HAIKU]
    assert (model.source, model.checked) == ("invoice", date(2026, 11, 1))


def test_a_flat_rate_displaces_a_price_and_a_price_a_flat_rate():
    """`price` and `cost_per_1k_tokens` stand in for each other across layers, in both directions."""
    flat, price = (
        f"[models.{HAIKU}]\ncost_per_1k_tokens = 0.015",
        f"[models.{HAIKU}]\nprice = {{ input = 1, output = 2 }}",
    )
    assert catalogue_of(flat, user=price).models[HAIKU].price.rates == Rates(input=D(15), output=D(15))
    assert catalogue_of(price, user=flat).models[HAIKU].price.rates == Rates(input=D(1), output=D(2))


def test_a_new_price_is_not_as_uncertain_as_the_old():
    """What was uncertain about the embedded price says nothing about a layer's own."""
    name = next(model.id for model in embedded_catalogue().models.values() if "price" in model.certainty)
    assert "price" not in catalogue_of(f"[models.'{name}']\nprice = {{ input = 1 }}").models[name].certainty


def test_arrays_are_replaced_whole():
    """A layer's aliases and capabilities are the only ones."""
    model = catalogue_of(f"[models.{HAIKU}]\naliases = ['h5']\ncapabilities = ['chat']\nlacks = []").models[HAIKU]
    assert (model.aliases, model.capabilities, model.lacks) == (("h5",), ("chat",), ())


def test_tables_of_a_model_other_than_the_price_merge():
    """`parameters` of two layers add up."""
    text, user = (
        f"[models.{HAIKU}.parameters]\ntemperature = false",
        f"[models.{HAIKU}.parameters]\nmax_tokens = 'n'",
    )
    assert catalogue_of(text, user=user).models[HAIKU].parameters == {"temperature": False, "max_tokens": "n"}


def test_a_table_inside_a_task_is_replaced_whole():
    """A task's own keys merge, but its profile is the last layer's alone."""
    user = f"[tasks.t]\nmodel = '{HAIKU}'\npurpose = 'p'\nprofile = {{ requests_per_day = 5, input_tokens = 7 }}"
    task = catalogue_of("[tasks.t]\nprofile = { output_tokens = 9 }", user=user).tasks["t"]
    assert task.purpose == "p"
    assert task.profile is not None
    assert (task.profile.requests_per_day, task.profile.input_tokens, task.profile.output_tokens) == (
        None,
        None,
        9,
    )


def test_unset_removes_what_is_inherited():
    """`unset` takes keys of the layers below away, and what the same layer says still counts."""
    user = "[models.m]\nprovider = 'openai'\nretires = 2027-01-01\nreplacement = 'x'\nbest_for = 'old'"
    model = catalogue_of("[models.m]\nunset = ['retires', 'best_for']\nbest_for = 'new'", user=user).models["m"]
    assert (model.retires, model.replacement, model.best_for) == (None, "x", "new")


def test_an_unset_price_takes_its_source_with_it():
    """A model without a price does not say what its price was checked against."""
    model = catalogue_of(f"[models.{HAIKU}]\nunset = ['price']").models[HAIKU]
    assert (model.price, model.source, model.checked) == (None, None, None)


def test_an_empty_price_is_unknown_and_zero_is_free():
    """No price is not a price of nothing."""
    models = catalogue_of(
        "[models.a]\nprovider = 'openai'\n[models.b]\nprovider = 'openai'\nprice = { input = 0, output = 0 }"
    ).models
    assert models["a"].price is None
    assert models["b"].price is not None
    assert models["b"].price.is_free


def test_extends_false_drops_the_layers_below():
    """A project's `extends = false` leaves neither the user's nor the embedded models."""
    catalogue = catalogue_of(SMALL, user="[models.u]\nprovider = 'openai'")
    assert list(catalogue.models) == ["m"]
    assert list(catalogue.providers) == ["acme"]
    assert catalogue.tasks == {}
    assert catalogue.default_model is None


def test_extends_false_of_the_user_drops_the_embedded_only():
    """The project's file still comes over a user's file that extends nothing."""
    catalogue = catalogue_of("[models.p]\nprovider = 'acme'", user=SMALL)
    assert list(catalogue.models) == ["m", "p"]


def test_the_mistakes_of_a_dropped_layer_do_not_matter():
    """A layer that is not used is not judged."""
    assert list(catalogue_of(SMALL, user="nonsense = 1").models) == ["m"]


@pytest.mark.parametrize("layer", ["project", "user"])
def test_a_task_of_ones_own_does_away_with_the_embedded_tasks(layer):
    """As soon as a layer defines a task, the examples are gone."""
    text = f"[tasks.mine]\nmodel = '{HAIKU}'"
    catalogue = catalogue_of(text) if layer == "project" else catalogue_of(user=text)
    assert list(catalogue.tasks) == ["mine"]


def test_the_tasks_of_user_and_project_stand_together():
    """Only the embedded tasks vanish."""
    assert list(catalogue_of("[tasks.b]\nmodel = 'haiku'", user="[tasks.a]\nmodel = 'haiku'").tasks) == ["a", "b"]


@pytest.mark.parametrize(
    ("task", "variable"),
    [("chat", "AI_CHAT_MODEL"), ("mood-search", "AI_MOOD_SEARCH_MODEL"), ("a.b/c", "AI_A_B_C_MODEL")],
)
def test_a_task_has_a_variable_of_its_name(task, variable):
    """Where a task names no variable, it is AI_<TASK>_MODEL."""
    assert catalogue_of(f'[tasks."{task}"]\nmodel = "haiku"').tasks[task].env == variable


def test_models_file_stands_for_user_and_project():
    """`--models-file` replaces both files, but not the embedded catalogue."""
    text = "[models.{}]\nprovider = 'openai'"
    files = {"models.toml": text.format("p"), "other/mine.toml": text.format("o")}
    models = workspace_of(files, user=text.format("u"), models_file=Path("other/mine.toml")).catalogue.models
    assert {"o", HAIKU} <= set(models)
    assert {"p", "u"}.isdisjoint(models)


def test_an_id_takes_an_alias_of_a_lower_layer_over():
    """A model of the user's may be called like an alias of the embedded catalogue, which then means it alone."""
    catalogue = catalogue_of("[models.haiku]\nprovider = 'openai'\nmodel_id = 'own'")
    assert catalogue.find("haiku").model_id == "own"
    assert "haiku" not in catalogue.models[HAIKU].aliases


def test_an_alias_takes_an_alias_of_a_lower_layer_over():
    """An alias of the project's takes over one of the user's, and one of the user's an embedded one."""
    user = "[models.b]\nprovider = 'openai'\naliases = ['z', 'haiku']"
    catalogue = catalogue_of("[models.a]\nprovider = 'openai'\naliases = ['z']", user=user)
    assert [catalogue.find(name).id for name in ("z", "haiku")] == ["a", "b"]
    assert catalogue.models["b"].aliases == ("haiku",)


def test_a_name_is_an_id_then_an_alias_then_a_wire_id():
    """Names are looked up as id, as alias, as provider/model_id, exactly and in this order."""
    catalogue = catalogue_of(
        """
        [models.first]
        provider = "openai"
        model_id = "wire"
        aliases = ["openai/second-wire"]
        [models.second]
        provider = "openai"
        model_id = "second-wire"
        [models."openai/wire"]
        provider = "groq"
        """
    )
    assert catalogue.find("openai/wire").provider == "groq"
    assert catalogue.find("openai/second-wire").id == "first"
    assert catalogue.find("groq/openai/wire").id == "openai/wire"
    for nothing in ("fir", "FIRST", "wire", "first ", ""):
        assert catalogue.find(nothing) is None


def test_what_points_to_a_model_ends_when_it_does():
    """An entry that asks for another entry's model inherits its dates, unless it has its own."""
    text = """
    [models.dated-2026]
    provider = "openai"
    deprecated = 2026-06-01
    retires = 2027-01-01
    replacement = "gpt-6.1-sol"
    [models.dated]
    provider = "openai"
    model_id = "dated-2026"
    [models.own]
    provider = "openai"
    model_id = "dated-2026"
    retires = 2028-01-01
    [models.elsewhere]
    provider = "groq"
    model_id = "dated-2026"
    """
    models = catalogue_of(text).models
    assert models["dated"].deprecated == date(2026, 6, 1)
    assert (models["dated"].retires, models["dated"].replacement) == (date(2027, 1, 1), "gpt-6.1-sol")
    assert (models["own"].retires, models["own"].deprecated) == (date(2028, 1, 1), None)
    assert models["elsewhere"].retires is None


def test_ones_own_entry_for_a_retiring_model_retires_too():
    """A second entry with the same provider and model_id ends on the same day."""
    old = next(model for model in embedded_catalogue().models.values() if model.retires)
    text = f"[models.mine]\nprovider = '{old.provider}'\nmodel_id = '{old.model_id}'"
    assert catalogue_of(text).models["mine"].retires == old.retires


def test_prices_have_tiers_changes_and_peak_hours():
    """Everything a price may say is read, tiers by their bound and moments as UTC."""
    price = (
        catalogue_of(
            """
        [models.m]
        provider = "openai"
        [models.m.price]
        input = 1
        output = 2.50
        [[models.m.price.tiers]]
        above = 200
        input = 3
        [[models.m.price.tiers]]
        above = 100
        inclusive = true
        input = 2
        [[models.m.price.changes]]
        from = 2027-01-01
        input = 5
        [[models.m.price.changes]]
        from = 2027-02-01T00:30:00+01:00
        output = 6
        [models.m.price.peak]
        days = "sat,sun"
        utc = ["22:00-02:00", "23:00-24:00"]
        input = 7
        """
        )
        .models["m"]
        .price
    )
    assert price is not None
    assert price.rates == Rates(input=D(1), output=D("2.50"))
    assert [(tier.above, tier.inclusive) for tier in price.tiers] == [(100, True), (200, False)]
    starts = [change.start for change in price.changes]
    assert starts == [datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 31, 23, 30, tzinfo=UTC)]
    assert price.peak is not None
    assert price.peak.days == frozenset({5, 6})
    assert price.peak.windows == ((22 * 60, 2 * 60), (23 * 60, 24 * 60))


@pytest.mark.parametrize(
    ("days", "numbers"),
    [
        ("daily", range(7)),
        ("mon-fri", range(5)),
        ("sat-mon", {5, 6, 0}),
        ("wed", {2}),
        ("mon, wed-thu", {0, 2, 3}),
    ],
)
def test_days_are_ranges_and_lists(days, numbers):
    """Peak days may be ranges over the week's end, lists, or daily."""
    text = f"[models.m]\nprovider = 'openai'\nprice = {{ input = 1, peak = {{ days = '{days}', utc = ['01:00-02:00'] }} }}"
    assert catalogue_of(text).models["m"].price.peak.days == frozenset(numbers)


def test_every_field_remembers_who_said_it():
    """A provider's fields know the file and line that set them last; what nobody touched is embedded."""
    provider = catalogue_of(
        "\n[providers.openai]\nbase_url = 'https://proxy.example/v1'\n", user="[providers.openai]\nname = 'O'"
    ).providers["openai"]
    assert provider.place("base_url") == Place("project", "models.toml", 3)
    assert provider.place("name").layer == "user"
    assert provider.place("api_key_env") == Place()


@pytest.mark.parametrize("name", ["text", "text with BOM", "CRLF"])
def test_editors_habits_do_no_harm(name):
    """A BOM and Windows line ends are read over."""
    text = b"[models.m]\nprovider = 'openai'\nbest_for = '''\ntwo\nlines'''\n"
    data = {"text": text, "text with BOM": b"\xef\xbb\xbf" + text, "CRLF": text.replace(b"\n", b"\r\n")}[name]
    assert catalogue_of(data).models["m"].best_for.split() == ["two", "lines"]


def test_an_empty_file_says_nothing():
    """An empty models.toml is the embedded catalogue."""
    assert catalogue_of("").models == embedded_catalogue().models


def test_a_link_to_the_users_file_is_not_a_second_layer(user_models, work):
    """Started in the configuration directory, or with a link to it, the user's file is the user's only."""
    user_models.write_text("[providers.openai]\nname = 'O'")
    (work / "models.toml").symlink_to(user_models)
    catalogue = workspace_of(env={"XDG_CONFIG_HOME": str(user_models.parent.parent)}).catalogue
    assert catalogue.files == (str(user_models),)
    assert catalogue.providers["openai"].place("name").layer == "user"


# Single files


def layer_of(text: str) -> LayerData:
    return read_layer(LayerFile("project", write(Path(), "x.toml", text), "x.toml"))


@pytest.mark.parametrize(
    ("text", "data", "mistaken", "lines"),
    [
        ("[models.m]\nname = 'M'\nprovider = 5\n", {"models": {"m": {"name": "M"}}}, ["models.m.provider"], [3]),
        ("models = 5\ndefault_model = 'm'\n", {"default_model": "m"}, ["models"], [1]),
        ("[models]\nm = 'x'\nn = { name = 'N' }\n", {"models": {"n": {"name": "N"}}}, ["models.m"], [2]),
        ("\n[models.gpt-6.1]\ninput = 3\n", {"models": {}}, ["models.gpt-6.1", "models.gpt-6"], [2]),
        ("[models.m]\ncontxt = 5\n", {"models": {}}, ["models.m.contxt", "models.m"], [2]),
        (
            "[models.m.price]\ninput = 1\noutput = 'x'\n[[models.m.price.tiers]]\nabove = 5\n[[models.m.price.tiers]]\nabove = 0.5\n",
            {"models": {"m": {"price": {"input": 1}}}},
            ["models.m.price.output", "models.m.price.tiers.1.above"],
            [3, 7],
        ),
    ],
)
def test_what_is_wrong_is_taken_out_so_that_the_rest_can_be_checked(text, data, mistaken, lines):
    """A bad key goes, an array with a bad item goes as a whole, and so does an entry of which nothing is left."""
    layer = layer_of(text)
    assert (layer.data, layer.parsed) == (data, True)
    assert [".".join(path) for path in layer.mistaken] == mistaken
    assert [problem.line for problem in layer.problems] == lines


@pytest.mark.parametrize(
    ("text", "line", "is_hinted"),
    [
        ("x = 1\n[models.groq/x]\n\n", 2, True),
        ("\n\n[[models.groq/x]]", 3, True),
        ("[models.groq:x]\n", 1, True),
        ("[providers.groq/x]\n", 1, False),
        ('[models."groq/x"\n', 1, False),
        ("models = groq/x", 1, False),
        ("a = 1\nb = [\n1,\n\n\n", 3, False),
        ("a = 1\nb = ", 2, False),
    ],
)
def test_a_syntax_error_has_its_line_and_a_hint_for_an_unquoted_id(text, line, is_hinted):
    """The line is the parser's, or the last one where the file breaks off."""
    layer = layer_of(text)
    (problem,) = layer.problems
    assert (problem.file, problem.key, problem.line, bool(problem.hint)) == ("x.toml", "", line, is_hinted)
    assert problem.message
    assert "(at " not in problem.message
    assert not layer.parsed


# Layers over each other

EMBEDDED, USER, PROJECT = (LayerFile(layer, Path(layer), layer) for layer in ("embedded", "user", "project"))


def laid(*tables: dict, files: tuple[LayerFile, ...] = (EMBEDDED, USER, PROJECT)) -> list[LayerData]:
    return [LayerData(file, data) for file, data in zip(files, tables, strict=False)]


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ((None, None, None), 3),
        ((None, False, None), 2),
        ((None, None, False), 1),
        ((None, False, False), 1),
        ((False, None, None), 3),
        ((None, True, True), 3),
    ],
)
def test_layers_count_from_the_last_that_extends_nothing(said, count):
    """Those below it are dropped, whatever they say themselves."""
    layers = laid(*({} if word is None else {"extends": word} for word in said))
    assert effective(layers) == layers[-count:]


def test_only_the_embedded_tasks_give_way():
    """Tasks of user and project add up; where neither has one, the embedded ones stay."""
    tasks = [{"tasks": {name: {"model": name}}, "default_model": name} for name in "eup"]
    assert merge(laid(*tasks)) == {"tasks": {"u": {"model": "u"}, "p": {"model": "p"}}, "default_model": "p"}
    assert merge(laid(tasks[0], {"tasks": {}}, {})) == tasks[0]
    assert set(merge(laid(tasks[0], {}, tasks[2]))["tasks"]) == {"p"}


def test_merging_changes_no_layer():
    """The tables of a layer are those of its file, however often they are merged."""
    lower = {
        "providers": {"p": {"parameters": {"a": 1}}},
        "models": {"m": {"parameters": {"a": 1}, "aliases": ["x"]}},
    }
    upper = {
        "providers": {"p": {"parameters": {"b": 2}}},
        "models": {"m": {"parameters": {"b": 2}, "unset": ["aliases"]}},
    }
    layers = laid(lower, upper)
    merged = merge(layers)
    assert merged["providers"]["p"]["parameters"] == merged["models"]["m"]["parameters"] == {"a": 1, "b": 2}
    assert (merged["models"]["m"].get("aliases"), merged["models"]["m"].get("unset")) == (None, ["aliases"])
    assert merge(layers) == merged
    assert (lower["models"]["m"]["aliases"], upper["models"]["m"]["unset"]) == (["x"], ["aliases"])
    assert lower["providers"]["p"] == {"parameters": {"a": 1}}


def mistake_at(layers: list[LayerData], path: str, *also: str) -> tuple[str, str]:
    """The file and key that a mistake of the whole is laid to."""
    problem = located(
        layers, Mistake(tuple(path.split(".")), "wrong", also=tuple(tuple(one.split(".")) for one in also))
    )
    return problem.file, problem.key


def test_a_mistake_of_the_whole_is_laid_to_the_last_layer_that_takes_part():
    """The layer that says the key, or takes it away, or says something around it; the upper one of several keys."""
    layers = laid(
        {"models": {"m": {"price": {"input": 1}, "lacks": ["a"]}, "e": {"name": "E"}}},
        {"models": {"m": {"unset": ["price"], "capabilities": ["a"]}}},
        {"tasks": {"t": {"model": "m"}}, "default_model": 5},
    )
    assert mistake_at(layers, "models.m.lacks") == ("embedded", "models.m.lacks")
    assert mistake_at(layers, "models.m.price") == ("user", "models.m.price")
    assert mistake_at(layers, "models.m.price.input") == ("user", "models.m.price.input")
    assert mistake_at(layers, "models.m.provider") == ("user", "models.m.provider")
    assert mistake_at(layers, "models.e.provider") == ("embedded", "models.e.provider")
    assert mistake_at(layers, "models.m.lacks", "models.m.capabilities") == ("user", "models.m.capabilities")
    assert mistake_at(layers, "models.m.lacks", "models.e") == ("embedded", "models.m.lacks")
    assert mistake_at(layers, "default_model.x.y") == ("project", "default_model.x.y")
    assert mistake_at(layers, "nothing") == ("project", "nothing")


def test_the_place_of_a_key_is_the_last_layer_above_the_embedded_that_sets_it():
    """Keys that only the embedded catalogue has are left out; what is no table has no keys."""
    layers = laid(
        {"providers": {"p": {"name": "E", "wire": "openai"}}, "default_model": "e"},
        {"providers": {"p": {"name": "U", "base_url": "u"}}},
        {"providers": {"p": {"name": "P"}}, "default_model": "p"},
    )
    found = dict(places(layers, "providers", "p"))
    assert {key: place.layer for key, place in found.items()} == {"name": "project", "base_url": "user"}
    assert set(dict(places(layers))) == {"providers", "default_model"}
    assert dict(places(layers, "default_model", "x")) == dict(places(layers, "models", "m")) == {}
