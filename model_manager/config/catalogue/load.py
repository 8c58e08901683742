"""Loads a catalogue: from the cache, or by the parser, which is imported only if a file has changed."""

from collections.abc import Callable, Mapping, Sequence

from model_manager.config.catalogue.cache import CatalogueCache
from model_manager.config.catalogue.files import EMBEDDED_LAYER, LayerFile
from model_manager.core.models import Catalogue
from model_manager.core.redaction import Redactor, header_secrets, is_secret_name
from model_manager.errors import CatalogueError


def load_catalogue(
    files: Sequence[LayerFile],
    environ: Mapping[str, str] | None = None,
    redactor_of: Callable[[Catalogue], Redactor] | None = None,
) -> Catalogue:
    """The catalogue of some files.

    Args:
        files: the weakest first.
        environ: names the cache, which is used if the files are unchanged; None: there is none.
        redactor_of: knows the keys that may stand in a catalogue; without it, those of the environment are known.
            A catalogue that holds one is not kept: keys stay in the files in which the user has put them.

    Raises:
        CatalogueError: with every problem of every file.
    """
    cache = CatalogueCache(files, environ) if environ is not None else None
    if cache and (known := cache.recall()):
        return known
    from model_manager.config.catalogue.builder import read_catalogue

    catalogue = read_catalogue(files)
    if cache and environ is not None:
        redact = redactor_of(catalogue) if redactor_of else _redactor_of(catalogue, environ)
        said = repr(catalogue)
        if redact(said) == said:
            cache.keep(catalogue)
    return catalogue


def _redactor_of(catalogue: Catalogue, environ: Mapping[str, str]) -> Redactor:
    named = (value for name, value in environ.items() if is_secret_name(name))
    return Redactor((*named, *header_secrets(catalogue)), shapes=True)


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
