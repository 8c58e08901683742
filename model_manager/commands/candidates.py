"""The words that complete a command line: models, tasks and providers of a directory, and what they mean."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from model_manager.config.catalogue.files import EMBEDDED, FILE_NAME, LayerFile, find_layers
from model_manager.config.catalogue.load import readable_catalogue
from model_manager.config.directories import user_directory
from model_manager.core.models import Catalogue, Model
from model_manager.core.pricing import plain_text
from model_manager.core.routing.grammar import NAME
from model_manager.errors import CatalogueError

Words = list[tuple[str, str]]


class Project:
    """A directory whose words are wanted.

    Args:
        directory: where the shell is.
        options: what stands on the command line of `-C`, `--models-file` and `--env-file`, by these names.
    """

    def __init__(self, directory: str, options: Mapping[str, Sequence[str]]) -> None:
        self.directory = Path(directory, *options.get("-C", ())[-1:])
        self.env_files = [Path(name) for name in options.get("--env-file", ())]
        named = options.get("--models-file", ())
        self.models_file = Path(named[-1]) if named else None

    def sources(self, *, own: bool) -> list[str]:
        """Every file on which the words depend, whether or not it is there; `own`: also those of the directory."""
        paths = [EMBEDDED, user_directory(os.environ) / FILE_NAME]
        names = (FILE_NAME, ".env", ".env.local", *([self.models_file] if self.models_file else ()))
        paths += [self.directory / name for name in names if own]
        return [os.fspath(path) for path in paths]

    def words(self) -> tuple[Words, Words, Words]:
        """Models and their aliases without the retired ones, tasks, and providers, each with its meaning."""
        catalogue = readable_catalogue(self._layers(), os.environ)
        now = datetime.now(UTC)
        models = [model for model in catalogue.models.values() if model.status(now.date()) != "retired"]
        named = [(model.id, f"{model.name}, {_price(model, now)}") for model in models]
        named += [(alias, f"{model.id}, {_price(model, now)}") for model in models for alias in model.aliases]
        providers = [(provider.id, provider.name) for provider in catalogue.providers.values()]
        return _clean(named), _clean(_tasks(catalogue)), _clean(providers)

    def _layers(self) -> list[LayerFile]:
        try:
            return find_layers(self.directory, os.environ, self.models_file)
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
