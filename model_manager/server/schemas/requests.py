"""The types of requests: every field, its bounds and its meaning. Anything else is refused."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from model_manager.commands.cost_report import CostQuery
from model_manager.commands.counts import Counts
from model_manager.commands.list import SORTS, Filters
from model_manager.core.models import CAPABILITIES
from model_manager.core.quantities import parse_moment
from model_manager.errors import UsageError

#: In characters.
LONGEST_PROMPT = 100_000
LONGEST_ROUTE = 10_000
#: Models on a page.
MOST_MODELS = 1_000
_MOST_TOKENS = 10**12
_WHOLE = re.compile(r"-?\d+(\.0+)?", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def utf8(text: Any) -> Any:
    """Refuse halves of characters, which JSON can say and no provider understands."""
    if isinstance(text, str):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError("is not valid Unicode: it has half of a surrogate pair") from None
    return text


def _flag(value: Any) -> Any:
    """Only the two words that JSON has; pydantic would take "yes", "on" and "1" as well."""
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return value == "true"
    raise ValueError("must be true or false")


def _whole(value: Any) -> Any:
    """Only digits: pydantic would take "1_000" and " 5" as well."""
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError("must be a whole number")
    return value


def _number(value: Any) -> Any:
    """Only numbers as JSON writes them."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError("must be a number")
    return value


def integral(value: Any) -> Any:
    """In JSON, 5.0 is a whole number as well."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _moment(value: Any) -> Any:
    """A date or an RFC 3339 time."""
    if isinstance(value, str):
        try:
            return parse_moment(value)
        except UsageError as error:
            raise ValueError(error.message) from None
    raise ValueError("must be a moment (RFC 3339) or a day")


def _date(value: Any) -> Any:
    """Only the one form: pydantic would take seconds since 1970 as well."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError("must be a date such as 2026-11-24")
    return value


def among(words: Sequence[str]) -> Callable[[str], str]:
    """One of these words."""

    def check(word: str) -> str:
        if word not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return word

    return check


Name = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(utf8)]
Text = Annotated[str, Field(max_length=LONGEST_PROMPT), BeforeValidator(utf8)]
Prompt = Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT, pattern=r"\S"), BeforeValidator(utf8)]
Tokens = Annotated[int, Field(ge=0, le=_MOST_TOKENS), BeforeValidator(integral)]
#: A query says nothing by leaving a parameter out; it has no null.
Absent = SkipJsonSchema[None]
QueryUsd = Annotated[
    Decimal,
    Field(ge=0, le=1_000_000),
    BeforeValidator(_number),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1_000_000}),
]
QueryFlag = Annotated[bool, BeforeValidator(_flag)]
QueryWhole = Annotated[int, Field(ge=0, le=_MOST_TOKENS), BeforeValidator(_whole)]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
QueryDate = Annotated[date, BeforeValidator(_date)]
Capability = Annotated[str, AfterValidator(among(CAPABILITIES)), WithJsonSchema({"enum": [*CAPABILITIES]})]
Sort = Annotated[str, AfterValidator(among(SORTS)), WithJsonSchema({"enum": [*SORTS]})]


class StrictBody(BaseModel):
    """JSON as it is written: no text passes for a number, and no field is passed over."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ModelFilters(BaseModel):
    """The filters of the list of models."""

    model_config = ConfigDict(extra="forbid")

    provider: list[Name] = Field([], max_length=50, description="Models of these providers, by id.")
    capability: list[Capability] = Field(
        [], max_length=20, description="Capabilities that models are known to have; all are required."
    )
    task: Name | Absent = Field(None, description="Models that meet what this task requires.")
    min_context: QueryWhole | Absent = Field(None, description="Minimum context window, in tokens.")
    max_price: QueryUsd | Absent = Field(
        None, description="Maximum price of input, in US dollars per million tokens."
    )
    recommended: QueryFlag = Field(default=False, description="Only recommended models.")
    ready: QueryFlag = Field(default=False, description="Only models whose key is set, or that need none.")
    search: Annotated[str, Field(max_length=200), BeforeValidator(utf8)] | Absent = Field(
        None, description="Words that must all occur in id, name or purpose."
    )
    all: QueryFlag = Field(default=False, description="Include retired models.")
    sort: Sort = Field("catalogue", description="Sort order.")
    on: QueryDate | Absent = Field(None, description="Date for lifecycle and prices; today by default.")

    limit: (
        Annotated[
            QueryWhole,
            Field(ge=1, le=MOST_MODELS),
            WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_MODELS}),
        ]
        | Absent
    ) = Field(None, description="Maximum number of models in the answer; all by default.")
    after: Name | Absent = Field(
        None, description="Cursor: models after this one, from `next` of the previous page."
    )

    def filters(self) -> Filters:
        """The filters as the report takes them."""
        return Filters(
            providers=self.provider,
            capabilities=self.capability,
            task=self.task,
            min_context=self.min_context,
            max_price=self.max_price,
            recommended=self.recommended,
            ready=self.ready,
            search=self.search,
            all=self.all,
            sort=self.sort,
        )


class Removal(BaseModel):
    """How a task's own value is removed, or its last change taken back: nothing that would have to be forced."""

    model_config = ConfigDict(extra="forbid")

    dry_run: QueryFlag = Field(default=False, description="Report what would change, without writing it.")


