"""The words that complete a command line: models, tasks and providers of a directory, and what they mean."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from model_manager.config.catalogue.files import EMBEDDED, LayerFile, find_layers
from model_manager.config.catalogue.load import readable_catalogue
from model_manager.config.directories import fetched_file, user_directory
from model_manager.config.search import MODELS_FILE
from model_manager.core.models import Catalogue, Model
from model_manager.core.pricing import plain_text
from model_manager.core.routing.grammar import NAME
from model_manager.errors import CatalogueError

#: Words, each with its meaning.
Words = list[tuple[str, str]]


def common_files() -> list[str]:
    """The files on which the words of every directory depend, whether or not they are there."""
    users = user_directory(os.environ) / MODELS_FILE
    return [os.fspath(EMBEDDED), os.fspath(fetched_file(os.environ)), os.fspath(users)]


def read_words(
    directory: str | None, models_file: str, project_file: str | None = MODELS_FILE
) -> tuple[Words, Words, Words]:
    """Models and their aliases without the retired ones, tasks, and providers; files that are wrong are left out.

    Args:
        directory: where a models.toml counts; None: only the files that count everywhere.
        models_file: the catalogue that stands for these, or "".
        project_file: the project's models.toml as found from the directory, or None.
    """
    catalogue = readable_catalogue(_layers(directory, models_file, project_file), os.environ)
    now = datetime.now(UTC)
    models = [model for model in catalogue.models.values() if model.status(now.date()) != "retired"]
    named = [(model.id, f"{model.name}, {_price(model, now)}") for model in models]
    named += [(alias, f"{model.id}, {_price(model, now)}") for model in models for alias in model.aliases]
    providers = [(provider.id, provider.name) for provider in catalogue.providers.values()]
    return _clean(named), _clean(_tasks(catalogue)), _clean(providers)


def _layers(directory: str | None, models_file: str, project_file: str | None) -> list[LayerFile]:
    named = Path(models_file) if models_file else None
    try:
        return find_layers(
            Path(directory or ""), os.environ, named, project_file=project_file if directory else None
        )
    except CatalogueError:
        return []


def _tasks(catalogue: Catalogue) -> Words:
    return [
        (task.name, f"{task.purpose or 'Task'}, {task.model or catalogue.default_model or 'no model'}")
        for task in catalogue.tasks.values()
    ]


def _price(model: Model, now: datetime) -> str:
    """Input and output in US dollars per million tokens."""
    rates = model.price.on(now) if model.price else None
    values = (rates.input, rates.output) if rates else (None, None)
    return "/".join("?" if value is None else f"${plain_text(value)}" for value in values)


def _clean(words: Iterable[tuple[str, str]]) -> Words:
    """Only what looks like a name, with a meaning in one line that no terminal acts on."""
    return [
        (word, "".join(char if char.isprintable() else " " for char in meaning))
        for word, meaning in words
        if NAME.fullmatch(word)
    ]
