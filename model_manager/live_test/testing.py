"""`test`: the calls of one live test, and the result of each."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Literal

from model_manager.config.trust import Destination
from model_manager.config.workspace import Workspace
from model_manager.core.chat.call_options import chat_options
from model_manager.core.chat.conversation import conversation
from model_manager.core.chat.estimates import estimated_prompt, estimated_tokens
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, Reply
from model_manager.core.models import Model
from model_manager.core.options import ChatOptions
from model_manager.core.parts import Text
from model_manager.core.pricing import Usage, cost
from model_manager.core.routing.choosing import names_of
from model_manager.core.routing.grammar import parse_route
from model_manager.errors import NoBaseUrlError, ProviderError
from model_manager.live_test.cost_limit import CostLimit
from model_manager.live_test.report import (
    PROMPT,
    Event,
    OnEvent,
    Repetition,
    Spread,
    Target,
    TestReport,
    TestRequest,
    TestResult,
    repetitions_of,
)
from model_manager.live_test.runner import MOST_AT_ONCE, JobRunner, failure_of
from model_manager.live_test.targets import targets_of
from model_manager.service.outcomes import OptionFailure
from model_manager.service.requests import CallRequest

__all__ = [
    "PROMPT",
    "Event",
    "OnEvent",
    "Repetition",
    "Spread",
    "Target",
    "TestReport",
    "TestRequest",
    "TestResult",
    "TestRun",
    "chat_request",
    "concurrency_of",
]

#: Reasoning models spend hundreds of hidden tokens before the first visible one; less than this starves them.
DEFAULT_MAX_TOKENS = 4096


def chat_request(request: TestRequest, model: Model) -> tuple[list[ChatMessage], ChatOptions]:
    """The messages and options that are sent to a model."""
    messages = _messages(request)
    limit = request.max_tokens or min(DEFAULT_MAX_TOKENS, model.max_output or DEFAULT_MAX_TOKENS)
    # As the library does it, which is what is tested.
    stream = request.stream and model.has("streaming") is not False
    return messages, options_of(request, limit, stream=stream)


def route_request(request: TestRequest, models: Sequence[Model]) -> tuple[list[ChatMessage], ChatOptions]:
    """The messages and options that are sent along a route: every model of it can take them."""
    limits = [model.max_output for model in models if model.max_output]
    limit = request.max_tokens or min([DEFAULT_MAX_TOKENS, *limits])
    messages = _messages(request)
    return messages, options_of(request, limit, stream=request.stream)


def _messages(request: TestRequest) -> list[ChatMessage]:
    system = [ChatMessage("system", request.system)] if request.system else []
    parts = (*request.files, Text(request.prompt)) if request.files else ()
    return [*system, *conversation([ChatMessage("user", request.prompt, parts=parts)])]


def options_of(request: TestRequest, limit: int, *, stream: bool) -> ChatOptions:
    """How a test is to be answered, in at most `limit` tokens.

    Raises:
        UsageError: an option that does not exist, or a value that cannot be meant.
    """
    given = {"max_tokens": limit, "temperature": request.temperature, **request.options}
    asked = request.max_tokens is not None or request.options.get("max_tokens") is not None
    return replace(chat_options(given, stream=stream), max_tokens_asked=asked)


def concurrency_of(request: TestRequest, calls: int) -> int:
    """How many calls run at a time. Repetitions measure, so they wait for each other unless told otherwise."""
    at_once = request.concurrency or (1 if request.repeat > 1 else calls)
    return min(at_once, calls, MOST_AT_ONCE)


class TestRun:
    """The calls of one live test. For one event loop.

    Args:
        workspace: the catalogue and the keys.
        request: what to call, and how.
        moment: as of when models and prices are.
        budget: money that other runs share; the request's own if there is none.

    Raises:
        UsageError: the request names nothing that exists.
        SettingsError: the variable of a base URL holds something else.
    """

    def __init__(
        self, workspace: Workspace, request: TestRequest, moment: datetime, budget: CostLimit | None = None
    ) -> None:
        targets = targets_of(workspace, request, moment)
        self._find = workspace.catalogue.find
        models = [model for target in targets if target.model for model in self._models(workspace, target)]
        for provider in {model.provider for model in models}:
            with suppress(NoBaseUrlError):  # the call fails, or another option of its route is taken
                workspace.destination(workspace.catalogue.providers[provider])
        self._targets = [target for target in targets for _ in range(request.repeat)]
        self._workspace, self._request, self._moment = workspace, request, moment
        self._runner = JobRunner(workspace, request, moment, budget)
        #: The text of each call that has started.
        self._arrived: dict[int, list[str]] = {}
        self._results: dict[int, TestResult] = {}

    async def report(self, on_event: OnEvent) -> TestReport:
        """Make the calls; Ctrl-C, a cancelled task and `cancel` end them at once and keep what has arrived."""
        calls = len(self._targets)
        await self._runner.run(calls, concurrency_of(self._request, calls), self._call, on_event)
        results = tuple(self._results.get(index) or self._cancelled(index) for index in range(calls))
        repetitions = tuple(repetitions_of(results)) if self._request.repeat > 1 else ()
        return TestReport(results=results, repetitions=repetitions, interrupted=self._runner.is_stopped)

    def cancel(self) -> None:
        """End all calls, from the event loop that makes them."""
        self._runner.stop()

    async def _call(self, index: int) -> None:
        target = self._targets[index]
        self._arrived[index] = []
        self._runner.emit(Event("started", index, target))
        self._results[index] = result = await self._result(index, target)
        self._runner.emit(Event("finished", index, target, result=result))

    async def _result(self, index: int, target: Target) -> TestResult:
        if target.model is None:
            return TestResult(target=target, error=target.refusal)
        failures: list[OptionFailure] = []
        reply, error = None, None
        try:
            if target.followed:
                reply = await self._follow(index, target, target.followed, failures)
            else:
                task = self._workspace.catalogue.tasks.get(target.task or "")
                reply = await self._ask(index, target, self._workspace.endpoint(target.model, task))
        except asyncio.CancelledError:
            return self._cancelled(index)
        except Exception as raised:  # noqa: BLE001 - the other calls go on
            error = failure_of(raised)
            reply = error.partial
        model = (reply and self._find(reply.model)) or target.model
        return replace(self._known(target, model), reply=reply, error=error, failures=tuple(failures))

    def _known(self, target: Target, model: Model) -> TestResult:
        """A result with the facts that are known before the call."""
        key_variable, warnings = self._runner.known(model)
        return TestResult(target=target, model=model, key_variable=key_variable, warnings=warnings)

    async def _ask(self, index: int, target: Target, endpoint: Endpoint) -> Reply:
        """Make a call, and tell its text.

        Raises:
            ProviderError: no complete answer came, or the budget does not allow the call.
        """
        messages, options = chat_request(self._request, endpoint.model)

        def tell(kind: Literal["text", "notice"], text: str) -> None:
            self._tell(kind, index, text)

        to = _destination_words(self._workspace.destination(endpoint.provider)) if self._request.verbose else None
        return await self._runner.ask(
            endpoint,
            messages,
            options,
            tell,
            name=target.name,
            announcement=to,
            place={"task": target.task, "route": target.route, "option": target.option or 0},
        )

    @staticmethod
    def _models(workspace: Workspace, target: Target) -> list[Model]:
        """Every model that a target may call."""
        if not target.followed:
            return [target.model] if target.model else []
        task = workspace.catalogue.tasks.get(target.task) if target.task else None
        names = names_of(parse_route(target.followed), task.auto if task else None)
        return [model for name in names if (model := workspace.catalogue.find(name))]

    async def _follow(self, index: int, target: Target, route: str, failures: list[OptionFailure]) -> Reply:
        """Make a call along a route, and tell its text.

        Raises:
            ProviderError: no complete answer came, or the budget does not allow the call.
            ConfigurationError: the route cannot be followed.
        """
        messages, options = route_request(self._request, self._models(self._workspace, target))
        request = CallRequest(messages=tuple(messages), options=options, route=None if target.task else route)
        plan = self._runner.plan(target.task, request)

        def tell(kind: Literal["text", "notice"], text: str) -> None:
            self._tell(kind, index, text)

        return await self._runner.follow(plan, request, tell, failures, name=target.task or target.name)

    def _tell(self, kind: Literal["text", "notice"], index: int, text: str) -> None:
        if not text:
            return
        if kind == "text":
            self._arrived[index].append(text)
        self._runner.emit(Event(kind, index, self._targets[index], text))

    def _cancelled(self, index: int) -> TestResult:
        """The result of a call that was ended, or had not started, before it could tell more than its text."""
        target, has_started = self._targets[index], index in self._arrived
        error = ProviderError("cancelled", "interrupted" if has_started else "interrupted before it started")
        error.attempts = int(has_started)
        if target.model is None:
            return TestResult(target=target, error=error)
        text = "".join(self._arrived.get(index, ()))
        reply = self._partial_reply(target.model, text) if text else None
        return replace(self._known(target, target.model), reply=reply, error=error)

    def _partial_reply(self, model: Model, text: str) -> Reply:
        """The text so far as a reply, with its cost as far as it can be estimated."""
        messages, _ = chat_request(self._request, model)
        usage = Usage(
            input_tokens=estimated_prompt(messages),
            output_tokens=estimated_tokens(text),
            estimated=True,
        )
        dollars = cost(model.price, usage, self._moment)
        return Reply(
            model=model.id,
            provider=model.provider,
            model_id=model.model_id,
            text=text,
            usage=usage,
            cost_usd=dollars,
            cost_source=None if dollars is None else "catalogue",
        )


def _destination_words(to: Destination) -> str:
    key = f"with the key of {to.key_variable}" if to.key_variable else "without a key"
    return f"calling {to.base_url} ({to.named_by}) {key}"
