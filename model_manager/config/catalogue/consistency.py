"""The mistakes that show only when all layers are together: what is missing, what clashes, what does not exist."""

from collections.abc import Iterator, Mapping

from model_manager.config.catalogue.layers import Data
from model_manager.config.catalogue.positions import Path, shown
from model_manager.config.catalogue.schema import Mistake
from model_manager.core.routing.auto import THRESHOLDS, TIERS
from model_manager.core.routing.grammar import AUTO, parse_route
from model_manager.core.suggestions import did_you_mean


def inconsistencies(data: Data) -> Iterator[Mistake]:
    """Mistakes of the merged tables: what is missing, what clashes, what does not exist."""
    yield from _incomplete_providers(data.get("providers", {}))
    yield from _inconsistent_models(data)
    yield from _clashes(data)
    yield from _unknown_routes(data)


def _incomplete_providers(providers: Mapping[str, Data]) -> Iterator[Mistake]:
    for name, table in providers.items():
        if "wire" not in table and (other := _other_names(providers).get(name.casefold(), name)) != name:
            hint = f"to change that provider, write [{shown(('providers', other))}]"
            yield Mistake(("providers", name), f"{name} is another name of {other}", hint)
            continue
        if "wire" not in table:
            yield Mistake(("providers", name, "wire"), "is missing")
        if "base_url" not in table and "name" not in table.get("base_url_env", {}):
            yield Mistake(("providers", name, "base_url"), "is missing")


def _other_names(providers: Mapping[str, Data]) -> dict[str, str]:
    """The names for people and the aliases of providers, in lower case, to their ids; the first one has a name."""
    found: dict[str, str] = {}
    for provider, table in providers.items():
        for name in (table.get("name", provider), *table.get("aliases", ())):
            found.setdefault(name.casefold(), provider)
    return found


def use_provider_ids(data: Data) -> None:
    """Put the ids of providers in the place of their other names in the tables of models."""
    providers = data.get("providers", {})
    others: dict[str, str] | None = None
    for table in data.get("models", {}).values():
        if (said := table.get("provider")) is not None and said not in providers:
            others = _other_names(providers) if others is None else others
            table["provider"] = others.get(said.casefold(), said)


def _inconsistent_models(data: Data) -> Iterator[Mistake]:
    providers, models = data.get("providers", {}), data.get("models", {})
    aliases = {alias: name for name, table in models.items() for alias in table.get("aliases", ())}
    for name, table in models.items():
        path = ("models", name)
        provider = table.get("provider")
        if provider is None and name in aliases:
            hint = f"to change that model, write [{shown(('models', aliases[name]))}]"
            yield Mistake(path, f"{name} is an alias of {aliases[name]}", hint)
        elif provider is None:
            of_other = models.get(str(table.get("like")), {}).get("provider")
            way = f'like does not take it over: provider = "{of_other}"' if of_other else None
            yield Mistake((*path, "provider"), "is missing", way)
        elif provider not in providers:
            message = f"there is no provider {provider!r}"
            yield Mistake((*path, "provider"), message, did_you_mean(provider, providers))
        if both := set(table.get("capabilities", ())) & set(table.get("lacks", ())):
            message = f"{', '.join(sorted(both))} also in capabilities"
            yield Mistake((*path, "lacks"), message, also=((*path, "capabilities"),))
        if "price" in table and "cost_per_1k_tokens" in table:
            yield Mistake((*path, "cost_per_1k_tokens"), "cannot be combined with price")
        yield from _inconsistent_dates(path, table)
        yield from _inconsistent_price(path, table.get("price", {}))


def _inconsistent_dates(path: tuple[str, ...], table: Data) -> Iterator[Mistake]:
    deprecated, retires = table.get("deprecated"), table.get("retires")
    if deprecated and retires and deprecated > retires:
        message = f"{deprecated} is after retires, {retires}"
        yield Mistake((*path, "deprecated"), message, also=((*path, "retires"),))


