"""The comparison of `update`: the user's catalogue, copies of sources, and the layer that comes of them."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from model_manager.config.catalogue.files import LayerFile, find_layers
from model_manager.config.catalogue.layers import read_layer
from model_manager.config.catalogue.load import load_catalogue
from model_manager.config.catalogue.update.comparison import FactChange, SourceStatement
from model_manager.config.catalogue.update.layer import FetchedLayer, layer_text, with_changes
from model_manager.config.catalogue.update.record import SourceRecord
from model_manager.config.catalogue.update.refresh import SourceCopy, changes_of, is_older, statement_of
from model_manager.config.catalogue.update.rows import SourceRow
from model_manager.config.workspace import Workspace
from model_manager.core.models import Catalogue
from model_manager.errors import CatalogueError, ModelManagerError

_OF_PRICE = ("price", "cost_per_1k_tokens")
#: A copy of a source, and its row of each of our models.
IdentifiedCopy = tuple[SourceCopy, Mapping[str, SourceRow]]


@dataclass(frozen=True, slots=True)
class UpdateBase:
    """What sources are compared with: the catalogue without projects, and the keys that the user's files state."""

    catalogue: Catalogue
    own_keys: Mapping[str, Collection[str]]


def base_of(environ: Mapping[str, str]) -> UpdateBase:
    """The catalogue of the user, whatever the project is; a fetched layer that is invalid is left out."""
    files = find_layers(Path(os.devnull).parent, environ, project_file=None)
    own: dict[str, set[str]] = {}
    for layer in (read_layer(file) for file in files if file.layer == "user"):
        for name, table in layer.data.get("models", {}).items():
            keys = {*table, *table.get("unset", ())}
            own.setdefault(name, set()).update(keys, ("price",) if keys.intersection(_OF_PRICE) else ())
    sound = [file for file in files if file.layer != "fetched" or not read_layer(file).problems]
    return UpdateBase(load_catalogue(sound, environ), own)


def check_loads(environ: Mapping[str, str], layer: FetchedLayer) -> None:
    """Refuse a layer with which the catalogue could not be loaded: every command would fail.

    The rules for changes should let no such one through; this holds whatever a source says.

    Raises:
        ModelManagerError: with the first problem.
    """
    below, *above = (
        file
        for file in find_layers(Path(os.devnull).parent, environ, project_file=None)
        if file.layer != "fetched"
    )
    with TemporaryDirectory() as directory:
        path = Path(directory) / "facts.toml"
        path.write_text(layer_text(layer), encoding="utf-8")
        try:
            load_catalogue([below, LayerFile("fetched", path, "the fetched facts"), *above])
        except CatalogueError as error:
            problem = error.problems[0]
            raise ModelManagerError(
                f"nothing was written, since the catalogue would not be valid: {problem.key}: {problem.message}",
                hint="name the other models with `only`",
            ) from None


def needed_models(workspace: Workspace, catalogue: Catalogue, now: datetime) -> set[str]:
    """The models that are in use or recommended and still served: a table that lacks one of them is odd."""
    named = [name for one in workspace.assignments(now.date()) if one.route for name in one.route.names]
    in_use = {model.id for name in named if (model := catalogue.find(name))}
    return {
        model.id
        for model in catalogue.models.values()
        if (model.recommended or model.id in in_use) and model.status(now.date()) != "retired"
    }


def all_changes(
    base: UpdateBase,
    copies: Sequence[IdentifiedCopy],
    before: FetchedLayer,
    only: Collection[str],
    now: datetime,
) -> tuple[list[FactChange], dict[str, int]]:
    """The changes of all models, and of how many a source's copy is older than what the catalogue has."""
    changes: list[FactChange] = []
    old: dict[str, int] = {}
    for model in base.catalogue.models.values():
        if only and model.id not in only:
            continue
        statements: list[SourceStatement] = []
        for copy, rows in copies:
            if model.id not in rows:
                continue
            if is_older(copy, model):
                old[copy.kind.name] = old.get(copy.kind.name, 0) + 1
                continue
            last = before.sources.get(copy.kind.name)
            statements.append(statement_of(copy, rows[model.id], model, last, now))
        changes += changes_of(model, statements, base.own_keys.get(model.id, ()), now)
    return changes, old


def next_layer(
    catalogue: Catalogue,
    before: FetchedLayer,
    chosen: Mapping[str, Sequence[FactChange]],
    records: Mapping[str, SourceRecord],
    now: datetime,
) -> FetchedLayer:
    """The layer with the chosen changes made; what other sources said stays, but of models that are gone."""
    models = {name: table for name, table in before.models.items() if name in catalogue.models}
    for name, changes in chosen.items():
        table = _unless_outdated(models.get(name, {}), catalogue, name)
        models[name] = with_changes(table, catalogue.models[name], changes, now)
    kept = {name: record.after(before.sources.get(name)) for name, record in records.items()}
    return FetchedLayer(now, {**before.sources, **kept}, models)


def _unless_outdated(table: Mapping[str, Any], catalogue: Catalogue, name: str) -> Mapping[str, Any]:
    """A table that was fetched before, unless a newer catalogue came with later facts."""
    checked = catalogue.models[name].checked
    return {} if checked and table.get("checked") and table["checked"] < checked else table
