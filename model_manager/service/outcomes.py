"""Outcomes of a route's options: failures so far, the reply with why this model answered, or one error."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from model_manager.core.messages import Reply
from model_manager.core.pricing import add
from model_manager.core.routing.choosing import Pick
from model_manager.errors import ProviderError, RouteError
from model_manager.service.routes import Plan


class OptionFailure(NamedTuple):
    """Why an option of a route did not answer; `name` is the model's as the route has it."""

    name: str
    error: ProviderError


@dataclass(slots=True)
class RouteAccount:
    """The failures of a route's options so far; `reported` gets them as well."""

    failures: list[ProviderError] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    reported: list[OptionFailure] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """How many options were sent a request."""
        return sum(failure.attempts > 0 for failure in self.failures)

    def note(self, name: str, error: ProviderError) -> None:
        """Take in that an option did not answer."""
        self.failures.append(error)
        self.reported.append(OptionFailure(name, error))
        self.tried.append(f"{name}: {error.kind} ({error.message})")


def annotated_reply(reply: Reply, plan: Plan, picked: Pick, account: RouteAccount, *, call: str) -> Reply:
    """The reply with the route taken, and why it was this model."""
    reason = picked.choice.reason
    if account.tried:
        reason = f"fallback after {', '.join(failed.partition(' (')[0] for failed in account.tried)}"
    reason += picked.note
    earlier = sum(failure.attempts for failure in account.failures)
    if not (earlier or account.tried):
        return replace(reply, route=str(plan.route), reason=reason, call=call)
    rejected = [partial.cost_usd for failure in account.failures if (partial := _billed(failure))]
    return replace(
        reply,
        attempts=reply.attempts + earlier,
        cost_usd=add((reply.cost_usd, *rejected)),
        warnings=(*account.tried, *reply.warnings),
        route=str(plan.route),
        reason=reason,
        call=call,
    )


def _billed(failure: ProviderError) -> Reply | None:
    """The whole answer that was rejected here, and that the call pays for too; None if there was none."""
    partial = failure.partial
    return partial if partial is not None and partial.complete and partial.cost_usd is not None else None


def route_error(failures: Sequence[ProviderError], plan: Plan) -> ProviderError:
    """The one failure, or all of them together."""
    last = failures[-1]
    if len(failures) == 1:
        return last
    names = [choice.name for choice in plan.choices]
    told = "; ".join(failure.message for failure in failures)
    over = "every option" if len(failures) == len(names) else f"{len(failures)} options"
    return RouteError(f"{over} of the route {plan.route} failed: {told}", failures, hint=last.hint)
