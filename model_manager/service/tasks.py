"""Which model a task has, and what the catalogue offers: answers that need no call and load no HTTP."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from model_manager.config.directories import current_directory
from model_manager.config.reload import Reloader, WorkspaceSource
from model_manager.core.chat.call_options import check_number
from model_manager.core.chat.conversation import Messages, conversation
from model_manager.core.chat.estimates import estimated_prompt
from model_manager.core.models import CAPABILITIES, Model, Task
from model_manager.core.pricing import Usage, cost
from model_manager.core.quantities import in_utc, noon, parse_amount
from model_manager.core.requirements import unmet
from model_manager.core.routing.choosing import in_order, largest_first, user_scores
from model_manager.core.routing.grammar import AUTO, Route
from model_manager.core.suggestions import did_you_mean, find_provider
from model_manager.errors import ConfigurationError, UsageError
from model_manager.service.snapshot import Snapshot, follow

#: The preference of each user, or what tells it; None for users without one.
Preferences = Mapping[str, str] | Callable[[str], str | None]


class Tasks:
    """The tasks and models of a directory, as its files are at each question."""

    def __init__(self, reloader: Reloader[Snapshot], preferences: Preferences | None = None) -> None:
        if not isinstance(preferences, Mapping | None) and not callable(preferences):
            raise UsageError(
                f"expected a mapping or a function, got {preferences!r}", parameter="user_preferences"
            )
        if isinstance(preferences, Mapping):  # ids are compared as text, as everywhere
            preferences = {str(user): preference for user, preference in preferences.items()}
        self._reloader, self._preferences = reloader, preferences

    def _preference_of(
        self, task: str, user_id: str | None, preference: str | None, state: Snapshot
    ) -> str | None:
        """The preference that counts: the call's own, else the user's if the task has that one."""
        if preference is not None or user_id is None or self._preferences is None:
            return preference
        given = self._preferences
        found = given.get(user_id) if isinstance(given, Mapping) else given(user_id)
        return found if isinstance(found, str) and found in state.task(task).preferences else None

    def get_route_for_task(
        self, task: str, user_id: str | int | None = None, preference: str | None = None
    ) -> Route:
        """The route that a task has now; `str(route)` is its text.

        Raises:
            UnknownNameError: there is no such task or preference.
            ConfigurationError: the task has no valid route.
        """
        return self._route(self._reloader.current(), task, user_id, preference)

    def _route(self, state: Snapshot, task: str, user_id: str | int | None, preference: str | None) -> Route:
        user = None if user_id is None else str(user_id)
        return state.route_of(task, self._preference_of(task, user, preference, state), _today())

    def get_model_for_task(
        self, task: str, user_id: str | int | None = None, preference: str | None = None
    ) -> Model:
        """The model of a task: of the user's share, or without a user of the largest one.

        Raises:
            UnknownNameError: there is no such task or preference.
            ConfigurationError: the task has no route, or its model is not in the catalogue.
        """
        state = self._reloader.current()
        route = self._route(state, task, user_id, preference)
        salt = state.task(task).split_salt
        score = largest_first if user_id is None else user_scores(task, salt, str(user_id), state.identity)
        name = in_order(route, score, lambda _: False, "")[0].name
        if name == AUTO:
            auto = state.task(task).auto
            if auto is None:
                raise ConfigurationError(f"auto needs a [tasks.{task}.auto] table to choose from")
            name = auto.strongest
        model = state.find(name)
        if model is None:
            source = state.assignment(task, _today()).source
            where = f" ({source.text})" if source else ""
            hint = did_you_mean(name, state.workspace.catalogue.names())
            error = ConfigurationError(f"task {task}: {name} is not in the catalogue{where}", hint=hint)
            raise state.redacted(error)
        return model

    def list_models(self) -> tuple[Model, ...]:
        """The catalogue's models that are not retired, in its order."""
        return self.find_models()

    def find_models(
        self,
        capabilities: Sequence[str] = (),
        *,
        provider: str | None = None,
        min_context: int | None = None,
        max_price: Decimal | float | str | None = None,
        recommended: bool | None = None,
        ready: bool | None = None,
        retired: bool = False,
    ) -> tuple[Model, ...]:
        """The models that are known to offer all that is asked for, in the catalogue's order.

        Args:
            capabilities: words such as "vision"; all must be known to be there.
            provider: a provider's id, its name, or another of its names.
            min_context: tokens that the context window must hold.
            max_price: US dollars per million input tokens, at most.
            recommended: whether the catalogue recommends them.
            ready: whether their provider can be called: its key is set and it has a base URL here.
            retired: whether retired models are among them.

        Raises:
            UsageError: a word that is no capability, or a provider that does not exist.
        """
        state, now = self._reloader.current(), datetime.now(UTC)
        capabilities = [capabilities] if isinstance(capabilities, str) else capabilities
        check_number("min_context", min_context, 0)
        if not isinstance(capabilities, Iterable):
            raise UsageError(f"expected names of capabilities, got {capabilities!r}", parameter="capabilities")
        for word in capabilities:
            _check("capability", word, CAPABILITIES)
        catalogue = state.workspace.catalogue
        if provider is not None:
            provider = find_provider(catalogue, provider).id
        limit = None if max_price is None else parse_amount(str(max_price), "max_price")
        wanted = Task(name="search", requires=tuple(capabilities), min_context=min_context, max_price=limit)

        def fits(model: Model) -> bool:
            return (
                (retired or model.status(now.date()) != "retired")
                and (provider is None or model.provider == provider)
                and (recommended is None or model.recommended == recommended)
                and (ready is None or state.workspace.is_ready(catalogue.provider_of(model)) == ready)
                and not list(unmet(wanted, model, now))
            )

        return tuple(filter(fits, catalogue.models.values()))

    def estimate_cost(
        self,
        name: str,
        messages: Messages | None = None,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        on: datetime | date | None = None,
    ) -> Decimal | None:
        """US dollars that one call would cost, or None where a price or a count is unknown.

        Args:
            name: a model, or a task: then of its model.
            messages: the conversation, whose tokens are estimated at one per four bytes.
            input_tokens: their number, in place of an estimate; else the task's profile says it.
            output_tokens: the number of the answer's; else the task's profile says it.
            on: the moment of the price, now if not given; a time without an offset is UTC, a day its 12:00 UTC.

        Raises:
            UnknownNameError: there is no such model or task.
            ConfigurationError: the task has no model.
            UsageError: a count that cannot be, or what is no moment.
        """
        state, moment = self._reloader.current(), _moment(on)
        for what, count in (("input_tokens", input_tokens), ("output_tokens", output_tokens)):
            check_number(what, count, 0, whole=True)
        task = state.workspace.catalogue.tasks.get(str(name))
        model = self.get_model_for_task(name) if task else state.model(name)
        profile = task.profile if task else None
        if input_tokens is None and messages is not None:
            turns = conversation(messages)
            input_tokens = estimated_prompt(turns)
        if profile is not None:
            input_tokens = profile.input_tokens if input_tokens is None else input_tokens
            output_tokens = profile.output_tokens if output_tokens is None else output_tokens
        if input_tokens is None or output_tokens is None:
            return None
        usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        return cost(model.price, usage, moment)


