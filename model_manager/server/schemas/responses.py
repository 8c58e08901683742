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
    message: str = Field(description="What is wrong, in a sentence.")
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

    input: Usd | None = Field(None, description="Input.")
    output: Usd | None = Field(None, description="Output.")
    cache_read: Usd | None = Field(None, description="Input that is read from a cache.")
    cache_write: Usd | None = Field(None, description="Input that is written to a cache.")
    cache_write_1h: Usd | None = Field(None, description="The same for a cache that lives an hour.")
    cache_write_12h: Usd | None = Field(None, description="The same for twelve hours.")


class Tier(Rates):
    """Rates from a prompt's length on."""

    above: int = Field(description="Tokens of the prompt.")
    inclusive: bool = Field(description="Whether the tier begins at this number, or above it.")


class Change(Rates):
    """Rates from a day on."""

    from_: str = Field(alias="from", description="A date, or a moment (RFC 3339).")


class Peak(Rates):
    """Rates at some times of the day."""

    days: str = Field(description="Days of the week.")
    utc: list[str] = Field(description="Windows such as 01:00-04:00.")


class Price(Rates):
    """A model's price as of a day: US dollars per million tokens."""

    tiers: list[Tier] = Field(description="What long prompts cost.")
    changes: list[Change] = Field(description="What is announced.")
    peak: Peak | None = Field(description="What some hours cost.")


class Model(Shape):
    """A model of the catalogue."""

    id: str = Field(description="What it is called here.")
    name: str = Field(description="What people call it.")
    provider: str = Field(description="The provider's id.")
    model_id: str = Field(description="What the provider is asked for.")
    aliases: list[str] = Field(description="Other names for it.")
    capabilities: list[str] = Field(description="What it is known to have.")
    lacks: list[str] = Field(description="What it is known not to have.")
    context_window: int | None = Field(description="Tokens.")
    max_output: int | None = Field(description="Tokens.")
    price: Price | None = Field(description="null: unknown.")
    recommended: bool = Field(description="Whether the catalogue recommends it.")
    status: Literal["active", "preview", "legacy", "deprecated", "retired"] = Field(
        description="Its lifecycle as of the day."
    )
    deprecated: date | None = Field(description="Since when it is.")
    retires: date | None = Field(description="When it is gone.")
    replacement: str | None = Field(description="What to use then.")
    ready: bool = Field(description="Whether its provider's key is set, or none is needed.")
    tasks: list[str] = Field(description="The tasks whose route names it.")


class Finding(Shape):
    """Something that is wrong, or will be."""

    code: str = Field(description="A word for programs.")
    severity: Literal["error", "warning", "info"] = Field(
        description="error: it cannot work; warning: not for long, or not here; info: nobody knows."
    )
    message: str = Field(description="What is wrong, in a sentence.")


class Cheaper(Shape):
    """A model that can do the same for less."""

    model: str = Field(description="Its id.")
    provider: str = Field(description="Its provider's id.")
    cost_usd: Usd = Field(description="US dollars for 75,000 tokens of input and 25,000 of output.")
    relative: float = Field(description="The cost over the model's own.")


class ModelDetails(Model):
    """Everything about a model."""

    source: str | None = Field(description="What its price was checked against.")
    checked: date | None = Field(description="When.")
    certainty: dict[str, str] = Field(description="Facts that fewer than two independent sources confirm.")
    best_for: str | None = Field(description="What the model is best for.")
    notes: Any = Field(description="What else there is to know.")
    max_input: int | None = Field(description="Tokens.")
    released: str | None = Field(description="A day or a month.")
    knowledge_cutoff: str | None = Field(description="A day or a month.")
    key_env: str | None = Field(description="The variable that holds the key, or the one to set. Never the key.")
    base_url: str = Field(description="Where it is called.")
    base_url_source: str | None = Field(description="Who named the base URL.")
    problems: list[Finding] = Field(description="What is wrong.")
    cheaper: list[Cheaper] = Field(description="The cheapest first.")


class Source(Shape):
    """Where a value comes from."""

    kind: Literal["environment", "file", "catalogue"] = Field(
        description="The process environment, a .env file, or the catalogue."
    )
    variable: str | None = Field(description="The variable.")
    file: str | None = Field(description="The file, as its user would write it.")
    line: int | None = Field(description="Counted from 1.")
    text: str = Field(description="The same for people.")


