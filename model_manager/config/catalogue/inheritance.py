"""Resolves `like`: a provider or model that is another one but for what its own table says.

It looks at the merged tables: whichever layer a table's parts come from, its `like` means what the other table has
become.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from model_manager.config.catalogue.layers import Data, LayerData, merge_model, merge_table, places
from model_manager.config.catalogue.options import EXTRAS, extras_place
from model_manager.config.catalogue.schema import Mistake
from model_manager.core.base_urls import variable_stem
from model_manager.core.models import BY_LIKE, Place
from model_manager.core.suggestions import did_you_mean

#: What an account of a provider shares with it: never the variables of its key and its base URL.
_OF_PROVIDER = ("wire", "base_url", "auth", "key", "parameters", "pricing_url", "docs_url", "status_url")
#: What a model does not share with the one that it is like.
_OWN_OF_MODEL = {"provider", "model_id", "aliases", "recommended", "like", "unset"}
#: What it does not share either where another provider serves it.
_LIFECYCLE = {"status", "deprecated", "retires", "replacement"}

_PROJECT = "project"
#: One object for all places that nobody names: a remembered catalogue has it once, and not once a model.
_EMBEDDED = Place()
#: The longest way from a table to one without a `like`.
_MOST_STEPS = 10


@dataclass(frozen=True, slots=True)
class Lineage:
    """What the `like` of the tables came to.

    Attributes:
        mistakes: what is wrong with them.
        broken: the tables, as (kind, name), that lack what they would have inherited.
        targets: table to the name of the one that it is like.
        own_keys: table to the keys that it has by itself.
    """

    mistakes: list[Mistake] = field(default_factory=list)
    broken: set[tuple[str, ...]] = field(default_factory=set)
    targets: dict[tuple[str, str], str] = field(default_factory=dict)
    own_keys: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def places_of_provider(self, layers: Sequence[LayerData], name: str) -> dict[str, Place]:
        """Where the fields of a provider were said, inherited ones too, and a project's `like` for the URL."""
        found: dict[str, Place] = {}
        for at in reversed(self.chain("providers", name)):
            own = dict(places(layers, "providers", at))
            said = self.own_keys.get(("providers", at), frozenset(_OF_PROVIDER))
            like = own.get("like", Place())
            inherited = {key: found[key] for key in _OF_PROVIDER if key in found and key not in said}
            if "base_url" not in said:
                inherited |= {BY_LIKE: like} if like.layer == _PROJECT else _only(found, BY_LIKE)
            found = own | inherited
        return found | {"parameters.headers": self.headers_place(layers, "providers", name)}

    def chain(self, kind: str, name: str) -> list[str]:
        """A table's name, that of the one it is like, and so on."""
        chain = [name]
        while target := self.targets.get((kind, chain[-1])):
            chain.append(target)
        return chain

    def users_headers(self, layers: Sequence[LayerData], kind: str, name: str) -> bool:
        """Whether headers and what else is sent as it is, inherited ones included, are the user's."""
        users = [layer for layer in layers if layer.file.layer == "user"]
        keys = [("parameters", "headers"), *(("options", extra) for extra in EXTRAS)]
        paths = [(kind, at, *key) for at in self.chain(kind, name) for key in keys]
        return any(layer.says(path) for layer in users for path in paths)

    def headers_place(self, layers: Sequence[LayerData], kind: str, name: str) -> Place:
        """Where the headers of a provider or model were said, a project's before others: they are added up."""
        found = [_own_headers_place(layers, kind, at) for at in self.chain(kind, name)]
        of_project = (place for place in found if place.layer == _PROJECT)
        return next(of_project, None) or next((place for place in found if place != _EMBEDDED), _EMBEDDED)


def _own_headers_place(layers: Sequence[LayerData], kind: str, name: str) -> Place:
    stated = dict(places(layers, kind, name, "parameters")).get("headers", Place())
    extras = extras_place(layers, kind, name)
    return extras if extras.layer == _PROJECT else stated


def _only(found: Mapping[str, Place], key: str) -> dict[str, Place]:
    return {key: found[key]} if key in found else {}


