"""Which rows of a source are about which models of the catalogue: exact names, never beginnings."""

from collections.abc import Iterable, Iterator, Mapping

from model_manager.config.catalogue.update.rows import SourceRow
from model_manager.core.models import Catalogue, Model, Provider
from model_manager.core.pricing import Price

#: Names of providers in price tables that are no names of theirs elsewhere.
_NAMES = {
    "amazon-bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "cohere_chat": "cohere",
    "fireworks-ai": "fireworks",
    "llama": "meta",
    "meta_llama": "meta",
    "togetherai": "together",
    "x-ai": "xai",
    "z-ai": "zai",
}
#: Names of which it changes what they mean, so that tables disagree for weeks.
_MOVING = "latest"
#: Our bound of a tier and a source's are the same one if they differ by this much: above and from, that is.
_SAME_BOUND = 1


class ModelIndex:
    """Finds the catalogue's model of a source's row."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._providers: dict[str, Provider | None] = {}
        self._models: dict[tuple[str, str], Model] = {}
        for model in catalogue.models.values():
            for alias in model.aliases:
                if not alias.endswith(_MOVING):
                    self._models.setdefault((model.provider, alias), model)
        for model in catalogue.models.values():
            self._models[model.provider, model.model_id] = model

    def provider(self, name: str) -> Provider | None:
        """The provider that a source calls so, if it is one that sends bills."""
        if name not in self._providers:
            found = self._catalogue.find_provider(_NAMES.get(name, name))
            self._providers[name] = found if found and found.key == "required" else None
        return self._providers[name]

    def model(self, row: SourceRow) -> Model | None:
        """The model that a row is about, or None."""
        provider = self.provider(row.provider)
        return self._models.get((provider.id, row.model_id)) if provider else None

    def matched(self, rows: Iterable[SourceRow]) -> Iterator[tuple[Model, SourceRow]]:
        """The rows about our models: for each the one under its own id there, else the first under an alias."""
        found: dict[str, tuple[Model, SourceRow]] = {}
        for row in rows:
            if model := self.model(row):
                is_own = row.model_id == model.model_id
                if is_own or model.id not in found:
                    found[model.id] = (model, row)
        yield from found.values()


def at_our_bounds(facts: Mapping[str, object], price: Price | None) -> dict[str, object]:
    """The facts with the bounds of tiers as the catalogue has them, where a source's is one off."""
    bounds = [tier.above for tier in price.tiers] if price else []
    renamed: dict[str, object] = {}
    for name, value in facts.items():
        path = name.split(".")
        if path[:2] == ["price", "tiers"]:
            said = int(path[2])
            path[2] = str(next((bound for bound in bounds if abs(bound - said) <= _SAME_BOUND), said))
        renamed[".".join(path)] = value
    return renamed