class Shadowed(Shape):
    """A weaker value that does not count."""

    value: str = Field(description="The value.")
    source: Source = Field(description="Where it stands.")


class Task(Shape):
    """A task and its route."""

    task: str = Field(description="Its name.")
    purpose: str | None = Field(description="What it is for.")
    env: str = Field(description="The variable that assigns its model.")
    route: str | None = Field(description="The route in force; null: none.")
    model: str | None = Field(description="The largest share of the first option; null: none that is known.")
    source: Source | None = Field(description="Where that comes from.")
    shadowed: list[Shadowed] = Field(description="Weaker values, the strongest first.")
    problems: list[Finding] = Field(description="What is wrong.")


class Profile(Shape):
    """What a task's requests are like."""

    requests_per_day: float | None = Field(description="How many.")
    input_tokens: int | None = Field(description="Of one prompt.")
    output_tokens: int | None = Field(description="Of one answer.")
    cache_share: float = Field(description="The part of the prompt that is cached, from 0 to 1.")


class Auto(Shape):
    """How `auto` chooses."""

    models: dict[str, str] = Field(description="A model for each tier.")
    thresholds: dict[str, float] = Field(description="The score from which on each tier begins.")
    weights: dict[str, float] = Field(description="What each signal counts.")


class TaskDetails(Task):
    """Everything about a task."""

    requires: list[str] = Field(description="Capabilities that its model must have.")
    min_context: int | None = Field(description="Tokens.")
    max_price: Usd | None = Field(description="US dollars per million input tokens.")
    profile: Profile | None = Field(description="What its requests are like.")
    monthly_usd: Usd | None = Field(description="US dollars in 30 days, by the profile; null: unknown.")
    preferences: dict[str, str] = Field(description="Named routes.")
    auto: Auto | None = Field(description="How `auto` chooses for it.")
    etag: str = Field(description="For `If-Match`: changes whenever the assignment does.")


class Provider(Shape):
    """A provider, and whether it can be called."""

    id: str = Field(description="What it is called here.")
    name: str = Field(description="What people call it.")
    wire: Literal["openai", "anthropic", "gemini", "ollama"] = Field(description="The format of its HTTP API.")
    base_url: str | None = Field(description="Where it is called; null: a variable holds no usable URL.")
    key_env: str | None = Field(description="The variable that holds the key, or the one to set. Never the key.")
    ready: bool = Field(description="Whether its key is set, or none is needed.")
    problems: list[Finding] = Field(description="What is wrong.")


class Scenario(Shape):
    """Advice: which model for which kind of work."""

    id: str = Field(description="What it is called here.")
    title: str = Field(description="The kind of work.")
    model: str = Field(description="The model's name.")
    why: str | None = Field(description="What speaks for it.")


class ListDocument(Document):
    """The document of `model-manager list --json`."""

    models: list[Model] = Field(description="The models that pass.")
    tasks: list[Task] = Field(description="Every task.")
    providers: list[Provider] = Field(description="Every provider.")
    scenarios: list[Scenario] = Field(description="Advice.")


class ModelDocument(Document):
    """The document of `model-manager info MODEL --json`."""

    model: ModelDetails = Field(description="The model.")


class TasksDocument(Document):
    """All tasks, each as `model-manager info TASK --json` has it."""

    tasks: list[TaskDetails] = Field(description="Every task.")


class VariableChange(Shape):
    """A variable of the file, before and after; null: it is not there."""

    variable: str = Field(description="Its name.")
    old: str | None = Field(description="Before.")
    new: str | None = Field(description="After.")


class AssignDocument(Document):
    """The document of `model-manager assign --json`."""

    file: str = Field(description="The file, as its user would write it.")
    changes: list[VariableChange] = Field(description="What changes, variable by variable.")
    written: bool = Field(description="Whether the file was touched.")
    diff: str | None = Field(description="A unified diff without context; null: nothing changes.")
    warnings: list[str] = Field(description="What is odd, in sentences.")
    monthly_delta_usd: Usd | None = Field(description="US dollars in 30 days; null: unknown, or no change.")
