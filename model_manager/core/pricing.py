"""Prices and costs: exact decimals throughout, no clock (the moment is an argument).

The formula: with P the whole prompt (cache reads R and cache writes W are parts of it, W1h and W12h the parts of W
that are kept for an hour and for twelve), O the billed output, and the rates of the moment and of P's tier,

    USD = ((P - R - W)·input + R·cache_read + (W - W1h - W12h)·cache_write + W1h·cache_write_1h
           + W12h·cache_write_12h + O·output) / 1,000,000 + request

as OpenTelemetry counts tokens and as Anthropic, OpenAI and Google document their bills.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from decimal import Context, Decimal, localcontext

#: Enough digits that no product of a rate and a count is ever rounded.
EXACT = Context(prec=120)
TOKENS_PER_PRICE_UNIT = 6  # prices are per 10^6 tokens
DAYS_PER_WEEK = 7
MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """US dollars per million tokens, `request` per request; None where the row does not say."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    cache_write_12h: Decimal | None = None
    request: Decimal | None = None

    def over(self, base: "Rates") -> "Rates":
        """These rates, with what they leave out taken from `base`."""
        merged = {
            name: getattr(base, name) if (own := getattr(self, name)) is None else own for name in RATE_NAMES
        }
        return Rates(**merged)

    def stated(self) -> Mapping[str, Decimal]:
        """The rates that the row gives, by name."""
        return {name: rate for name in RATE_NAMES if (rate := getattr(self, name)) is not None}


