"""Outcomes of a route's options: failures so far, the reply with why this model answered, or one error."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from model_manager.core.messages import Reply
from model_manager.core.models import Model
from model_manager.core.pricing import add
from model_manager.core.routing.choosing import Choice
from model_manager.errors import UNAVAILABLE_KINDS, ProviderError, RouteError
from model_manager.service.routes import Plan

#: Besides what is unavailable: what another model may not suffer from.
_PASSED_ON = frozenset({"not_found", "missing_key", "context_length", "permission", "budget"})
_GARBLED = frozenset({"protocol", "truncated"})
#: Of the caller's account at a provider: another provider does not share it.
_ACCOUNT = frozenset({"auth", "quota"})


class OptionFailure(NamedTuple):
    """Why an option of a route did not answer; `name` is the model's as the route has it."""

    name: str
    error: ProviderError


@dataclass(slots=True)
class RouteAccount:
    """The failures of a route's options so far; `failures` is filled in place."""

    failures: list[OptionFailure] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """How many options were sent a request."""
        return sum(error.attempts > 0 for _, error in self.failures)

    @property
    def tried(self) -> list[str]:
        """The names of the options and the kinds of their failures."""
        return [f"{name}: {error.kind}" for name, error in self.failures]

    def note(self, name: str, error: ProviderError) -> None:
        """Take in that an option did not answer."""
        self.failures.append(OptionFailure(name, error))


def left_after(
    plan: Plan, choice: Choice, error: ProviderError, remaining: Sequence[Choice], *, streamed: bool
) -> list[Choice]:
    """The options that may be asked after one has failed: those that may not share the failure.

    None after a bad request or a refusal, and none once something of an answer has been shown. After a wrong key
    or an unpaid bill those of other providers, unless it is a gateway's, which has others for other models.
    """
    if (streamed and _is_shown(error)) or not _is_passed_on(error):
        return []
    if error.kind not in _ACCOUNT or error.is_upstream:
        return list(remaining)
    failed = plan.state.find(choice.name)
    return [other for other in remaining if not _same_provider(plan.state.find(other.name), failed)]


def _is_shown(error: ProviderError) -> bool:
    partial = error.partial
    return partial is not None and bool(partial.text or partial.tool_calls or partial.refusal)


def _is_passed_on(error: ProviderError) -> bool:
    """Whether some other model may not share this failure."""
    if error.kind in _GARBLED:
        # A whole answer that used up its room before any text is the caller's: more room helps, not another model.
        return error.kind == "protocol" or error.partial is None or not error.partial.complete
    # What was refused here, before it was sent, is refused for what this model or its wire lacks.
    is_lack = error.is_lack or (error.kind == "bad_request" and not error.attempts)
    return is_lack or error.kind in UNAVAILABLE_KINDS | _PASSED_ON | _ACCOUNT


def _same_provider(one: Model | None, other: Model | None) -> bool:
    return one is not None and other is not None and one.provider == other.provider


def annotated_reply(reply: Reply, plan: Plan, account: RouteAccount) -> Reply:
    """The reply with what became of the options before it."""
    failures = account.failures
    if not failures:
        return reply
    rejected = [partial.cost_usd for _, error in failures if (partial := _billed(error))]
    told = [f"{name}: {error.kind} ({error.message})" for name, error in failures]
    return replace(
        reply,
        attempts=reply.attempts + sum(error.attempts for _, error in failures),
        cost_usd=add((reply.cost_usd, *rejected)),
        warnings=(*dict.fromkeys(_account_warnings(plan, reply, failures)), *told, *reply.warnings),
    )


def _account_warnings(plan: Plan, reply: Reply, failures: Sequence[OptionFailure]) -> Iterator[str]:
    """Keys and bills that somebody has to see to, although another option answered."""
    answered = plan.state.find(reply.model)
    name = plan.state.workspace.catalogue.provider_of(answered).name if answered else reply.provider
    for failure in failures:
        model = plan.state.find(failure.name)
        if model is not None and failure.error.kind in _ACCOUNT | {"permission"}:
            yield f"{_account_problem(plan, model, failure.error)}; answered by {name} ({reply.model})"


def _account_problem(plan: Plan, model: Model, error: ProviderError) -> str:
    """What a provider has against the account that it is called with, in plain words."""
    workspace = plan.state.workspace
    provider = workspace.catalogue.provider_of(model)
    variable = workspace.key(provider).variable
    account = f"the account of {variable}" if variable else "the account"
    if error.is_upstream:
        return f"the provider of {model.id} refused the account that {provider.name} has there"
    if error.kind == "quota":
        return f"{provider.name} refused {account} for its credit or its limits"
    if error.kind == "permission":
        return f"{provider.name} does not let {account} use {model.id}"
    if variable is None:
        return f"{provider.name} requires a key, and none is set"
    return (
        f"{provider.name} refused the key of {variable}" if error.attempts else f"{variable} holds no usable key"
    )


def _billed(failure: ProviderError) -> Reply | None:
    """The whole answer that was rejected here, and that the call pays for too; None if there was none."""
    partial = failure.partial
    return partial if partial is not None and partial.complete and partial.cost_usd is not None else None


def route_error(failures: Sequence[OptionFailure], plan: Plan) -> ProviderError:
    """The one failure, or all of them together."""
    errors = [error for _, error in failures]
    if len(errors) == 1:
        return errors[0]
    told = "; ".join(f"{name}: {error.kind} ({error.message})" for name, error in failures)
    over = "every option" if len(errors) == len(plan.choices) else f"{len(errors)} options"
    return RouteError(f"{over} of the route {plan.route} failed: {told}", errors, hint=errors[-1].hint)