def _check(what: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        hint = did_you_mean(str(word), known) or f"one of {', '.join(known)}"
        raise UsageError(f"there is no {what} {word!r}", hint=hint)


def _moment(on: object) -> datetime:
    """The moment of a date or datetime: noon in UTC of a date; now for None."""
    if on is None:
        return datetime.now(UTC)
    if not isinstance(on, date):
        hint = "for example datetime(2026, 12, 31, 8, tzinfo=UTC)"
        raise UsageError(f"expected a datetime or a date, got {on!r}", hint=hint, parameter="on")
    if not isinstance(on, datetime):
        return noon(on)
    try:
        return in_utc(on)
    except OverflowError:
        raise UsageError(f"{on!r} is out of range in UTC", parameter="on") from None


def _today() -> date:
    return datetime.now(UTC).date()


_HERE: dict[Path, Tasks] = {}


def default_resolver() -> Tasks:
    """The tasks of the working directory."""
    directory = current_directory()
    if directory not in _HERE:
        _HERE[directory] = Tasks(follow(WorkspaceSource(directory=directory, search_parents=True)))
    return _HERE[directory]


def get_model_for_task(task: str, user_id: str | int | None = None, preference: str | None = None) -> Model:
    """The model that a task has now, by the environment, `.env` and the catalogue of the working directory.

    Args:
        task: a task of the catalogue.
        user_id: whose share of a split; without one it is the largest share.
        preference: a named route of the task.

    Raises:
        UnknownNameError: there is no such task or preference.
        ConfigurationError: the task has no model, or one that is not in the catalogue.

    >>> from model_manager import Model, get_model_for_task
    >>> model: Model = get_model_for_task("chat")
    >>> model.provider, model.has("vision")
    ('anthropic', True)
    """
    return default_resolver().get_model_for_task(task, user_id, preference)


def get_route_for_task(task: str, user_id: str | int | None = None, preference: str | None = None) -> Route:
    """The route that a task has now; `str(route)` is its text.

    Raises:
        UnknownNameError: there is no such task or preference.
        ConfigurationError: the task has no valid route.

    >>> from model_manager import get_route_for_task
    >>> str(get_route_for_task("chat"))
    'claude-sonnet-5-5'
    """
    return default_resolver().get_route_for_task(task, user_id, preference)
