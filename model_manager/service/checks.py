"""Checks of calls before they are made: which options of a route would be asked, and what is wrong with others.

Nothing is sent, and no money is held.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from model_manager.core.chat.estimates import estimated_prompt
from model_manager.core.endpoints import Endpoint
from model_manager.core.lifecycle import lifecycle_problem
from model_manager.core.models import Model
from model_manager.core.routing.choosing import Choice, Cooling, pick
from model_manager.errors import ConfigurationError, ModelManagerError, ProviderError
from model_manager.providers import wire_of
from model_manager.service.budgets import OverBudgetError
from model_manager.service.outcomes import OptionFailure, left_after, route_error
from model_manager.service.requests import CallRequest
from model_manager.service.routes import Plan, cooling_of, endpoint_for
from model_manager.service.routing import CallResources, context_of

#: Where and with which key a choice is called; raises what `routes.endpoint_for` does.
FindEndpoint = Callable[[Plan, Choice, CallRequest], Endpoint]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionCheck:
    """What a call would meet at one option of its route.

    Attributes:
        name: the model's name as the route has it; `model` its id in the catalogue, or None if that has none.
        provider: the provider's id, or None.
        refusal: the error with which the option would be passed over or refused, or None.
        warnings: what would be left out, a model that is going to retire or is cooling down.

    >>> from model_manager import AIService
    >>> with AIService() as service:
    ...     options = service.check("Say hello.", "chat").options
    >>> [(option.model, option.refusal) for option in options]
    [('claude-sonnet-5-5', None)]
    """

    name: str
    model: str | None = None
    provider: str | None = None
    refusal: ModelManagerError | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCheck:
    """The result of checking a call before it is made.

    Attributes:
        route: the route that it would follow, of the task `task` if that is not None.
        options: each model that it may go to, in the order in which they would be asked.
        prompt_tokens: about how many tokens its prompt has.
        error: the error that it would end with before anything is sent; None if some option would be asked.
        model: the id of the model that would be asked first, or None.

    >>> from model_manager import AIService
    >>> with AIService() as service:
    ...     check = service.check("Say hello.", "chat")
    >>> check.ok, check.model
    (True, 'claude-sonnet-5-5')
    """

    route: str
    options: tuple[OptionCheck, ...]
    prompt_tokens: int
    error: ModelManagerError | None = None
    model: str | None = None
    task: str | None = None

    @property
    def ok(self) -> bool:
        """Whether some option would be asked."""
        return self.error is None


def check_call(
    plan: Plan, request: CallRequest, resources: CallResources, find_endpoint: FindEndpoint = endpoint_for
) -> CallCheck:
    """Check a call along its plan. Budgets are read from the disk: not for event loops."""
    prompt = estimated_prompt(request.messages, request.options)
    options = {choice: _option(plan, choice, request, resources, find_endpoint) for choice in plan.choices}
    asked, error = _first_asked(plan, options, cooling_of(plan.state, resources.cooldowns))
    return CallCheck(
        task=plan.task.name if plan.task else None,
        route=str(plan.route),
        options=tuple(options.values()),
        prompt_tokens=prompt,
        error=error,
        model=asked.model if asked else None,
    )


def _first_asked(
    plan: Plan, options: Mapping[Choice, OptionCheck], cooling: Cooling
) -> tuple[OptionCheck | None, ModelManagerError | None]:
    """The option that would be asked first, or the error of a call that ends before it asks one; see `answer`."""
    remaining, failures = list(plan.choices), list[OptionFailure]()
    while remaining:
        choice = pick(remaining, cooling).choice
        remaining.remove(choice)
        option = options[choice]
        if option.refusal is None:
            return option, None
        if not isinstance(option.refusal, ProviderError):
            return None, option.refusal
        failures.append(OptionFailure(choice.name, option.refusal))
        remaining = left_after(plan, choice, option.refusal, remaining, streamed=True)
    return None, route_error(failures, plan)


def _option(
    plan: Plan,
    choice: Choice,
    request: CallRequest,
    resources: CallResources,
    find_endpoint: FindEndpoint,
) -> OptionCheck:
    model = plan.state.find(choice.name)
    warnings = list(_warnings(plan, choice, resources, model))
    refusal: ModelManagerError | None = None
    try:
        endpoint = find_endpoint(plan, choice, request)
        if endpoint.defaults:
            request = replace(request, options=request.options.with_defaults(endpoint.defaults))
        wire = wire_of(endpoint.provider.wire)
        warnings += wire.build_call(endpoint, request.messages, request.options).notices
        _check_size(endpoint.model, request)
        warnings += _check_budgets(endpoint, request, resources, plan)
    except (ProviderError, ConfigurationError) as error:
        refusal = error
    return OptionCheck(
        name=choice.name,
        model=model.id if model else None,
        provider=model.provider if model else None,
        refusal=refusal,
        warnings=tuple(warnings),
    )


def _warnings(plan: Plan, choice: Choice, resources: CallResources, model: Model | None) -> Iterator[str]:
    if model is None:
        return
    for finding in lifecycle_problem(model, resources.clock().date()):
        yield finding.message
    if left := max(cooling_of(plan.state, resources.cooldowns)(choice.name)):
        yield f"{model.id} is cooling down for {left:.0f} s"


def _check_size(model: Model, request: CallRequest) -> None:
    """Refuse a prompt that the model has no room for, as its provider would."""
    prompt = estimated_prompt(request.messages, request.options)
    room = min(filter(None, (model.context_window, model.max_input)), default=None)
    if room is not None and prompt > room:
        message = f"the prompt is about {prompt:,} tokens, and {model.id} takes {room:,}"
        raise ProviderError("context_length", message, hint="shorten the conversation")
    wanted = request.options.max_tokens
    if wanted is not None and model.max_output is not None and wanted > model.max_output:
        message = f"{model.id} answers with at most {model.max_output:,} tokens, and {wanted:,} are requested"
        raise ProviderError("bad_request", message, hint="lower `max_tokens`")


def _check_budgets(
    endpoint: Endpoint, request: CallRequest, resources: CallResources, plan: Plan
) -> Iterator[str]:
    """Refuse what a budget has no room for; a warning where that sends the call along another route."""
    if resources.guard is None:
        return
    task = plan.task.name if plan.task else None
    context = context_of(endpoint, request, resources, task=task, route=str(plan.route))
    error = resources.guard.refusal(endpoint, request, context)
    if isinstance(error, OverBudgetError) and error.budget.route:
        yield f"{error.message}; the call takes the route {error.budget.route}"
    elif error is not None:
        raise error
