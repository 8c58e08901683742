"""The layer of fetched facts among the others: what counts, what loses, and where it is looked for."""

from decimal import Decimal
from pathlib import Path

import pytest

from model_manager.config.catalogue.builder import read_catalogue
from model_manager.config.catalogue.fetched import facts_in_force
from model_manager.config.catalogue.files import EMBEDDED_LAYER, LayerFile, find_layers
from model_manager.config.catalogue.load import load_catalogue
from model_manager.config.directories import fetched_file
from model_manager.core.models import Catalogue
from model_manager.errors import CatalogueError

NEW = '[models.gpt-4o-mini]\nchecked = 2030-01-01\nsource = "litellm"\n[models.gpt-4o-mini.price]\ninput = 0.12\noutput = 0.5\n'


def catalogue(tmp_path: Path, fetched: str, user: str = "") -> Catalogue:
    """The embedded catalogue with a fetched and a user's layer."""
    layers = [EMBEDDED_LAYER]
    for layer, text in (("fetched", fetched), ("user", user)):
        path = tmp_path / f"{layer}.toml"
        path.write_text(text)
        layers.append(LayerFile(layer, path, str(path)))
    return read_catalogue(layers)


def input_of(found: Catalogue, model: str = "gpt-4o-mini") -> Decimal | None:
    price = found.models[model].price
    return price.rates.input if price else None


def test_fetched_facts_stand_between_the_embedded_and_the_users(tmp_path):
    """They win over the embedded catalogue's and lose against the user's."""
    assert input_of(catalogue(tmp_path, NEW)) == Decimal("0.12")
    users = "[models.gpt-4o-mini.price]\ninput = 3\n"
    assert input_of(catalogue(tmp_path, NEW, users)) == 3


def test_facts_older_than_the_embedded_ones_lose(tmp_path):
    """A newer version's own facts count, whatever an earlier update fetched."""
    assert input_of(catalogue(tmp_path, NEW.replace("2030-01-01", "2026-01-01"))) == Decimal("0.15")
    assert input_of(catalogue(tmp_path, NEW.replace("checked = 2030-01-01\n", ""))) == Decimal("0.15")


def test_facts_of_a_model_that_is_gone_are_none(tmp_path):
    """A model that no other layer has does not come into being, and breaks nothing."""
    found = catalogue(tmp_path, NEW.replace("gpt-4o-mini", "gone-model"))
    assert "gone-model" not in found.models


def test_a_capability_that_the_user_denies_is_left_out(tmp_path):
    """What a user's file says a model lacks does not clash with what was fetched later."""
    fetched = '[models.gpt-4o-mini]\nchecked = 2030-01-01\ncapabilities = ["chat", "audio"]\n'
    found = catalogue(tmp_path, fetched, '[models.gpt-4o-mini]\nlacks = ["audio"]\n')
    assert found.models["gpt-4o-mini"].capabilities == ("chat",)


def test_a_day_belongs_to_a_price(tmp_path):
    """Where only a limit was fetched, source and day of the price stay those of the price."""
    before = catalogue(tmp_path, "").models["gpt-4o-mini"]
    fetched = "[models.gpt-4o-mini]\nchecked = 2030-01-01\ncontext_window = 5\n"
    after = catalogue(tmp_path, fetched).models["gpt-4o-mini"]
    assert (after.context_window, after.checked, after.source) == (5, before.checked, before.source)


def test_the_day_of_the_comparison_is_the_newest(tmp_path):
    """The catalogue knows when its facts were compared, by this version or by an update."""
    own = catalogue(tmp_path, "").compared
    fetched = catalogue(tmp_path, "[fetched]\nat = 2031-05-06T07:08:09Z\n").compared
    assert own is not None
    assert fetched is not None
    assert (fetched.isoformat(), own < fetched) == ("2031-05-06", True)
    assert catalogue(tmp_path, "", "extends = false\n").compared is None


@pytest.mark.parametrize(
    "key", ["provider", "model_id", "aliases", "parameters", "options", "recommended", "like"]
)
def test_what_is_no_fact_is_refused(tmp_path, key):
    """Identity, addresses and requests of a model are no facts that may be downloaded."""
    with pytest.raises(CatalogueError) as caught:
        catalogue(tmp_path, f'[models.gpt-4o-mini]\n{key} = "x"\n')
    assert caught.value.problems[0].message == "unknown key"


def test_the_layer_is_found_and_remembered(tmp_path):
    """It is read where update writes it, with a named file too, and a change of it is seen."""
    environ = {
        "XDG_STATE_HOME": str(tmp_path / "s"),
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
    }
    assert [file.layer for file in find_layers(tmp_path, environ)] == ["embedded"]
    path = fetched_file(environ)
    path.parent.mkdir(parents=True)
    path.write_text(NEW)
    assert [file.layer for file in find_layers(tmp_path, environ)] == ["embedded", "fetched"]
    named = tmp_path / "named.toml"
    named.write_text("")
    found = find_layers(tmp_path, environ, named)
    assert [file.layer for file in found] == ["embedded", "fetched", "user"]
    assert input_of(load_catalogue(found, environ)) == Decimal("0.12")
    path.write_text(NEW.replace("0.12", "0.13"))
    assert input_of(load_catalogue(found, environ)) == Decimal("0.13")


def test_tables_are_not_changed_by_being_looked_at():
    """The file's own tables stay as they are: others look at them too."""
    tables = {"models": {"m": {"capabilities": ["audio"], "checked": None}}}
    assert facts_in_force(tables, {}, [{"m": {"lacks": ["audio"]}}]) == {"m": {"capabilities": []}}
    assert tables == {"models": {"m": {"capabilities": ["audio"], "checked": None}}}
