"""TOML to `Catalogue`: finds the layers, refuses them with every problem at once, and builds what they say."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from model_manager.config.build import build, owned
from model_manager.config.consistency import inconsistencies
from model_manager.config.directories import user_directory
from model_manager.config.layers import (
    EMBEDDED,
    FILE_NAME,
    Data,
    LayerData,
    LayerFile,
    effective,
    located,
    merge,
    read_layer,
)
from model_manager.config.schema import Mistake
from model_manager.core.models import Catalogue, Layer
from model_manager.errors import CatalogueError, Problem


def find_layers(directory: Path, environ: Mapping[str, str], models_file: Path | None = None) -> list[LayerFile]:
    """The files that make up the catalogue, the weakest first.

    `models_file` stands for the user's and the project's files together. What it says is trusted like a project's:
    naming a file is not a promise that its hosts may have the user's keys.
    """
    layers = [LayerFile("embedded", EMBEDDED, "the embedded catalogue")]
    if models_file is not None:
        path = directory / models_file
        return [*layers, LayerFile("project", path, str(models_file))]
    own = user_directory(environ) / FILE_NAME
    candidates: list[tuple[Layer, Path]] = [("user", own), ("project", directory / FILE_NAME)]
    for layer, path in candidates:
        if _is_there(path) and not any(path.samefile(file.path) for file in layers):
            layers.append(LayerFile(layer, path, str(path) if layer == "user" else _shown(path, directory)))
    return layers


def _is_there(path: Path) -> bool:
    """Whether a file is there; in a directory that may not be searched nobody can tell.

    Raises:
        CatalogueError: so that it is not silently left out.
    """
    try:
        return path.exists()
    except PermissionError as error:
        problem = Problem(str(path), "", f"cannot be looked for: {error.strerror}")
        raise CatalogueError(_summary([problem]), problems=[problem]) from None


def _shown(path: Path, directory: Path) -> str:
    return path.name if directory in (Path(), Path.cwd()) else str(path)


def load_catalogue(files: Sequence[LayerFile]) -> Catalogue:
    """Read, check, merge and build.

    Raises:
        CatalogueError: with every problem of every file.
    """
    read = [read_layer(file) for file in files]
    layers = effective(read)
    problems = [problem for layer in layers for problem in layer.problems]
    if all(layer.parsed for layer in layers):
        data = merge(layers)
        problems += [located(layers, mistake) for mistake in _new_mistakes(data, layers)]
        if not problems:
            return build(data, layers, owned(read))
    raise CatalogueError(_summary(problems), problems=problems)


def _new_mistakes(data: Data, layers: Sequence[LayerData]) -> list[Mistake]:
    """Mistakes of the whole that do not follow from a key that is wrong by itself."""
    mistaken = [path for layer in layers for path in layer.mistaken]
    return [
        mistake
        for mistake in inconsistencies(data)
        if not any(mistake.path[: len(path)] == path for path in mistaken)
    ]


def _summary(problems: Sequence[Problem]) -> str:
    files = ", ".join(dict.fromkeys(problem.file or "" for problem in problems))
    return f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in {files}"


def embedded_catalogue() -> Catalogue:
    """The catalogue as it is shipped, whatever the user has."""
    return load_catalogue([LayerFile("embedded", EMBEDDED, "the embedded catalogue")])
