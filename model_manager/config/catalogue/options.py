"""Defaults of the options of calls in the catalogue's files."""

from collections.abc import Mapping, Sequence
from typing import Any

from model_manager.config.catalogue.layers import Data, LayerData, places
from model_manager.config.catalogue.validators import plain_value
from model_manager.core.chat.call_options import read_options
from model_manager.core.models import Place

#: The options that are sent as they are.
EXTRAS = ("extra_headers", "extra_body")


def options_of(table: Data) -> Mapping[str, Any]:
    """The options of a model's or a task's table, in our form."""
    return read_options(plain_value(table["options"])) if "options" in table else {}


def extras_place(layers: Sequence[LayerData], kind: str, name: str) -> Place:
    """Where those options of a model or a task were said that are sent as they are; a project's come first."""
    found = [place for key, place in places(layers, kind, name, "options") if key in EXTRAS]
    return next((place for place in found if place.layer == "project"), found[-1] if found else Place())