RATE_NAMES = tuple(field.name for field in fields(Rates))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Rates for every token of a request whose whole prompt is longer than `above` tokens: a cliff."""

    above: int
    rates: Rates
    inclusive: bool = False

    def covers(self, prompt_tokens: int) -> bool:
        """Whether a prompt of this length is billed by this tier."""
        return prompt_tokens >= self.above if self.inclusive else prompt_tokens > self.above


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Rates that an announced change brings from `start` (UTC) on."""

    start: datetime
    rates: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Rates of certain hours: on `days` (Monday is 0), in `windows` of minutes of the UTC day, end excluded.

    A window whose end is not after its start runs past midnight and belongs to the day it starts on.
    """

    days: frozenset[int]
    windows: tuple[tuple[int, int], ...]
    rates: Rates

    def covers(self, moment: datetime) -> bool:
        """Whether these rates hold at a moment."""
        moment = moment.astimezone(UTC)
        minute, day = moment.hour * 60 + moment.minute, moment.weekday()
        yesterday = (day - 1) % DAYS_PER_WEEK
        for start, end in self.windows:
            if start < end:
                if start <= minute < end and day in self.days:
                    return True
            elif (minute >= start and day in self.days) or (minute < end and yesterday in self.days):
                return True
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A model's price: a base row, and how it varies by date, by hour and by the length of the prompt."""

    rates: Rates
    tiers: tuple[Tier, ...] = ()
    changes: tuple[Change, ...] = ()
    peak: Peak | None = None

    def on(self, moment: datetime) -> Rates:
        """The base row in force at a moment: announced changes applied, peak hours and tiers not."""
        rates = self.rates
        for change in sorted(self.changes, key=lambda change: change.start):
            if change.start <= moment:
                rates = change.rates.over(rates)
        return rates

    def at(self, moment: datetime, prompt_tokens: int = 0) -> Rates:
        """The rates of one request: base, then changes, then peak hours, then the tier of its whole prompt."""
        rates = self.on(moment)
        if self.peak and self.peak.covers(moment):
            rates = self.peak.rates.over(rates)
        reached = [tier for tier in self.tiers if tier.covers(prompt_tokens)]
        if reached:
            rates = max(reached, key=lambda tier: (tier.above, not tier.inclusive)).rates.over(rates)
        return rates

    @property
    def is_free(self) -> bool:
        """Whether every rate it states, at any time and length, is zero."""
        rows = [self.rates, *(tier.rates for tier in self.tiers), *(change.rates for change in self.changes)]
        rows += [self.peak.rates] if self.peak else []
        return all(rate == 0 for row in rows for rate in row.stated().values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Token counts of one request; None where the provider did not say.

    `input_tokens` is the whole prompt: `cache_read_tokens` and `cache_write_tokens` are parts of it, and
    `cache_write_1h_tokens` and `cache_write_12h_tokens` parts of the latter. `output_tokens` is all that is billed
    as output; `reasoning_tokens` is a part of it. `web_searches` counts searches by the provider, which are billed
    apart and have no price here. `estimated` marks counts that are ours rather than the provider's.

    >>> from model_manager import Usage
    >>> Usage(input_tokens=1200, cache_read_tokens=1000, output_tokens=80).reasoning_tokens is None
    True
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    reasoning_tokens: int | None = None
    web_searches: int | None = None
    estimated: bool = False
    cache_write_12h_tokens: int | None = None


def cost(price: Price | None, usage: Usage, moment: datetime) -> Decimal | None:
    """The cost of a request in US dollars, to the last digit.

    Returns:
        None if it cannot be known: no price, a rate that is needed and not stated, or no count.

    Raises:
        ValueError: if the parts of the prompt are larger than the prompt: such counts mix two dialects.
    """
    if price is None:
        return None
    if price.rates.input == 0 and price.rates.output == 0 and price.is_free:
        return Decimal(0)
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    return cost_at(price.at(moment, usage.input_tokens), usage)


@dataclass(frozen=True, slots=True)
class CostParts:
    """A cost in US dollars as what it is made of: the prompt, the answer, and fees for requests."""

    input_usd: Decimal
    output_usd: Decimal
    request_usd: Decimal

    def times(self, factor: int | Decimal) -> "CostParts":
        """The parts of so many times the cost, exactly."""
        with localcontext(EXACT):
            return CostParts(self.input_usd * factor, self.output_usd * factor, self.request_usd * factor)


def cost_parts(price: Price | None, usage: Usage, moment: datetime) -> CostParts | None:
    """The parts of `cost`, which is their sum; None if it cannot be known."""
    if price is None or (total := cost(price, usage, moment)) is None:
        return None
    if total == 0:
        return CostParts(Decimal(0), Decimal(0), Decimal(0))
    rates = price.at(moment, usage.input_tokens or 0)
    prompt, answer = replace(usage, output_tokens=0), Usage(input_tokens=0, output_tokens=usage.output_tokens)
    read, written = cost_at(rates, prompt, requests=0), cost_at(rates, answer, requests=0)
    return CostParts(read or Decimal(0), written or Decimal(0), rates.request or Decimal(0))


def cost_at(rates: Rates, usage: Usage, requests: int = 1) -> Decimal | None:
    """The cost of tokens at given rates; of several requests, which must all be billed at these, see `cost`."""
    return _sum((*_billed(rates, usage), (requests * 10**TOKENS_PER_PRICE_UNIT, rates.request or Decimal(0))))


def _billed(rates: Rates, usage: Usage) -> Iterable[tuple[int, Decimal | None]]:
    """Pairs of a token count and its rate; the counts do not overlap."""
    total, read, written = usage.input_tokens or 0, usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    written_1h, written_12h = usage.cache_write_1h_tokens or 0, usage.cache_write_12h_tokens or 0
    if read + written > total or written_1h + written_12h > written:
        raise ValueError(
            f"{read} cached and {written} written tokens ({written_1h} of them for an hour, {written_12h} for "
            f"twelve) do not fit into a prompt of {total}"
        )
    read_rate = rates.input if rates.cache_read is None else rates.cache_read
    write_rate = rates.input if rates.cache_write is None else rates.cache_write
    # A row without the rate of a longer life says that it costs no more than the next shorter one.
    write_1h_rate = write_rate if rates.cache_write_1h is None else rates.cache_write_1h
    write_12h_rate = write_1h_rate if rates.cache_write_12h is None else rates.cache_write_12h
    return (
        (total - read - written, rates.input),
        (read, read_rate),
        (written - written_1h - written_12h, write_rate),
        (written_1h, write_1h_rate),
        (written_12h, write_12h_rate),
        (usage.output_tokens or 0, rates.output),
    )


def _sum(billed: Iterable[tuple[int, Decimal | None]]) -> Decimal | None:
    dollars = Decimal(0)
    for tokens, rate in billed:
        if tokens:
            if rate is None:
                return None
            dollars = EXACT.fma(rate, tokens, dollars)
    return dollars.scaleb(-TOKENS_PER_PRICE_UNIT, EXACT)


def multiply(amount: Decimal | None, factor: int | Decimal) -> Decimal | None:
    """An amount of money times a factor, exactly; unknown stays unknown."""
    if amount is None:
        return None
    with localcontext(EXACT):
        return amount * factor


def add(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum, or None if one of the amounts is unknown."""
    total = Decimal(0)
    with localcontext(EXACT):
        for amount in amounts:
            if amount is None:
                return None
            total += amount
    return total


def plain(amount: Decimal) -> Decimal:
    """The same number without trailing zeros; `format(…, "f")` writes it without an exponent."""
    return Decimal(plain_text(amount))


def plain_text(amount: Decimal) -> str:
    """All digits of a number, without trailing zeros and without an exponent."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text
