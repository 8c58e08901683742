"""Our costs against genai-prices, an independent engine with its own data, for every model that both know."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import genai_prices
import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ClauseEquals, ClauseOr, MatchLogic, ModelInfo, Provider
from hypothesis import given, settings
from hypothesis import strategies as st

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.core.models import Model
from model_manager.core.pricing import Usage, cost

ORACLE = {provider.id: provider for provider in get_snapshot().providers}
PROVIDER_NAMES = {"xai": "x-ai", "openai-responses": "openai"}
#: Weekdays in and out of peak hours, and days after each announced change.
MOMENTS = (
    datetime(2026, 11, 23, 12, tzinfo=UTC),
    datetime(2026, 11, 23, 2, tzinfo=UTC),
    datetime(2026, 12, 15, 12, tzinfo=UTC),
    datetime(2027, 1, 5, 9, 59, tzinfo=UTC),
)
SUNDAY_MORNING = datetime(2026, 11, 22, 2, tzinfo=UTC)
#: Where the oracle is wrong, stale or silent, and why. A test says when one of these is no longer needed.
EXCEPTIONS = {
    "claude-sonnet-4-5-20250929": "keeps the tier above 200,000 tokens for history; such prompts are refused since 2026-04-30",
    "gemini-2.0-flash-lite": "has no cache rate, which another source gives",
    "open-mistral-nemo": "has no cache rate, on which the other sources disagree",
    "deepseek-chat": "keeps the 2025 price of a name that later meant cheaper models",
    "deepseek-reasoner": "keeps the 2025 price of a name that later meant cheaper models",
    "together/llama-3.3-70b-instruct-turbo": "has the older 0.88 where two sources have 1.04",
    "openrouter/gemini-3.8-flash": "has Google's price, not OpenRouter's own; and bills cache writes at a storage rate",
    "openrouter/gemini-4-argon": "bills cache writes at a storage rate, which is no rate for what is written",
    "mistral-large-latest": "keeps the 2024 price of a name that has moved since",
    "codestral-latest": "has no cache rate, which the model that it means today has",
}
BOUNDS = (1, 100_000, 200_000, 272_000)


def names_in(match: MatchLogic) -> Iterator[str]:
    """The names that a rule of the oracle matches exactly; prefixes and patterns prove nothing."""
    if isinstance(match, ClauseEquals):
        yield match.equals.lower()
    elif isinstance(match, ClauseOr):
        for clause in match.or_:
            yield from names_in(clause)


def twin_of(model: Model) -> tuple[Provider, ModelInfo] | None:
    """The oracle's entry of the same provider and exactly the same name, our wire id being the first choice."""
    provider = ORACLE.get(PROVIDER_NAMES.get(model.provider, model.provider))
    for name in (model.model_id.lower(), *(alias.lower() for alias in model.aliases)):
        for info in provider.models if provider else ():
            if name == info.id.lower() or name in names_in(info.match):
                return provider, info
    return None


MODELS = {model.id: model for model in embedded_catalogue().models.values()}
TWINS = {name: twin for name, model in MODELS.items() if (twin := twin_of(model))}


def usage_of(total: int, output: int, read: float, write: float, long: float) -> Usage:
    """A usage whose parts are shares: of the prompt, of what is left of it, and of what is written."""
    read_tokens = round(total * read)
    write_tokens = round((total - read_tokens) * write)
    return Usage(
        input_tokens=total,
        output_tokens=output,
        cache_read_tokens=read_tokens,
        cache_write_tokens=write_tokens,
        cache_write_1h_tokens=round(write_tokens * long),
    )


SHARES = st.floats(0, 1)
#: Counts around the bounds of tiers and far from them, with parts that fit into the prompt.
USAGES = st.builds(
    usage_of,
    st.sampled_from([bound + step for bound in BOUNDS for step in (-1, 0, 1)]) | st.integers(0, 2_000_000),
    st.integers(0, 200_000),
    SHARES,
    SHARES,
    st.sampled_from((0, 1 / 3, 1)),
)


def both_costs(name: str, usage: Usage, moment: datetime) -> tuple[Decimal | None, Decimal]:
    """Ours and the oracle's, in US dollars."""
    provider, info = TWINS[name]
    theirs = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
    )
    bill = info.calc_price(theirs, provider, genai_request_timestamp=moment)
    return cost(MODELS[name].price, usage, moment), bill.total_price


def test_the_oracle_knows_nearly_every_model():
    """Only local models, those younger than its data and those that it names otherwise have no twin."""
    local = ("ollama", "lmstudio")
    unknown = [name for name, model in MODELS.items() if name not in TWINS and model.provider not in local]
    assert unknown == [
        "claude-mythos-5-1",
        "gpt-6.2-astra",
        "gpt-6.2-sol",
        "groq/qwen3.6-27b",
        "gemini-4-neon",
        "gemini-4-carbon",
        "gemini-4-hydrogen",
        "ministral-14b-latest",
        "ministral-3b-latest",
        "magistral-small-latest",
        "magistral-medium-latest",
        "magistral-medium-2509",
        "openrouter/gpt-6.2-astra",
        "openrouter/gpt-6.2-sol",
        "openrouter/claude-fable-5.2",
        "openrouter/gemini-4-carbon",
        "openrouter/gemini-4-hydrogen",
        "openrouter/gemini-4-neon",
        "qwen3.8-max",
        "qwen3.8-flash",
        "muse-ember-1.0",
    ]


@pytest.mark.parametrize("name", [name for name in TWINS if name not in EXCEPTIONS])
def test_costs_equal_the_oracles(name):
    """Every digit agrees, across tiers, cache lives, peak hours and announced changes."""

    @settings(max_examples=40, derandomize=True, database=None)
    @given(USAGES, st.sampled_from(MOMENTS))
    def agree(usage: Usage, moment: datetime) -> None:
        ours, theirs = both_costs(name, usage, moment)
        assert ours == theirs

    agree()


SAMPLES = [
    Usage(
        input_tokens=total,
        output_tokens=1_000,
        cache_read_tokens=total // 2,
        cache_write_tokens=total // 4,
        cache_write_1h_tokens=0,
    )
    for total in (1_000, 300_000)
]


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_each_exception_is_still_needed(name):
    """Once the oracle agrees, its exception goes from the table."""
    pairs = [both_costs(name, usage, moment) for usage in SAMPLES for moment in MOMENTS]
    assert any(ours != theirs for ours, theirs in pairs)


@pytest.mark.parametrize("name", ["deepseek-flash", "deepseek-v4-flash", "deepseek-v4-pro"])
def test_the_oracle_cannot_say_weekday(name):
    """DeepSeek bills weekends as off-peak; the oracle bills them double, so it is not asked about weekends."""
    for usage in SAMPLES:
        ours, theirs = both_costs(name, usage, SUNDAY_MORNING)
        assert ours is not None
        assert theirs == 2 * ours
