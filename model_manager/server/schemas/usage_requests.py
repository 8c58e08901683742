"""The types of requests about the ledger: what `usage` is asked, and scores of calls."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from model_manager.commands.overview import RANGES
from model_manager.commands.usage import UsageRequest
from model_manager.commands.usage_arms import ArmsRequest
from model_manager.ledger.experiments.metrics import LARGEST_SCORE, METRICS
from model_manager.ledger.reports.usage import DIMENSIONS
from model_manager.server.schemas.requests import Absent, Name, QueryWhole, among, utf8

_MOST_CALLS = 1000
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_Dimension = Annotated[str, AfterValidator(among(DIMENSIONS)), WithJsonSchema({"enum": [*DIMENSIONS]})]
_Time = Annotated[str, Field(min_length=1, max_length=40), BeforeValidator(utf8)]
_Range = Annotated[str, AfterValidator(among(RANGES)), WithJsonSchema({"enum": [*RANGES], "type": "string"})]
_Count = Annotated[
    QueryWhole,
    Field(ge=1, le=_MOST_CALLS),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": _MOST_CALLS}),
]
#: Shorter than in a body: a URL has to hold several.
_LONGEST_ROUTE = 300
_Route = Annotated[str, Field(min_length=1, max_length=_LONGEST_ROUTE), BeforeValidator(utf8)]


class UsageFilters(BaseModel):
    """The query parameters of a usage report."""

    model_config = ConfigDict(extra="forbid")

    by: list[_Dimension] = Field(
        [], max_length=len(DIMENSIONS), description="Dimensions of the rows; task by default."
    )
    since: _Time | Absent = Field(
        None, description="Start: a date, a time (RFC 3339) or 7d; this month by default."
    )
    until: _Time | Absent = Field(None, description="End, exclusive, in the same formats; now by default.")
    timezone: _Time | Absent = Field(None, description="Time zone of the days; the server's by default.")
    task: Name | Absent = Field(None, description="Only calls of this task.")
    project: Name | Absent = Field(None, description="Only calls of this project.")
    what_if: list[_Route] = Field(
        [], max_length=10, description="Routes to price the same calls on; `all` ranks every model instead."
    )
    calls: _Count | Absent = Field(None, description="Number of latest calls to list.")

    def request(self) -> UsageRequest:
        """The request as the usage report takes it."""
        return UsageRequest(**self.model_dump())


class OverviewFilters(BaseModel):
    """The query parameters of the overview."""

    model_config = ConfigDict(extra="forbid")

    range: _Range = Field(
        "7d", description="24 hours, 7 or 30 days including today, or this calendar month; always up to now."
    )
    timezone: _Time | Absent = Field(None, description="Time zone of the days; the server's by default.")


class ArmsFilters(BaseModel):
    """The query parameters of a comparison of arms."""

    model_config = ConfigDict(extra="forbid")

    metric: Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(utf8)] = Field(
        "cost", description="Metric to compare: `cost`, `latency`, `failures`, or the name of a score."
    )
    since: _Time | Absent = Field(
        None,
        description="Start: a date, a time (RFC 3339) or 7d; ignored if before the last change of the shares.",
    )
    until: _Time | Absent = Field(None, description="End, exclusive, in the same formats; now by default.")
    timezone: _Time | Absent = Field(None, description="Time zone of the days; the server's by default.")
    project: Name | Absent = Field(None, description="Only calls of this project.")

    def request(self, task: str) -> ArmsRequest:
        """As the command has it."""
        return ArmsRequest(task=task, **self.model_dump())


def _no_metric(name: str) -> str:
    if name.strip() in METRICS:
        raise ValueError(f"a score cannot be named {name.strip()!r}, as every call has that metric")
    return name


class ScoreRequest(BaseModel):
    """A user's judgement of a call."""

    model_config = ConfigDict(extra="forbid", strict=True)

    call: Annotated[str, Field(pattern=_UUID)] = Field(description="The call's UUID: `Reply.call`.")
    value: Annotated[float, Field(allow_inf_nan=False, ge=-LARGEST_SCORE, le=LARGEST_SCORE)] = Field(
        description="A number; its meaning is up to you."
    )
    name: Annotated[
        str, Field(min_length=1, max_length=100, pattern=r"\S"), BeforeValidator(utf8), AfterValidator(_no_metric)
    ] = Field("quality", description="What was scored; a later score of the same name replaces an earlier one.")
