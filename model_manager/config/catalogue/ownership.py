"""Which URLs and key variables of a provider are the user's and the embedded catalogue's; a project adds none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from model_manager.config.catalogue.layers import LayerData
from model_manager.config.catalogue.schema import Mistake
from model_manager.core.models import Layer
from model_manager.errors import Problem


@dataclass(frozen=True, slots=True)
class Own:
    """The URLs that a provider's keys may be sent to and their variables; a project's file cannot add any."""

    base_urls: tuple[str, ...] = ()
    users_base_urls: tuple[str, ...] = ()
    key_variables: tuple[str, ...] = ()


def owned(layers: Sequence[LayerData]) -> Mapping[str, Own]:
    """Each provider's URLs and key variables in the embedded and the user's catalogue, whatever `extends` is.

    A host of the embedded catalogue is the provider's alone, with all its paths; a user's may have other tenants.
    What has its URL by `like` has those of the other one, and never the variables of its key.
    """
    found: dict[str, Own] = {}
    for layer in layers:
        if layer.file.layer == "project":
            continue
        for name, table in layer.data.get("providers", {}).items():
            known, urls = found.get(name, Own()), [table["base_url"]] if "base_url" in table else []
            users = urls if layer.file.layer == "user" else []
            if layer.file.layer == "embedded":
                urls = [urlsplit(url)._replace(path="").geturl() for url in urls]
            found[name] = Own(
                (*known.base_urls, *urls),
                (*known.users_base_urls, *users),
                (*known.key_variables, *table.get("api_key_env", ())),
            )
    # A project's account counts as the provider's, but not where the user has a provider of this name.
    likes = {name: target for name, target in _likes(layers, "project").items() if name not in found}
    likes |= _likes(layers, "embedded", "user")
    return found | {name: _with_urls_of(name, likes, found) for name in likes}


def _likes(layers: Iterable[LayerData], *kinds: Layer) -> dict[str, str]:
    """The `like` of each provider that has one in layers of some kinds."""
    chosen = (layer for layer in layers if layer.file.layer in kinds)
    tables = (item for layer in chosen for item in layer.data.get("providers", {}).items())
    return {name: table["like"] for name, table in tables if "like" in table}


def _with_urls_of(name: str, likes: Mapping[str, str], found: Mapping[str, Own]) -> Own:
    """A provider's own, with the URLs of the nearest one that it is like which has any."""
    own = found.get(name, Own())
    at, seen = name, {name}
    while not found.get(at, Own()).base_urls and at in likes and likes[at] not in seen:
        at = likes[at]
        seen.add(at)
    other = found.get(at, Own())
    return Own(other.base_urls, other.users_base_urls, own.key_variables)


def foreign_keys(layer: LayerData, own: Mapping[str, Own]) -> Iterator[Problem]:
    """Variables that a project's file names for a provider though they hold another one's key."""
    if layer.file.layer != "project":
        return
    for name, table in layer.data.get("providers", {}).items():
        for variable in table.get("api_key_env", ()):
            owners = [provider for provider, known in own.items() if variable in known.key_variables]
            if owners and name not in owners:
                message = f"a project's file may not name {variable} here: it holds the key of {owners[0]}"
                hint = "use a variable of its own, or set it in your own models.toml"
                yield layer.problem(Mistake(("providers", name, "api_key_env"), message, hint))
