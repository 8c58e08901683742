"""Types of models, providers and scenarios, as `list` and `info` show them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, NotRequired

from model_manager.core.models import WIRES, Status
from model_manager.rendering.documents.types.base import JsonObject, RootDocument, SchemaHint, Usd
from model_manager.rendering.documents.types.prices import PriceObject
from model_manager.rendering.documents.types.problems import FindingObject
from model_manager.rendering.documents.types.tasks import TaskObject
from model_manager.rendering.documents.types.usage import ErrorCountObject, FiguresObject


class ModelObject(JsonObject):
    """A model of the catalogue."""

    id: str
    """Its id in the catalogue."""
    name: str
    """Its name for people."""
    provider: str
    """Its provider's id."""
    model_id: str
    """Its id at the provider."""
    aliases: Sequence[str]
    """Other names for it."""
    capabilities: Sequence[str]
    """Capabilities that it is known to have."""
    lacks: Sequence[str]
    """Capabilities that it is known not to have."""
    context_window: int | None
    """The most tokens of prompt and answer together."""
    max_output: int | None
    """The most tokens of an answer."""
    price: PriceObject | None
    """Its price; null: unknown."""
    recommended: bool
    """Whether the catalogue recommends it."""
    status: Status
    """Its lifecycle as of the day."""
    deprecated: date | None
    """The day from which it is deprecated."""
    retires: date | None
    """The day from which it is gone."""
    replacement: str | None
    """The model that replaces it then."""
    ready: bool
    """Whether its provider has a base URL, and its key is set or none is needed."""
    tasks: Sequence[str]
    """The tasks whose route names it."""
    degraded: Sequence[FindingObject]
    """What is twice as bad as in its own week by the ledger: failures_doubled, latency_doubled."""


class ProviderObject(JsonObject):
    """A provider, and whether it can be called."""

    id: str
    """Its id in the catalogue."""
    name: str
    """Its name for people."""
    wire: Annotated[str, SchemaHint(enum=[*WIRES])]
    """The format of its HTTP API."""
    base_url: str | None
    """Where it is called; null: a variable that gives the URL is not set, or holds no usable one."""
    key_env: str | None
    """The variable that holds the key, or the one to set. Never the key."""
    ready: bool
    """Whether it has a base URL, and its key is set or none is needed."""
    problems: Sequence[FindingObject]
    """Problems with its base URL or its key."""


class ScenarioObject(JsonObject):
    """Advice: a model for a kind of work."""

    id: str
    """Its id in the catalogue."""
    title: str
    """The kind of work."""
    model: str
    """The model's name."""
    why: str | None
    """Reasons for it."""


class FactsObject(JsonObject):
    """How fresh the catalogue's facts are."""

    compared: date | None
    """The day on which prices and limits were last compared with their sources; null: nobody says."""
    problems: Sequence[FindingObject]
    """`stale_facts` if that was more than 30 days before the day of the document."""


class ListDocument(RootDocument):
    """The document of `model-manager list --json`."""

    models: Sequence[ModelObject]
    """The models that pass the filters."""
    tasks: Sequence[TaskObject]
    """Every task."""
    providers: Sequence[ProviderObject]
    """Every provider."""
    scenarios: Sequence[ScenarioObject]
    """Every scenario."""
    facts: FactsObject
    """When prices and limits were last compared with their sources."""
    next: NotRequired[str | None]
    """Over HTTP with `limit` or `after`: the `after` of the next page; null: these were the last models."""
    total: NotRequired[int]
    """Over HTTP with `limit` or `after`: how many models pass the filters."""


class MoveObject(JsonObject):
    """An assignment that replaces a model."""

    task: str | None
    """The task that uses the model; null: none does."""
    route: str
    """The new route."""


class CheaperObject(JsonObject):
    """A model that can do the same for less."""

    model: str
    """Its id."""
    provider: str
    """Its provider's id."""
    cost_usd: Usd
    """Cost of 75,000 tokens of input and 25,000 of output."""
    relative: float
    """This cost divided by the model's own."""


class LatelyObject(FiguresObject):
    """How a model did in the last days, by the ledger: an application's calls and live tests, no probes."""

    since: str
    """When they began (RFC 3339, UTC)."""
    days: int
    """How many days."""
    errors: Sequence[ErrorCountObject]
    """Calls that were not answered, by kind of error."""
    earlier_days: int
    """How many days `earlier` is: those before."""
    earlier: FiguresObject | None
    """The same of the days before; null: no calls."""


class ModelInfoObject(ModelObject):
    """Everything about a model."""

    source: str | None
    """The page against which its price was checked."""
    checked: date | None
    """The day on which it was checked."""
    certainty: Mapping[str, str]
    """Facts that fewer than two independent sources confirm, each with its kind of source."""
    best_for: str | None
    """The work that it is best for."""
    notes: str | None
    """Further remarks."""
    max_input: int | None
    """The most tokens of a prompt."""
    released: str | None
    """The day or month of its release."""
    knowledge_cutoff: str | None
    """The day or month up to which it has been trained."""
    key_env: str | None
    """The variable that holds the key, or the one to set. Never the key."""
    base_url: str | None
    """Where it is called; null: a variable that gives the URL is not set, or holds no part of one."""
    base_url_source: str | None
    """The file or variable that named the base URL, in words."""
    problems: Sequence[FindingObject]
    """Problems with the model or its key."""
    lately: LatelyObject | None
    """How it did lately; null: no recorded calls."""
    moves: Sequence[MoveObject]
    """Assignments that replace it, where its end is announced or past."""
    cheaper: Sequence[CheaperObject]
    """Models that can do the same for less, the cheapest first."""


class ModelInfoDocument(RootDocument):
    """The document of `model-manager info MODEL --json`."""

    model: ModelInfoObject
    """The model."""
