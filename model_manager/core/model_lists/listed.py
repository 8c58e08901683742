"""A model as a provider's own list describes it. What the list does not say is None or empty."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from model_manager.core.pricing import Price


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A row of a provider's list, in the catalogue's units and words.

    Attributes:
        model_id: what the provider is asked for.
        aliases: further ids under which it answers.
        context_window: tokens; of a local server what it was started with.
        price: exact, per million tokens; None where the list has none, or a different one for each host.
        released, deprecated, retires: days in UTC.
        capabilities, lacks: words of `core.models.CAPABILITIES`; what is in neither was not said.
        is_chat: False: it embeds, speaks, draws or only chooses among others; None: the list does not say.
        says_end: whether `retires` is what the list says, even if that is None; else None means nothing.
        is_retired: whether the list itself calls it retired or inactive; a date in the past alone does not.
    """

    model_id: str
    aliases: tuple[str, ...] = ()
    name: str | None = None
    context_window: int | None = None
    max_output: int | None = None
    knowledge_cutoff: date | str | None = None
    price: Price | None = None
    released: date | None = None
    deprecated: date | None = None
    retires: date | None = None
    says_end: bool = False
    replacement: str | None = None
    capabilities: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    is_chat: bool | None = None
    is_retired: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every id under which it is listed."""
        return (self.model_id, *self.aliases)


class ListPage(NamedTuple):
    """The models of one answer, and the mark with which the next page is asked for.

    None: it was the last one. Empty: there is another one, but no mark of it.
    """

    models: tuple[ListedModel, ...]
    next_page: str | None = None
