"""What the API answers: the documents of `--json`, described field by field."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Usd = Annotated[float, Field(description="US dollars, with all digits.")]
Schema = Annotated[Literal[1], Field(alias="schema", description="The version of these shapes.")]


class Shape(BaseModel):
    """An object that has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Document(Shape):
    """An answer."""

    schema_: Schema


class ProblemItem(Shape):
    """One thing that is wrong."""

    file: str | None = Field(description="The file, as its user would write it.")
    line: int | None = Field(description="The line, counted from 1.")
    key: str | None = Field(description="The key of the file, or the field of the request.")
    message: str
    hint: str | None = Field(description="How to mend it.")


class ProblemDocument(Shape):
    """Problem details (RFC 9457)."""

    type: str = Field(description="urn:model-manager:problem: and the kind.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong, in one sentence.")
    kind: str = Field(
        description=(
            "A word for programs: unknown_name, usage, route_syntax, refused, changed, auth, permission, "
            "not_found, rate_limit, catalogue, settings, env_file, configuration, error."
        )
    )
    hint: str | None = Field(description="The way out.")
    problems: list[ProblemItem] = Field(description="The single problems, where there are several.")


class Rates(Shape):
    """US dollars per million tokens."""

    input: Usd | None = None
    output: Usd | None = None
    cache_read: Usd | None = None
    cache_write: Usd | None = None
    cache_write_1h: Usd | None = None
    cache_write_12h: Usd | None = None


class Tier(Rates):
    """Rates from a prompt's length on."""

    above: int = Field(description="Tokens of the prompt.")
    inclusive: bool = Field(description="Whether the tier begins at this number, or above it.")


class Change(Rates):
    """Rates from a day on."""

    from_: str = Field(alias="from", description="A date, or a moment (RFC 3339).")


class Peak(Rates):
    """Rates at some times of the day."""

    days: str
    utc: list[str] = Field(description="Windows such as 01:00-04:00.")


class Price(Rates):
    """A model's price as of a day: US dollars per million tokens."""

    tiers: list[Tier]
    changes: list[Change]
    peak: Peak | None


class Model(Shape):
    """A model of the catalogue."""

    id: str
    name: str
    provider: str
    model_id: str = Field(description="What the provider is asked for.")
    aliases: list[str]
    capabilities: list[str]
    lacks: list[str] = Field(description="What it is known not to have.")
    context_window: int | None = Field(description="Tokens.")
    max_output: int | None = Field(description="Tokens.")
    price: Price | None = Field(description="null: unknown.")
    recommended: bool
    status: Literal["active", "preview", "legacy", "deprecated", "retired"]
    deprecated: date | None
    retires: date | None
    replacement: str | None
    ready: bool = Field(description="Whether its provider's key is set, or none is needed.")
    tasks: list[str] = Field(description="The tasks whose route names it.")


class Finding(Shape):
    """Something that is wrong, or will be."""

    code: str
    severity: Literal["error", "warning", "info"]
    message: str


class Cheaper(Shape):
    """A model that can do the same for less."""

    model: str
    provider: str
    cost_usd: Usd = Field(description="US dollars for 75,000 tokens of input and 25,000 of output.")
    relative: float = Field(description="The cost over the model's own.")


class ModelDetails(Model):
    """Everything about a model."""

    source: str | None = Field(description="What its price was checked against.")
    checked: date | None
    certainty: dict[str, str] = Field(description="Facts that fewer than two independent sources confirm.")
    best_for: str | None
    notes: Any
    max_input: int | None
    released: str | None
    knowledge_cutoff: str | None
    key_env: str | None = Field(description="The variable that holds the key, or the one to set. Never the key.")
    base_url: str
    base_url_source: str | None = Field(description="Who named the base URL.")
    problems: list[Finding]
    cheaper: list[Cheaper]


class Source(Shape):
    """Where a value comes from."""

    kind: Literal["environment", "file", "catalogue"]
    variable: str | None
    file: str | None
    line: int | None
    text: str = Field(description="The same for people.")


class Shadowed(Shape):
    """A weaker value that does not count."""

    value: str
    source: Source


class Task(Shape):
    """A task and its route."""

    task: str
    purpose: str | None
    env: str = Field(description="The variable that assigns its model.")
    route: str | None
    model: str | None = Field(description="The largest share of the first option; null: none that is known.")
    source: Source | None
    shadowed: list[Shadowed]
    problems: list[Finding]


class Profile(Shape):
    """What a task's requests are like."""

    requests_per_day: float | None
    input_tokens: int | None
    output_tokens: int | None
    cache_share: float


class Auto(Shape):
    """How `auto` chooses."""

    models: dict[str, str]
    thresholds: dict[str, float]
    weights: dict[str, float]


class TaskDetails(Task):
    """Everything about a task."""

    requires: list[str]
    min_context: int | None
    max_price: Usd | None
    profile: Profile | None
    monthly_usd: Usd | None = Field(description="US dollars in 30 days, by the profile; null: unknown.")
    preferences: dict[str, str]
    auto: Auto | None
    etag: str = Field(description="For `If-Match`: changes whenever the assignment does.")


class Provider(Shape):
    """A provider, and whether it can be called."""

    id: str
    name: str
    wire: Literal["openai", "anthropic", "gemini", "ollama"]
    base_url: str | None
    key_env: str | None = Field(description="The variable that holds the key, or the one to set. Never the key.")
    ready: bool
    problems: list[Finding]


class Scenario(Shape):
    """Advice: which model for which kind of work."""

    id: str
    title: str
    model: str
    why: str | None


class ListDocument(Document):
    """The document of `model-manager list --json`."""

    models: list[Model]
    tasks: list[Task]
    providers: list[Provider]
    scenarios: list[Scenario]


class ModelDocument(Document):
    """The document of `model-manager info MODEL --json`."""

    model: ModelDetails


class TasksDocument(Document):
    """All tasks, each as `model-manager info TASK --json` has it."""

    tasks: list[TaskDetails]


class VariableChange(Shape):
    """A variable of the file, before and after; null: it is not there."""

    variable: str
    old: str | None
    new: str | None


class AssignDocument(Document):
    """The document of `model-manager assign --json`."""

    file: str
    changes: list[VariableChange]
    written: bool
    diff: str | None = Field(description="A unified diff without context; null: nothing changes.")
    warnings: list[str]
    monthly_delta_usd: Usd | None = Field(description="US dollars in 30 days; null: unknown, or no change.")
