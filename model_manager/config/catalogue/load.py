"""Loads a catalogue: from the cache, or by the parser, which is imported only if a file has changed."""

from collections.abc import Mapping, Sequence

from model_manager.config.catalogue.cache import CatalogueCache
from model_manager.config.catalogue.files import EMBEDDED_LAYER, LayerFile
from model_manager.core.models import Catalogue
from model_manager.errors import CatalogueError


def load_catalogue(files: Sequence[LayerFile], environ: Mapping[str, str] | None = None) -> Catalogue:
    """The catalogue of some files; with an environment, from the cache that it names if they are unchanged.

    Raises:
        CatalogueError: with every problem of every file.
    """
    cache = CatalogueCache(files, environ) if environ is not None else None
    if cache and (known := cache.recall()):
        return known
    from model_manager.config.catalogue.builder import read_catalogue

    catalogue = read_catalogue(files)
    if cache:
        cache.keep(catalogue)
    return catalogue


def readable_catalogue(files: Sequence[LayerFile], environ: Mapping[str, str] | None = None) -> Catalogue:
    """The catalogue of the files that can be read: invalid ones are left out, the strongest first."""
    remaining = list(files)
    while len(remaining) > 1:
        try:
            return load_catalogue(remaining, environ)
        except CatalogueError:
            remaining.pop()
    return load_catalogue([EMBEDDED_LAYER], environ)


def embedded_catalogue() -> Catalogue:
    """The catalogue as it is shipped, whatever the user has."""
    return load_catalogue([EMBEDDED_LAYER])
