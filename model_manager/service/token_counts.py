"""Counts of the tokens of prompts: a provider's own where it has an endpoint for that, else the estimate."""

from contextlib import suppress
from dataclasses import dataclass

from model_manager.core.chat.estimates import estimated_prompt
from model_manager.core.endpoints import Endpoint
from model_manager.errors import ProviderError
from model_manager.providers import wire_of
from model_manager.providers.exchange.exchange import count_tokens
from model_manager.providers.io.steps import Steps
from model_manager.service import call_log
from model_manager.service.outcomes import OptionFailure, left_after, route_error
from model_manager.service.requests import CallRequest
from model_manager.service.routes import Plan, endpoint_for
from model_manager.service.routing import CallResources

#: What a gateway answers that does not have the endpoint for counting.
_NO_ENDPOINT = frozenset({404, 405, 501})


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCount:
    """How many tokens a prompt has: its messages, files and tools.

    Attributes:
        tokens: the number.
        model: the id of the model whose tokens they are.
        estimated: whether it is this library's estimate, not the provider's count.

    >>> from model_manager import AIService
    >>> with AIService() as service:
    ...     count = service.count_tokens("Say hello.", model="gpt-6-luna")
    >>> count.tokens, count.estimated
    (3, True)
    """

    tokens: int
    model: str
    estimated: bool


def estimated_count(plan: Plan, request: CallRequest) -> TokenCount:
    """The estimate for the model of a plan that a call would go to; without a key to any, the first one."""
    name = plan.state.identity(plan.choices[0].name)
    if len(plan.choices) > 1:
        with suppress(ProviderError):
            name = _first_endpoint(plan, request).model.id
    return TokenCount(tokens=estimated_prompt(request.messages, request.options), model=name, estimated=True)


def counting_steps(plan: Plan, request: CallRequest, resources: CallResources) -> Steps | None:
    """The steps that ask the first option of a plan that a call could ask; None: its provider has no endpoint.

    Raises:
        ProviderError: no option could be asked.
    """
    first = plan.state.find(plan.choices[0].name)
    if first and wire_of(plan.state.workspace.catalogue.provider_of(first).wire).TOKEN_COUNTING is None:
        return None  # the estimate needs no key
    endpoint = _first_endpoint(plan, request)
    steps = count_tokens(
        endpoint,
        request.messages,
        request.options.with_defaults(endpoint.defaults) if endpoint.defaults else request.options,
        random=resources.random,
        moment=resources.clock(),
        policy=resources.policy,
        deadline=resources.deadline,
    )
    return call_log.logged_attempts(steps, endpoint) if steps and call_log.is_on() else steps


def _first_endpoint(plan: Plan, request: CallRequest) -> Endpoint:
    remaining, failures = list(plan.choices), list[OptionFailure]()
    while remaining:
        choice = remaining.pop(0)
        try:
            return endpoint_for(plan, choice, request)
        except ProviderError as error:
            failures.append(OptionFailure(choice.name, error))
            remaining = left_after(plan, choice, error, remaining, streamed=False)
    raise route_error(failures, plan)


def is_without_endpoint(error: ProviderError) -> bool:
    """Whether a provider, or a gateway in its place, has no endpoint for counting."""
    return error.status in _NO_ENDPOINT
