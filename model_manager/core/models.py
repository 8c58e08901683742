"""Models, providers, tasks, the catalogue that holds them, and questions about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from model_manager.core.pricing import Price
from model_manager.core.routing.auto import AutoRules

#: The words a model's `capabilities` and `lacks` are made of.
CAPABILITIES = (
    "chat",
    "streaming",
    "function-calling",
    "structured-output",
    "reasoning",
    "vision",
    "audio",
    "pdf",
    "prompt-caching",
    "long-context",
    "fast-response",
)
WIRES = ("anthropic", "openai", "openai-responses", "gemini", "ollama")
AUTHS = ("bearer", "x-api-key", "x-goog-api-key", "none")
KEY_POLICIES = ("required", "optional", "none")

BUDGET_PERIODS = ("day", "week", "month")
#: What a budget does besides sending calls along another route.
BUDGET_ACTIONS = ("warn", "refuse")
UNPRICED_ACTIONS = ("ignore", "refuse")

#: The key of `Provider.places` for where a project said, by `like`, that the base URL is another provider's.
BY_LIKE = "base_url by like"

BudgetPeriod = Literal["day", "week", "month"]
Status = Literal["active", "preview", "legacy", "deprecated", "retired"]
#: Which layer of configuration said something; a "project" is whatever came with a checkout.
Layer = Literal["embedded", "fetched", "user", "project"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something in the catalogue was said."""

    layer: Layer = "embedded"
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.file is None:
            return "the embedded catalogue"
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model as one provider serves it. Token limits are counts; None everywhere means unknown."""

    id: str
    name: str
    provider: str
    model_id: str
    aliases: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    context_window: int | None = None
    max_input: int | None = None
    max_output: int | None = None
    knowledge_cutoff: str | None = None
    recommended: bool = False
    best_for: str | None = None
    released: str | None = None
    stage: Literal["preview", "legacy"] | None = None
    deprecated: date | None = None
    retires: date | None = None
    replacement: str | None = None
    certainty: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    checked: date | None = None
    notes: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Defaults of the options of its calls, by name.
    options: Mapping[str, Any] = field(default_factory=dict)
    #: Where its headers, and those fields of its options that are sent as they are, were said: a project's do not
    #: go everywhere.
    headers_place: Place = Place()
    #: Whether some of these are the user's.
    has_users_headers: bool = False
    price: Price | None = None

    def status(self, on: date) -> Status:
        """The lifecycle as of a day. A model with an announced end counts as deprecated until then."""
        if self.retires and on >= self.retires:
            return "retired"
        if self.deprecated:
            if on >= self.deprecated:
                return "deprecated"
        elif self.retires:
            return "deprecated"
        return self.stage or "active"

    def has(self, capability: str) -> bool | None:
        """Whether it can do something; None if nobody has said."""
        if capability in self.capabilities:
            return True
        return False if capability in self.lacks else None

    def days_left(self, on: date) -> int | None:
        """Days until it retires (0 or less: it has), or None if no end is announced."""
        return (self.retires - on).days if self.retires else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A service and how it is spoken to. Where its fields were said matters for trust: see `places`."""

    id: str
    name: str
    wire: str
    #: May contain variables of the environment, as ${NAME}; None: only `base_url_env` gives one.
    base_url: str | None = None
    base_url_env: str | None = None
    base_url_append: str = ""
    #: Further names, such as other programs have for it.
    aliases: tuple[str, ...] = ()
    api_key_env: tuple[str, ...] = ()
    key: str = "required"
    #: The header that carries the key; None: the wire's own.
    auth: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    pricing_url: str | None = None
    docs_url: str | None = None
    status_url: str | None = None
    allow_http: bool = False
    #: Below which URLs its keys may always go: the embedded catalogue's whole host, the user's URL with its path.
    own_base_urls: tuple[str, ...] = ()
    #: Those of them that the user's files name.
    users_base_urls: tuple[str, ...] = ()
    #: The variables that the same files name for its key.
    own_key_variables: tuple[str, ...] = ()
    #: Whether some of its headers are the user's.
    has_users_headers: bool = False
    #: Field name to where it was said, for the fields that a layer above the embedded one set.
    places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def other_names(self) -> tuple[str, ...]:
        """Its id, its name for people and its aliases, in lower case."""
        return tuple(name.casefold() for name in (self.id, self.name, *self.aliases))

    def place(self, key: str) -> Place:
        """Where a field was said."""
        return self.places.get(key, Place())


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A task's typical work: requests a day, tokens a request, and the part of the prompt read from a cache.

    What is None was not said, and then the cost is unknown.
    """

    requests_per_day: Decimal | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_share: Decimal = Decimal(0)

    @property
    def missing(self) -> tuple[str, ...]:
        """The counts without which there is no cost."""
        names = ("requests_per_day", "input_tokens", "output_tokens")
        return tuple(name for name in names if getattr(self, name) is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A part of the application that uses a model.

    `model` is a route's text, `env` the variable that overrides it. Another `split_salt` deals the users of its
    splits anew.
    """

    name: str
    purpose: str = ""
    env: str = ""
    model: str | None = None
    requires: tuple[str, ...] = ()
    min_context: int | None = None
    max_price: Decimal | None = None
    profile: Profile | None = None
    preferences: Mapping[str, str] = field(default_factory=dict)
    split_salt: str = ""
    auto: AutoRules | None = None
    #: Defaults of the options of its calls, by name; they win over a model's.
    options: Mapping[str, Any] = field(default_factory=dict)
    #: Where those of them that are sent as they are were said: see `Model.headers_place`.
    extras_place: Place = Place()
    place: Place = Place()
    is_example: bool = False  # the embedded catalogue's, for those without tasks of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Advice: a model for a kind of work, and why (None: computed when it is shown)."""

    id: str
    title: str
    model: str
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit for what calls may cost in a period of UTC.

    Attributes:
        limit: US dollars.
        tasks: whose calls count; none: all calls, those without a task too.
        warn: the part of the limit from which on there is a warning.
        then: what becomes of a call that does not fit: "warn", "refuse", or the route that it takes instead.
        unpriced: what becomes of a call whose price is unknown: "ignore" or "refuse".
        project: whose calls count, or None for all; a budget of a project's file is about that project.
        place: where it was said.
    """

    name: str
    limit: Decimal
    per: BudgetPeriod
    tasks: tuple[str, ...] = ()
    warn: Decimal = Decimal("0.8")
    then: str = "warn"
    unpriced: Literal["ignore", "refuse"] = "ignore"
    project: str | None = None
    place: Place = Place()

    @property
    def acts_before_calls(self) -> bool:
        """Whether calls are checked against it before they are made."""
        return self.then != "warn" or self.unpriced == "refuse"

    @property
    def route(self) -> str | None:
        """The route that calls take which do not fit, or None."""
        return None if self.then in BUDGET_ACTIONS else self.then

    def takes(self, task: str | None, project: str | None) -> bool:
        """Whether a call counts."""
        return (not self.tasks or task in self.tasks) and self.project in (None, project)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything the layers said together, by id and in the order of the files."""

    models: Mapping[str, Model] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    default_model: str | None = None
    default_place: Place = Place()
    files: tuple[str, ...] = ()
    #: The day on which facts were last compared with their sources, by us or by `update`; None: nobody says.
    compared: date | None = None
    #: The user's budgets, then the project's; a name may be in both, and then both count.
    budgets: tuple[Budget, ...] = ()

    def find(self, name: str) -> Model | None:
        """The model of an id, an alias or `provider/model_id`, looked for in this order, exactly.

        Before the slash, the other names of a provider stand for its id.
        """
        if name in self.models:
            return self.models[name]
        by_alias = (model for model in self.models.values() if name in model.aliases)
        by_wire_id = (model for model in self.models.values() if name == f"{model.provider}/{model.model_id}")
        if found := next(by_alias, None) or next(by_wire_id, None):
            return found
        prefix, slash, rest = name.partition("/")
        provider = self.find_provider(prefix) if slash else None
        return self.find(f"{provider.id}/{rest}") if provider and provider.id != prefix else None

    def find_provider(self, name: str) -> Provider | None:
        """The provider of an id, else the first one with this id, alias or name for people in any case."""
        if name in self.providers:
            return self.providers[name]
        folded = name.casefold()
        return next((one for one in self.providers.values() if folded in one.other_names), None)

    def provider_of(self, model: Model) -> Provider:
        """The provider that serves a model."""
        return self.providers[model.provider]

    def names(self) -> Iterator[str]:
        """Every id and alias."""
        for model in self.models.values():
            yield model.id
            yield from model.aliases
