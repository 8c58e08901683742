"""The JSON contract: the types of the documents, and whether real output has exactly their fields and types."""

import importlib
import inspect
import json
import pkgutil
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import TypeAdapter

import model_manager.rendering.documents.types as package
import model_manager.server.schemas.description  # noqa: F401 - makes pydantic refuse fields that a type does not have


@cache
def contract() -> dict[str, type]:
    """Every type of the contract by its name."""
    modules = [
        importlib.import_module(f"{package.__name__}.{one.name}") for one in pkgutil.iter_modules(package.__path__)
    ]
    return {
        name: found
        for module in modules
        for name, found in inspect.getmembers(module, inspect.isclass)
        if found.__module__ == module.__name__ and hasattr(found, "__required_keys__") and not name.startswith("_")
    }


def keys_of(name: str) -> set[str]:
    """The fields of a type."""
    return set(contract()[name].__annotations__)


def optional_keys_of(name: str) -> set[str]:
    """The fields of a type that may be left out."""
    return set(contract()[name].__optional_keys__)


def conforming(text: str | bytes, name: str) -> Any:
    """A document, its numbers as decimals, if it has all fields of a type, no others, and values of their types.

    Raises:
        pydantic.ValidationError: it has not.
    """
    TypeAdapter(contract()[name]).validate_json(text, strict=True)
    return json.loads(text, parse_float=Decimal)
