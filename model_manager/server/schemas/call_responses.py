"""What the API answers about calls and costs: the documents of `test`, `cost` and `route`."""

from typing import Any, Literal

from pydantic import Field

from model_manager.server.schemas.responses import Document, Finding, Shape, Source, Usd


class ToolCall(Shape):
    """A call of a tool that a model asks for."""

    id: str | None = Field(description="For the result.")
    name: str = Field(description="The tool.")
    arguments: Any = Field(description="As the model wrote them.")


class Usage(Shape):
    """Tokens; null: the provider did not say."""

    input_tokens: int | None = Field(description="The whole prompt, cached parts included.")
    output_tokens: int | None = Field(description="The answer, reasoning included.")
    cache_read_tokens: int | None = Field(description="Part of the prompt.")
    cache_write_tokens: int | None = Field(description="Part of the prompt.")
    reasoning_tokens: int | None = Field(description="Part of the answer.")
    estimated: bool = Field(description="Whether the counts are.")


class CallError(Shape):
    """Why a call brought no answer."""

    kind: str = Field(
        description=(
            "missing_key, auth, permission, quota, rate_limit, overloaded, not_found, bad_request, "
            "context_length, content_filter, server, timeout, connection, protocol, truncated, cancelled, budget "
            "or untrusted."
        )
    )
    status: int | None = Field(description="The HTTP status of the provider; null: there was none.")
    message: str = Field(description="What is wrong, in a sentence.")
    hint: str | None = Field(description="The way out.")
    retry_after_s: float | None = Field(description="Seconds that the provider, or the budget, asks to wait.")


class TestResult(Shape):
    """One call."""

    model: str = Field(description="The model's id.")
    provider: str | None = Field(description="Its provider's id.")
    model_id: str | None = Field(description="What the provider was asked for.")
    served_model: str | None = Field(description="What the provider says has answered.")
    match: Literal["exact", "dated", "alias", "different"] | None = Field(
        description="How that compares with what was asked for."
    )
    ok: bool = Field(description="Whether a complete answer came.")
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter"] | None = Field(
        description="Why the answer ended."
    )
    text: str | None = Field(description="The answer, as far as it came.")
    tool_calls: list[ToolCall] = Field(description="What the model wants to be called.")
    usage: Usage = Field(description="Tokens.")
    cost_usd: Usd | None = Field(description="US dollars; null: unknown.")
    cost_source: Literal["catalogue", "reported"] | None = Field(description="Who says so.")
    latency_ms: float | None = Field(description="Until the end.")
    ttft_ms: float | None = Field(description="Until the first token.")
    tokens_per_second: float | None = Field(description="Of the answer, after the first.")
    attempts: int = Field(description="Requests that were sent.")
    request_id: str | None = Field(description="For the provider's support.")
    key_env: str | None = Field(description="The variable that held the key.")
    warnings: list[str] = Field(description="What is odd, in sentences.")
    error: CallError | None = Field(description="Why there was no complete answer.")


class TestDocument(Document):
    """The document of `model-manager test --json`."""

    results: list[TestResult] = Field(description="In the order that was asked for.")
    passed: int = Field(description="How many answered.")
    failed: int = Field(description="How many did not.")
    cost_usd: Usd | None = Field(description="US dollars for all; null: unknown.")


class PricedWorkload(Shape):
    """What was priced."""

    input_tokens: int | None = Field(description="Of one prompt; null: each task has its own.")
    output_tokens: int | None = Field(description="Of one answer.")
    cache_read_tokens: int | None = Field(description="Of the prompt.")
    cache_write_tokens: int | None = Field(description="Of the prompt.")
    requests: float | None = Field(description="How many.")
    per: Literal["day", "month"] | None = Field(description="What their number is per.")
    estimated: bool = Field(description="Whether the tokens are.")
    on: str = Field(description="RFC 3339.")


class Cost(Shape):
    """What the workload costs on a model."""

    model: str | None = Field(description="The model's id; null: a task without one.")
    provider: str | None = Field(description="Its provider's id.")
    task: str | None = Field(default=None, description="With `assigned` only.")
    cost_usd: Usd | None = Field(description="US dollars; null: unknown.")
    relative: float | None = Field(description="The cost over the reference's.")
    best_for: str | None = Field(description="What the model is best for.")


class CostDocument(Document):
    """The document of `model-manager cost --json`."""

    workload: PricedWorkload = Field(description="The workload, with all its counts.")
    reference: str | None = Field(description="The model that the others are compared with.")
    costs: list[Cost] = Field(description="The cheapest first, unknown costs last.")
    notes: list[str] = Field(description="What was left out, and why.")
    total_usd: Usd | None = Field(default=None, description="With `assigned` only.")


class Complexity(Shape):
    """How complex `auto` finds a prompt."""

    score: float = Field(description="From 0 to 1.")
    tier: str = Field(description="The tier that the score falls into.")
    signals: dict[str, float] = Field(description="What each signal found, from 0 to 1.")


class RouteOption(Shape):
    """A share of a route, and how it stands."""

    option: int = Field(description="The position of its option, from 1.")
    percent: int | None = Field(description="Its part of the option.")
    name: str = Field(description="As the route has it.")
    model: str | None = Field(description="The model's id.")
    provider: str | None = Field(description="Its provider's id.")
    order: int | None = Field(description="When it would be tried, from 1; null: never.")
    state: Literal["chosen", "ready", "off", "cooling", "missing_key", "unknown", "refused"] = Field(
        description="chosen is called, ready could be, off has no part; the others keep it from a call."
    )
    cooling_s: float | None = Field(description="Seconds until it may be called again.")
    message: str | None = Field(description="What keeps it from a call.")


class RouteDocument(Document):
    """The document of `model-manager route --json`."""

    task: str = Field(description="The task.")
    route: str = Field(description="The route that the call takes.")
    source: Source | None = Field(description="Where it comes from; null: a preference.")
    preference: str | None = Field(description="The preference that was asked for.")
    user: str | None = Field(description="The user who was named.")
    model: str | None = Field(description="The model that would be called; null: none could be.")
    provider: str | None = Field(description="Its provider's id.")
    reason: str = Field(description="Why this one, or why none.")
    complexity: Complexity | None = Field(description="Where `auto` chose.")
    options: list[RouteOption] = Field(description="Every share of the route.")
    problems: list[Finding] = Field(description="What is wrong.")


class SpendingDocument(Shape):
    """What live tests may cost in an hour, in US dollars."""

    limit_usd: Usd | None = Field(description="null: there is none.")
    spent_usd: Usd = Field(description="By calls that are over.")
    reserved_usd: Usd = Field(description="What calls under way may cost at most.")


class ServerDocument(Document):
    """The server itself."""

    version: str = Field(description="Of model-manager.")
    read_only: bool = Field(description="Whether assignments cannot be changed here.")
    directory: str = Field(description="The name of the directory that is served.")
    file: str = Field(description="The file that assignments are written to.")
    spending: SpendingDocument = Field(description="Of live tests, in the last hour.")


class HealthDocument(Shape):
    """The server answers."""

    status: Literal["ok"] = Field(description="Always ok.")
