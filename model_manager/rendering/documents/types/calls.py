"""Types of what live calls show: the documents of `test` and `test --probe`."""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired

from model_manager.core.messages import FinishReason
from model_manager.rendering.documents.types.base import JsonObject, RootDocument, Usd
from model_manager.rendering.documents.types.problems import CallErrorObject


class ToolCallObject(JsonObject):
    """A tool that the model wants to be called."""

    id: str | None
    """The provider's id of the call."""
    name: str
    """The tool."""
    arguments: str
    """JSON text, as the model wrote it."""


class CitationObject(JsonObject):
    """A source that the answer rests on."""

    url: str | None
    """Where the source is."""
    title: str | None
    """Its title, or its name or number."""
    quote: str | None
    """The passage of the source."""
    start: int | None
    """Where in the text the part begins that rests on it, in characters."""
    end: int | None
    """Where that part ends."""


class AlternativeObject(JsonObject):
    """A token that could have stood in a place of the answer."""

    token: str
    """The token."""
    logprob: float
    """The natural logarithm of its probability."""


class TokenObject(AlternativeObject):
    """A token of the answer."""

    alternatives: Sequence[AlternativeObject]
    """The likeliest tokens of its place, where they were asked for."""


class UsageObject(JsonObject):
    """Numbers of tokens; null: the provider did not say."""

    input_tokens: int | None
    """The whole prompt, cached parts included."""
    output_tokens: int | None
    """The answer, reasoning included."""
    cache_read_tokens: int | None
    """The part of the prompt that was read from a cache."""
    cache_write_tokens: int | None
    """The part of the prompt that was written to a cache."""
    reasoning_tokens: int | None
    """The part of the answer that is reasoning."""
    estimated: bool
    """Whether the numbers are estimates."""


class OptionFailureObject(CallErrorObject):
    """An option of a route that did not answer."""

    model: str
    """The model, as the route names it."""


class AnswerDetailsObject(JsonObject):
    """Parts of an answer besides its text, and by whom it was served."""

    reasoning: str | None
    """The model's thoughts, where the provider shows them."""
    refusal: str | None
    """What the model, or its provider, said instead of an answer."""
    refusal_reason: str | None
    """Why it was refused or filtered, in the provider's word."""
    citations: Sequence[CitationObject]
    """The sources that the answer rests on."""
    logprobs: Sequence[TokenObject]
    """The log probabilities of its tokens, where they were asked for."""
    upstream_provider: str | None
    """Who answered behind a gateway, in the gateway's word."""
    service_tier: str | None
    """The tier in which the call was served, in the provider's word."""
    headers: Mapping[str, str]
    """The response's headers about rate limits, times and places."""


class TestResultObject(AnswerDetailsObject):
    """One call."""

    model: str
    """The id of the model that answered, or that stands for the call."""
    provider: str | None
    """Its provider's id; null: the model is not in the catalogue."""
    model_id: str | None
    """Its id at the provider."""
    task: str | None
    """The task whose call it is; null: a model or a route was named."""
    route: str | None
    """The route that was followed, with its fallbacks; null: the model alone was called."""
    reason: str | None
    """Why this model of the route answered."""
    failures: Sequence[OptionFailureObject]
    """The options of the route that did not answer, in the order in which they were tried."""
    served_model: str | None
    """The model that answered, as the provider names it."""
    match: Literal["exact", "dated", "alias", "different"] | None
    """How that name agrees with `model_id`."""
    ok: bool
    """Whether a complete answer came."""
    finish_reason: FinishReason | None
    """Why the answer ended."""
    text: str | None
    """The answer, as far as it came."""
    tool_calls: Sequence[ToolCallObject]
    """The tools that the model wants to be called."""
    usage: UsageObject
    """Numbers of tokens."""
    cost_usd: Usd | None
    """Cost of the call; null: unknown."""
    cost_source: Literal["catalogue", "reported"] | None
    """Whether the cost follows from the catalogue's price or was reported by the provider."""
    latency_ms: float | None
    """Milliseconds until the end of the answer."""
    ttft_ms: float | None
    """Milliseconds until the first text."""
    tokens_per_second: float | None
    """Speed of the answer after its first token."""
    attempts: int
    """Number of requests that were sent."""
    request_id: str | None
    """The provider's id of the request, for its support."""
    key_env: str | None
    """The variable that held the key."""
    warnings: Sequence[str]
    """Unusual things, in sentences."""
    error: CallErrorObject | None
    """Why there is no complete answer."""


class SpreadObject(JsonObject):
    """How a duration varied, in milliseconds."""

    min: float | None
    """The least."""
    median: float | None
    """The middle one."""
    p95: float | None
    """The 95th percentile."""


class RepetitionObject(JsonObject):
    """Several calls of one model."""

    model: str
    """The model's id."""
    runs: int
    """How many were made."""
    passed: int
    """How many brought a complete answer."""
    latency_ms: SpreadObject | None
    """Milliseconds until the end; null: no call brought an answer."""
    ttft_ms: SpreadObject | None
    """Milliseconds until the first text; null: unknown."""


class TestDocument(RootDocument):
    """The document of `model-manager test --json`."""

    results: Sequence[TestResultObject]
    """Every call, in the order in which the models were named."""
    passed: int
    """How many calls brought a complete answer."""
    failed: int
    """How many did not."""
    cost_usd: Usd | None
    """Cost of all calls; null: unknown."""
    repetitions: NotRequired[Sequence[RepetitionObject]]
    """A summary for each model, where calls were repeated."""


class CapabilityObject(JsonObject):
    """A capability of a model: the catalogue's word and the probe's."""

    capability: str
    """The capability."""
    catalogue: bool | None
    """Whether the model has it by the catalogue; null: it does not say."""
    found: bool | None
    """Whether the probe has found it; null: it could not tell."""
    relation: Literal["agrees", "differs", "new"] | None
    """How the two compare; null where there is nothing to compare."""
    evidence: str | None
    """The reason for the finding, in words."""
    error: CallErrorObject | None
    """Why the probe could not tell."""


class ProbeObject(JsonObject):
    """The probe of a model."""

    model: str
    """The model's id."""
    provider: str | None
    """Its provider's id; null: the model is not in the catalogue."""
    model_id: str | None
    """Its id at the provider."""
    capabilities: Sequence[CapabilityObject]
    """Every capability that was looked for."""
    cost_usd: Usd | None
    """Cost of the calls; null: unknown."""
    key_env: str | None
    """The variable that held the key."""
    warnings: Sequence[str]
    """Unusual things, in sentences."""
    toml: str | None
    """Lines for models.toml; null: the catalogue agrees."""


class ProbeDocument(RootDocument):
    """The document of `model-manager test --probe --json`."""

    probes: Sequence[ProbeObject]
    """Every model that was probed."""
    worst_case_usd: Usd | None
    """The most that it could have cost; null: unknown."""
    cost_usd: Usd | None
    """Cost of all calls; null: unknown."""


class CurlDocument(RootDocument):
    """The document of `model-manager test --curl --json`."""

    curl: Sequence[str]
    """A command for each call, the key as a variable."""
