"""TOML to `Catalogue`: refuses the files with every problem at once, and builds what they say."""

from collections.abc import Sequence

from model_manager.config.catalogue.builder import build, owned
from model_manager.config.catalogue.consistency import inconsistencies
from model_manager.config.catalogue.files import LayerFile
from model_manager.config.catalogue.layers import LayerData, effective, located, merge, read_layer
from model_manager.config.catalogue.schema import Mistake
from model_manager.core.models import Catalogue
from model_manager.errors import CatalogueError, Problem


def read_catalogue(files: Sequence[LayerFile]) -> Catalogue:
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


def _new_mistakes(data: dict[str, object], layers: Sequence[LayerData]) -> list[Mistake]:
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
