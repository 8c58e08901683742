"""The key of a provider: which variable holds it, where that stands, and which other keys it overrides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model_manager.core.assignments import Binding, Source, source_of
from model_manager.core.models import Provider
from model_manager.core.phrases import listed

Places = Sequence[Mapping[str, Binding]]


@dataclass(frozen=True, slots=True)
class Key:
    """Whether a provider's key is there: the variables that may hold it, and the first that does.

    Attributes:
        overridden: where other keys of the provider stand: changing them would change nothing.
    """

    names: tuple[str, ...]
    variable: str | None = None
    binding: Binding | None = None
    overridden: tuple[Source, ...] = ()

    @property
    def shown(self) -> str | None:
        """The variable that is used, or the one to set."""
        return self.variable or (self.names[0] if self.names else None)

    @property
    def place(self) -> str | None:
        """The variable and its place, for messages."""
        return source_of(self.variable, self.binding).text if self.variable and self.binding else None

    @property
    def source(self) -> str | None:
        """The same, with the places that it overrides."""
        others = listed([source.text for source in self.overridden])
        return f"{self.place}, which overrides {others}" if self.place and others else self.place


def find_key(places: Places, provider: Provider) -> Key:
    """The first of a provider's variables that is set, in the strongest place; `places` begin with that."""
    names = provider.api_key_env
    if provider.key == "none":
        return Key(names)
    bindings = ((name, place.get(name)) for name in names for place in places)
    found = [(name, binding) for name, binding in bindings if binding and binding.value.strip()]
    if not found:
        return Key(names)
    (variable, used), *weaker = found
    overridden = (
        source_of(name, binding) for name, binding in weaker if binding.value.strip() != used.value.strip()
    )
    return Key(names, variable, used, tuple(overridden))
