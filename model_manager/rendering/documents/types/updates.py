"""Types of what `update` compares and writes."""

from collections.abc import Sequence
from typing import Annotated, Literal

from model_manager.rendering.documents.types.base import JsonObject, Number, RootDocument, SchemaHint

#: A fact of a model; null: there is none.
FactValue = Annotated[
    Number | int | str | bool | None,
    SchemaHint(description="A number, a day (RFC 3339), a text or true; null: there is none."),
]


class UpdateSourceObject(JsonObject):
    """A source that was asked."""

    name: str
    """Its name: of the table, or of the provider whose own list it is."""
    url: str | None
    """Where the copy came from: an address, or a file; null: there is none."""
    fetched: str | None
    """When (RFC 3339, UTC)."""
    sha256: str | None
    """The digest of the copy."""
    models: int | None
    """How many models it has, the catalogue's or not."""
    error: str | None
    """Why it was not used; null: it was."""


class FactChangeObject(JsonObject):
    """A fact of a model that differs from the catalogue's."""

    model: str
    """The model's id in the catalogue."""
    field: str
    """The fact, dotted: `price.input`, `price.tiers.272000.output`, `capabilities.vision`."""
    old: FactValue
    """The catalogue's."""
    new: FactValue
    """The sources'."""
    sources: Sequence[str]
    """The sources that say so."""
    certainty: Literal["host", "agreed", "single", "disputed"]
    """Whether the provider itself, two families of tables or one source say so, or others say otherwise."""
    held: str | None
    """Why it is not written unless the model is named; null: nothing speaks against it."""
    chosen: bool
    """Whether it is written, or would be."""


class NewModelObject(JsonObject):
    """A model that the catalogue does not have. None is added."""

    provider: str
    """Its provider's id."""
    model_id: str
    """Its id at the provider."""
    sources: Sequence[str]
    """The sources that have it."""


class UpdateDocument(RootDocument):
    """The document of `model-manager update --json`."""

    sources: Sequence[UpdateSourceObject]
    """Every source that was asked."""
    changes: Sequence[FactChangeObject]
    """Every difference, in the catalogue's order."""
    new_models: Sequence[NewModelObject]
    """Models of providers whose key is set that the catalogue does not have."""
    warnings: Sequence[str]
    """Unusual things, in sentences."""
    file: str
    """The generated layer."""
    written: bool
    """Whether facts in it were changed."""
