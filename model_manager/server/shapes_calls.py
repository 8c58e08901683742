"""What the API answers about calls and costs: the documents of `test`, `cost` and `route`."""

from typing import Any, Literal

from pydantic import Field

from model_manager.server.shapes import Document, Finding, Shape, Source, Usd


class ToolCall(Shape):
    """A call of a tool that a model asks for."""

    id: str | None
    name: str
    arguments: Any


class Usage(Shape):
    """Tokens; null: the provider did not say."""

    input_tokens: int | None = Field(description="The whole prompt, cached parts included.")
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    estimated: bool


class CallError(Shape):
    """Why a call brought no answer."""

    kind: str = Field(
        description=(
            "missing_key, auth, permission, quota, rate_limit, overloaded, not_found, bad_request, "
            "context_length, content_filter, server, timeout, connection, protocol, truncated, cancelled, budget "
            "or untrusted."
        )
    )
    status: int | None
    message: str
    hint: str | None
    retry_after_s: float | None


class TestResult(Shape):
    """One call."""

    model: str
    provider: str | None
    model_id: str | None
    served_model: str | None
    match: Literal["exact", "dated", "alias", "different"] | None
    ok: bool
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter"] | None
    text: str | None
    tool_calls: list[ToolCall]
    usage: Usage
    cost_usd: Usd | None
    cost_source: Literal["catalogue", "reported"] | None
    latency_ms: float | None
    ttft_ms: float | None = Field(description="Until the first token.")
    tokens_per_second: float | None
    attempts: int
    request_id: str | None
    key_env: str | None
    warnings: list[str]
    error: CallError | None


class TestDocument(Document):
    """The document of `model-manager test --json`."""

    results: list[TestResult]
    passed: int
    failed: int
    cost_usd: Usd | None


class PricedWorkload(Shape):
    """What was priced."""

    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    requests: float | None
    per: Literal["day", "month"] | None
    estimated: bool
    on: str = Field(description="RFC 3339.")


class Cost(Shape):
    """What the workload costs on a model."""

    model: str | None
    provider: str | None
    task: str | None = Field(default=None, description="With `assigned` only.")
    cost_usd: Usd | None
    relative: float | None = Field(description="The cost over the reference's.")
    best_for: str | None


class CostDocument(Document):
    """The document of `model-manager cost --json`."""

    workload: PricedWorkload
    reference: str | None
    costs: list[Cost]
    notes: list[str]
    total_usd: Usd | None = Field(default=None, description="With `assigned` only.")


class Complexity(Shape):
    """How complex `auto` finds a prompt."""

    score: float
    tier: str
    signals: dict[str, float]


class RouteOption(Shape):
    """A share of a route, and how it stands."""

    option: int = Field(description="The position of its option, from 1.")
    percent: int | None
    name: str
    model: str | None
    provider: str | None
    order: int | None = Field(description="When it would be tried, from 1; null: never.")
    state: Literal["chosen", "ready", "off", "cooling", "missing_key", "unknown", "refused"]
    cooling_s: float | None
    message: str | None


class RouteDocument(Document):
    """The document of `model-manager route --json`."""

    task: str
    route: str
    source: Source | None
    preference: str | None
    user: str | None
    model: str | None
    provider: str | None
    reason: str
    complexity: Complexity | None
    options: list[RouteOption]
    problems: list[Finding]


class SpendingDocument(Shape):
    """What live tests may cost in an hour, in US dollars."""

    limit_usd: Usd | None
    spent_usd: Usd
    reserved_usd: Usd = Field(description="What calls under way may cost at most.")


class ServerDocument(Document):
    """The server itself."""

    version: str
    read_only: bool
    directory: str = Field(description="The name of the directory that is served.")
    file: str = Field(description="The file that assignments are written to.")
    spending: SpendingDocument


class HealthDocument(Shape):
    """The server answers."""

    status: Literal["ok"]