def _inconsistent_price(path: tuple[str, ...], price: Data) -> Iterator[Mistake]:
    if price and "input" not in price and "output" not in price:
        message = "is missing, and so is output: a price needs at least one"
        yield Mistake((*path, "price", "input"), message)
    bounds: set[int] = set()
    for index, tier in enumerate(price.get("tiers", ())):
        here = (*path, "price", "tiers", str(index))
        if "above" not in tier:
            yield Mistake((*here, "above"), "is missing: the number of tokens where the tier starts")
        elif tier["above"] in bounds:
            yield Mistake((*here, "above"), f"there is already a tier above {tier['above']}")
        bounds.add(tier.get("above", 0))
    for index, change in enumerate(price.get("changes", ())):
        if "from" not in change:
            yield Mistake((*path, "price", "changes", str(index), "from"), "is missing: the day of the change")
    if "peak" in price and "utc" not in price["peak"]:
        yield Mistake((*path, "price", "peak", "utc"), 'is missing: the hours, such as ["01:00-04:00"]')


def _clashes(data: Data) -> Iterator[Mistake]:
    """One name, two meanings."""
    models = data.get("models", {})
    owner = {name: name for name in models}
    for name, table in models.items():
        for alias in table.get("aliases", ()):
            if alias in owner:
                other = owner[alias]
                if "provider" not in models[other]:
                    continue  # a table called like an alias: said already
                what = "is already an id" if other == alias else f"is already an alias of {other}"
                also = (("models", other),) if other == alias else (("models", other, "aliases"),)
                yield Mistake(("models", name, "aliases"), f"{alias} {what}", also=also)
            owner.setdefault(alias, name)
    for task in data.get("tasks", {}):
        if task in owner:
            model = owner[task]
            also = (("models", model),) if model == task else (("models", model, "aliases"),)
            yield Mistake(("tasks", task), f"{task} is the name of a model and of a task", also=also)


def _unknown_routes(data: Data) -> Iterator[Mistake]:
    """Routes in the files themselves that name a model which is in none of them."""
    known = KnownModels(data)
    routes: list[tuple[Path, str]] = []
    if "default_model" in data:
        routes.append((("default_model",), data["default_model"]))
    for task, table in data.get("tasks", {}).items():
        routes += [(("tasks", task, "model"), table["model"])] if "model" in table else []
        routes += [
            (("tasks", task, "preferences", key), text) for key, text in table.get("preferences", {}).items()
        ]
        auto = table.get("auto", {})
        routes += [(("tasks", task, "auto", tier), auto[tier]) for tier in TIERS if tier in auto]
        yield from _inconsistent_auto(task, table)
    for scenario, table in data.get("scenarios", {}).items():
        for key in ("title", "model"):
            if key not in table:
                yield Mistake(("scenarios", scenario, key), "is missing")
        routes += [(("scenarios", scenario, "model"), table["model"])] if "model" in table else []
    for path, text in routes:
        for name in parse_route(text).names:
            if name != AUTO and not known.has(name):
                yield Mistake(path, f"there is no model {name!r}", did_you_mean(name, known.names))


def _inconsistent_auto(task: str, table: Data) -> Iterator[Mistake]:
    """A choice without models, or with thresholds that leave a tier no room."""
    if "auto" not in table:
        return
    path, auto = ("tasks", task, "auto"), table["auto"]
    if not any(tier in auto for tier in TIERS):
        yield Mistake(path, f"has no model; set at least one of {', '.join(TIERS)}")
    thresholds = {**THRESHOLDS, **auto.get("thresholds", {})}
    if thresholds["moderate"] > thresholds["complex"]:
        message = f"moderate ({thresholds['moderate']}) is above complex ({thresholds['complex']})"
        yield Mistake((*path, "thresholds"), message)


class KnownModels:
    """The names of the tables' models: ids, aliases, and `provider/model_id` with any name of the provider."""

    def __init__(self, data: Data) -> None:
        self.names = set[str]()
        for name, table in data.get("models", {}).items():
            wire_id = f"{table.get('provider')}/{table.get('model_id', name)}"
            self.names |= {name, *table.get("aliases", ()), wire_id}
        self._others = _other_names(data.get("providers", {}))

    def has(self, name: str) -> bool:
        """Whether a model is called so."""
        prefix, slash, rest = name.partition("/")
        other = self._others.get(prefix.casefold(), prefix)
        return name in self.names or f"{other}{slash}{rest}" in self.names
