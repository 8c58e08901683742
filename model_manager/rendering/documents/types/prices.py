"""Types of prices."""

from collections.abc import Sequence
from typing import Annotated

from typing_extensions import TypedDict

from model_manager.rendering.documents.types.base import JsonObject, SchemaHint, Usd


class StatedRates(JsonObject, total=False):
    """US dollars per million tokens; the rates that are left out are those of the base price."""

    input: Usd
    """Input."""
    output: Usd
    """Output."""
    cache_read: Usd
    """Input that is read from a cache."""
    cache_write: Usd
    """Input that is written to a cache."""
    cache_write_1h: Usd
    """Input that is written to a cache that lives an hour."""
    cache_write_12h: Usd
    """Input that is written to a cache that lives twelve hours."""
    request: Usd
    """US dollars for each request, besides its tokens."""


class TierObject(StatedRates):
    """Rates of a request whose prompt is longer than a number of tokens."""

    above: int
    """The number of tokens."""
    inclusive: bool
    """Whether the tier covers a prompt of exactly this number as well."""


#: `from` is a keyword of Python, so this field cannot be written as an attribute.
_Start = TypedDict(
    "_Start", {"from": Annotated[str, SchemaHint(description="The day, or the moment (RFC 3339), of the change.")]}
)


class PriceChangeObject(StatedRates, _Start):
    """Rates from a day on, as announced."""


class PeakObject(StatedRates):
    """Rates at certain hours."""

    days: str
    """Days of the week: mon-fri, sat,sun, daily."""
    utc: Sequence[str]
    """Times of the day in UTC, such as 01:00-04:00."""


class PriceObject(JsonObject):
    """A model's price as of a day, in US dollars per million tokens; null: unknown."""

    input: Usd | None
    """Input."""
    output: Usd | None
    """Output."""
    cache_read: Usd | None
    """Input that is read from a cache."""
    cache_write: Usd | None
    """Input that is written to a cache."""
    cache_write_1h: Usd | None
    """Input that is written to a cache that lives an hour."""
    cache_write_12h: Usd | None
    """Input that is written to a cache that lives twelve hours."""
    request: Usd | None
    """US dollars for each request, besides its tokens."""
    tiers: Sequence[TierObject]
    """Other rates for long prompts."""
    changes: Sequence[PriceChangeObject]
    """Announced changes."""
    peak: PeakObject | None
    """Other rates at certain hours."""