class AssignRequest(StrictBody):
    """A route for a task."""

    route: Annotated[str, Field(min_length=1, max_length=LONGEST_ROUTE), BeforeValidator(utf8)] = Field(
        description=(
            "A model's name, or a route: options to try, separated by commas; each a model, or shares of one with "
            "or without percentages (`90:a+10:b,c`)."
        ),
        examples=["claude-haiku-5-5", "90:claude-sonnet-5-5+10:gpt-6.1-sol,groq/gpt-oss-120b"],
    )
    dry_run: bool = Field(default=False, description="Report what would change, without writing it.")
    force: bool = Field(
        default=False, description="Write even what would be refused, such as a retired or unknown model."
    )
    keep_alias: bool = Field(
        default=False, description="Write aliases such as `haiku`, not the ids they stand for at this moment."
    )


class CostRequest(StrictBody):
    """The workload to be priced, as `cost` takes it."""

    models: Annotated[list[Name], Field(max_length=200)] = Field(
        default=[], description="Models to compare; by default, all that are not retired."
    )
    task: Name | None = Field(
        None,
        description="Use this task's profile as the workload, and compare the models that meet its requirements.",
    )
    assigned: bool = Field(
        default=False, description="Cost of every task by its profile, per month, with a total."
    )
    reference: Name | None = Field(None, description="The model that the others are compared with.")
    tokens: Tokens | None = Field(None, description="Total tokens of one request, a quarter of them output.")
    input_tokens: Tokens | None = Field(None, description="Tokens of one prompt, including cached ones.")
    output_tokens: Tokens | None = Field(None, description="Tokens of one answer.")
    cache_read_tokens: Tokens | None = Field(None, description="Tokens of the prompt that are read from a cache.")
    cache_write_tokens: Tokens | None = Field(
        None, description="Tokens of the prompt that are written to a cache, for any lifetime."
    )
    cache_write_1h_tokens: Tokens | None = Field(None, description="Those of them that are kept for an hour.")
    cache_write_12h_tokens: Tokens | None = Field(
        None, description="Those of them that are kept for twelve hours."
    )
    requests: Tokens | None = Field(None, description="The number of requests.")
    per: Literal["day", "month"] | None = Field(None, description="The period of `requests`.")
    all: bool = Field(default=False, description="Include retired models.")
    on: Moment | None = Field(
        None,
        description="Time of the prices (RFC 3339), or a date, which means noon UTC; now by default.",
    )

    @property
    def moment(self) -> datetime:
        """When."""
        return self.on or datetime.now(UTC)

    def query(self) -> CostQuery:
        """The query as the cost report takes it."""
        return CostQuery(
            models=self.models,
            counts=Counts(
                tokens=self.tokens,
                input=self.input_tokens,
                output=self.output_tokens,
                cache_read=self.cache_read_tokens,
                cache_write=self.cache_write_tokens,
                cache_write_1h=self.cache_write_1h_tokens,
                cache_write_12h=self.cache_write_12h_tokens,
            ),
            requests=self.requests,
            per=self.per,
            task=self.task,
            assigned=self.assigned,
            reference=self.reference,
            all=self.all,
        )


class RouteRequest(StrictBody):
    """A call whose route is to be explained without making it."""

    task: Name = Field(description="A task of the catalogue.")
    prompt: Prompt | None = Field(None, description="The prompt, where `auto` is to choose by its complexity.")
    user: Name | None = Field(None, description="The user, who always gets the same share of a split.")
    preference: Name | None = Field(None, description="A named route of the task.")
