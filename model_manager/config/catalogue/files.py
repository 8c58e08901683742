"""The files that make up the catalogue, and where they are looked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from model_manager.config.directories import fetched_file, user_directory
from model_manager.config.search import MODELS_FILE
from model_manager.core.models import Layer
from model_manager.errors import CatalogueError, Problem

EMBEDDED = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A file that takes part; `shown` is its name for people. Of some only the budgets count."""

    layer: Layer
    path: Path
    shown: str
    for_budgets: bool = False


EMBEDDED_LAYER = LayerFile("embedded", EMBEDDED, "the embedded catalogue")


def find_layers(
    directory: Path,
    environ: Mapping[str, str],
    models_file: Path | None = None,
    *,
    layer: Layer = "user",
    project_file: str | None = MODELS_FILE,
) -> list[LayerFile]:
    """The files that make up the catalogue, the weakest first.

    `models_file` stands for the user's and the project's files together; its `layer` says how far it is trusted:
    the user's if the user named it, the project's if a file of the project did; then the user's budgets count all
    the same. `project_file` is the project's own, as found from the directory.
    """
    base = [EMBEDDED_LAYER, *_fetched(environ)]
    if models_file is not None:
        named = LayerFile(layer, directory / models_file, str(models_file))
        users = user_directory(environ) / MODELS_FILE
        if layer == "user" or not _is_there(users):
            return [*base, named]
        return [*base, LayerFile("user", users, str(users), for_budgets=True), named]
    layers = base
    for name, path in _candidates(directory, environ, project_file):
        if _is_there(path) and not any(path.samefile(file.path) for file in layers):
            shown = _shown(project_file or MODELS_FILE, directory)
            layers.append(LayerFile(name, path, str(path) if name == "user" else shown))
    return layers


def _fetched(environ: Mapping[str, str]) -> list[LayerFile]:
    path = fetched_file(environ)
    return [LayerFile("fetched", path, str(path))] if _is_there(path) else []


def _candidates(
    directory: Path, environ: Mapping[str, str], project_file: str | None
) -> Iterator[tuple[Layer, Path]]:
    yield "user", user_directory(environ) / MODELS_FILE
    if project_file is not None:
        yield "project", directory / project_file


def _is_there(path: Path) -> bool:
    """Whether a file is there.

    Raises:
        CatalogueError: its directory may not be searched; the file is not silently left out.
    """
    try:
        return path.exists()
    except PermissionError as error:
        problem = Problem(str(path), "", f"cannot be searched: {error.strerror}")
        raise CatalogueError(f"1 problem in {path}", problems=[problem]) from None


def _shown(name: str, directory: Path) -> str:
    return name if _is_current(directory) else str(directory / name)


def _is_current(directory: Path) -> bool:
    try:
        return directory in (Path(), Path.cwd())
    except FileNotFoundError:  # the current one was deleted
        return directory == Path()
