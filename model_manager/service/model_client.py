"""One given model, called as the library calls it, for commands that show what happens on the way."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from model_manager.core.calls import CallKind, CallObserver
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, Reply
from model_manager.core.options import ChatOptions
from model_manager.core.redaction import Redactor
from model_manager.providers.io.driver import AsyncConnection, News
from model_manager.providers.io.steps import Notice, Steps
from model_manager.providers.io.tracing import DETAILED, Trace, traced
from model_manager.service.budgets import BudgetGuard
from model_manager.service.call_runner import CallRunner
from model_manager.service.cooldowns import NoCooldowns
from model_manager.service.outcomes import OptionFailure
from model_manager.service.requests import CallRequest
from model_manager.service.routes import Plan
from model_manager.service.routing import answer, ask_model
from model_manager.service.snapshot import Snapshot

#: Takes visible text as it arrives, or a notice: a wait before another attempt, or what goes over the wire.
Tell = Callable[[Literal["text", "notice"], str], None]


class ModelClient:
    """Calls models in an event loop. What it finds out cools no model down.

    Args:
        timeout_s: seconds of silence after which a call is given up.
        retries: how many attempts may follow the first.
        kind: what the calls are for.
        observers: are told of every call that was made.
        guard: keeps the calls to budgets.
    """

    def __init__(
        self,
        *,
        timeout_s: float,
        retries: int,
        kind: CallKind = "test",
        observers: Iterable[CallObserver] = (),
        guard: BudgetGuard | None = None,
    ) -> None:
        self._guard = guard
        # A test that fails, perhaps for its own options, must not keep an application from a model.
        self._runner = CallRunner(
            timeout_s=timeout_s,
            retries=retries,
            cooldowns=NoCooldowns(),
            observers=observers,
            kind=kind,
        )

    async def acall(
        self,
        endpoint: Endpoint,
        messages: Sequence[ChatMessage],
        options: ChatOptions,
        tell: Tell,
        *,
        verbose: int = 0,
        wrapped: Callable[[AsyncConnection], AsyncConnection] = lambda connection: connection,
        place: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Ask a model and wait for its complete answer.

        Args:
            endpoint: the model, and where and with which key it is called.
            messages: the conversation.
            options: how to answer.
            tell: is called with text as it arrives, and with notices.
            verbose: 1: notices of attempts, statuses and times; 2: headers and bodies too, without the key.
            wrapped: puts something around the connection.
            place: fields of `CallContext` for the observers.

        Raises:
            ProviderError: no complete answer came; `partial` holds what did.
        """
        steps = self._steps(endpoint, CallRequest(messages=tuple(messages), options=options), tell, verbose, place)
        return await self._runner.run_async(steps, _notify(tell), lambda text: tell("text", text), wrapped)

    async def afollow(
        self,
        plan: Plan,
        request: CallRequest,
        tell: Tell,
        failures: list[OptionFailure],
        *,
        verbose: int = 0,
        wrapped: Callable[[AsyncConnection], AsyncConnection] = lambda connection: connection,
    ) -> Reply:
        """Make a call along a route, in an event loop; `failures` gets what became of its options.

        Raises:
            ProviderError: no complete answer came.
        """
        steps = answer(plan, request, self._runner.resources(request, self._guard), failures)
        if verbose:
            steps = self._traced(steps, plan.state.workspace.redactor(), tell, verbose)
        return await self._runner.run_async(steps, _notify(tell), lambda text: tell("text", text), wrapped)

    def plan(self, snapshot: Snapshot, task: str | None, request: CallRequest) -> Plan:
        """The plan of a call of a task, or along the request's route: on the largest shares, without a user."""
        return self._runner.plan(snapshot, task, request, at_random=False)

    async def aclose(self) -> None:
        """Close the idle connections."""
        await self._runner.transport.aclose()

    def _steps(
        self,
        endpoint: Endpoint,
        request: CallRequest,
        tell: Tell,
        verbose: int,
        place: Mapping[str, Any] | None = None,
    ) -> Steps:
        guard = self._guard.without_routes() if self._guard else None
        steps = ask_model(endpoint, request, self._runner.resources(request, guard), **(place or {}))
        if not verbose:
            return steps
        redact = Redactor(endpoint.to_hide, shapes=True)
        return self._traced(steps, redact, tell, verbose)

    @staticmethod
    def _traced(steps: Steps, redact: Redactor, tell: Tell, verbose: int) -> Steps:
        trace = Trace(lambda line: tell("notice", line), detailed=verbose >= DETAILED, redact=redact)
        return traced(steps, trace)


def _notify(tell: Tell) -> Callable[[News], None]:
    def notify(news: News) -> None:
        if isinstance(news, Notice):
            tell("notice", news.text)
        else:
            tell("notice", f"waiting {news.seconds:.1f} s: {news.reason}")

    return notify