def inherit(data: Data, layers: Sequence[LayerData]) -> Lineage:
    """Add to every table of merged ones what it inherits by its `like`."""
    lineage = Lineage()
    for kind in ("providers", "models"):
        tables = data.get(kind, {})
        names = _names_of(kind, tables)
        for name in tables:
            for one in _resolve_chain(kind, name, tables, names, lineage):
                target = lineage.targets[kind, one]
                inherited = _inherited(kind, tables[one], tables[target], lineage)
                if _would_carry_headers(layers, kind, one, lineage):
                    _drop_headers(inherited)
                if kind == "models":
                    merge_model(inherited, tables[one])
                else:
                    lineage.mistakes.extend(_missing_key(one, tables[one], tables[target]))
                    merge_table(inherited, tables[one])
                tables[one].update(inherited)
    return lineage


def _inherited(kind: str, table: Data, target: Data, lineage: Lineage) -> Data:
    """A copy of what a table takes over. To a model, all accounts of a provider are the same one."""
    if kind == "providers":
        keys = set(_OF_PROVIDER)
        if table.get("api_key_env") and target.get("key") == "none":
            keys.remove("key")
        if "base_url" in table:
            keys.remove("status_url")  # it is another server that may be down
    else:
        makers = {lineage.chain("providers", one.get("provider", ""))[-1] for one in (table, target)}
        is_elsewhere = len(makers) > 1
        keys = set(target) - _OWN_OF_MODEL - (_LIFECYCLE if is_elsewhere else set())
    return deepcopy({key: value for key, value in target.items() if key in keys})


def _would_carry_headers(layers: Sequence[LayerData], kind: str, name: str, lineage: Lineage) -> bool:
    """Whether a project's `like` would take the user's headers, which may hold a key, to where it wants them."""
    place = dict(places(layers, kind, name)).get("like", Place())
    target = lineage.targets[kind, name]
    return place.layer == _PROJECT and lineage.users_headers(layers, kind, target)


def _drop_headers(inherited: Data) -> None:
    inherited.get("parameters", {}).pop("headers", None)
    for extra in EXTRAS:
        inherited.get("options", {}).pop(extra, None)


def _names_of(kind: str, tables: Mapping[str, Data]) -> dict[str, str]:
    """What a `like` may say to the id that it means: ids, and aliases where no id is called so."""
    aliases = {alias: name for name, table in tables.items() for alias in table.get("aliases", ())}
    return {**(aliases if kind == "models" else {}), **{name: name for name in tables}}


def _resolve_chain(
    kind: str, name: str, tables: Mapping[str, Data], names: Mapping[str, str], lineage: Lineage
) -> list[str]:
    """The tables to complete so that a table is complete, in this order. A chain may be long: no recursion."""
    chain: list[str] = []
    at = name
    while "like" in tables[at] and (kind, at) not in lineage.targets and (kind, at) not in lineage.broken:
        chain.append(at)
        said = tables[at]["like"]
        target = names.get(said)
        is_wrong = target is None or target in chain
        if is_wrong or len(chain) > _MOST_STEPS:
            lineage.mistakes.append(_wrong_target(kind, chain, said, names) if is_wrong else _too_long(kind, name))
            lineage.broken.update((kind, one) for one in chain)
            return []
        at = names[said]
    if chain and len(chain) + len(lineage.chain(kind, at)) > _MOST_STEPS + 1:
        lineage.mistakes.append(_too_long(kind, name))
        lineage.broken.add((kind, name))
    if chain and lineage.broken & {(kind, at), (kind, name)}:
        lineage.broken.update((kind, one) for one in chain)
        return []
    for one in chain:
        lineage.own_keys[kind, one] = frozenset(tables[one])
        lineage.targets[kind, one] = names[tables[one]["like"]]
    return chain[::-1]


def _too_long(kind: str, name: str) -> Mistake:
    return Mistake((kind, name, "like"), f"goes through more than {_MOST_STEPS} others")


def _wrong_target(kind: str, chain: Sequence[str], said: str, names: Mapping[str, str]) -> Mistake:
    path = (kind, chain[-1], "like")
    if said not in names:
        return Mistake(path, f"there is no {kind.removesuffix('s')} {said!r}", did_you_mean(said, names))
    circle = [*chain[chain.index(names[said]) :], names[said]]
    return Mistake(path, f"goes in a circle: {' → '.join(circle)}")


def _missing_key(name: str, table: Data, target: Data) -> Iterator[Mistake]:
    """Where a key is needed, the account has to name the variable of its own."""
    policy = target.get("key", "required" if target.get("api_key_env") else "none")
    if policy == "required" and not table.keys() & {"key", "api_key_env"}:
        hint = f'name this account\'s own, for example api_key_env = ["{variable_stem(name)}_API_KEY"]'
        yield Mistake(("providers", name, "api_key_env"), "is missing: like does not inherit a key", hint)
