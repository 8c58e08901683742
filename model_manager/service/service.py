"""`AIService`, the class that applications call: synchronous and asynchronous methods over the same steps."""

import os
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Self, Unpack

from model_manager.config.directories import state_directory
from model_manager.core.calls import CallObserver
from model_manager.core.chat.call_options import check_number
from model_manager.core.chat.conversation import Messages
from model_manager.core.limits import DEFAULT_CONNECT_S, MAX_RETRIES
from model_manager.core.messages import Chunk, Reply
from model_manager.core.models import Model
from model_manager.errors import ProviderError, UsageError
from model_manager.ledger.recorder import check_score
from model_manager.providers.io.steps import Steps
from model_manager.providers.io.transport import in_worker_thread
from model_manager.service.call_planner import CallPlanner
from model_manager.service.call_runner import CallRunner
from model_manager.service.checks import CallCheck, check_call
from model_manager.service.cooldowns import CooldownStore
from model_manager.service.observers import checked_observers
from model_manager.service.recording import observers_of, recorder_for
from model_manager.service.requests import CallOptions, CallRequest, lists_options
from model_manager.service.routes import Plan
from model_manager.service.snapshot import follow
from model_manager.service.sources import source_of
from model_manager.service.tasks import Preferences
from model_manager.service.token_counts import TokenCount, counting_steps, estimated_count, is_without_endpoint

if TYPE_CHECKING:  # the transport alone loads it
    import httpx


class AIService(CallPlanner):
    """Calls the models that are assigned to an application's tasks, the same way for all providers.

    It reads the catalogue, `.env` and the environment as the command line does, and reloads them on changes. One
    service serves all threads and event loops of a process; it keeps its connections until it is closed.

    Args:
        directory: where `.env` and `models.toml` are; else the current directory, and inside a repository the
            nearest parent that has them.
        env_files: a file or files to read instead of `.env.local` and `.env`; the last one wins.
        models_file: a catalogue to read instead of the user's and the project's `models.toml`.
        timeout: seconds without data after which an attempt times out; else MODEL_MANAGER_TIMEOUT, else 120.
        retries: the maximum number of retries for each option of a route, 10 at most; else
            MODEL_MANAGER_RETRIES, 2.
        trust: allow sending API keys to hosts that the project's files name.
        connect_timeout: seconds that connecting may take.
        total_timeout: seconds that a whole call may take, including retries and fallbacks; None: no limit.
        user_preferences: the preference of each user: a mapping by user id, or a function of it.
        observers: objects that are notified of every option that was called; see `CallObserver`.
        ledger: the file in which calls are recorded, or "off"; else as MODEL_MANAGER_LEDGER says.
        http_client: an `httpx.Client` of your own for the calls of threads, with its proxies, certificates, hooks
            and limits; it is not closed. Keys, timeouts and redirects remain this library's.
        async_http_client: an `httpx.AsyncClient` for the calls of one event loop.

    Raises:
        UsageError: a file or directory does not exist, or a number is out of range.
        ConfigurationError: a file is invalid; `problems` lists every mistake.

    >>> from model_manager import AIService
    >>> with AIService() as service:
    ...     reply = service.chat("chat", "Say hello.")
    >>> reply.text
    'Hello!'
    """

    def __init__(  # noqa: PLR0917 - the positions are a part of the contract
        self,
        directory: str | os.PathLike[str] | None = None,
        env_files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
        models_file: str | os.PathLike[str] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        trust: bool = False,  # noqa: FBT001, FBT002 - as above
        *,
        connect_timeout: float | None = DEFAULT_CONNECT_S,
        total_timeout: float | None = None,
        user_preferences: Preferences | None = None,
        observers: Iterable[CallObserver] = (),
        ledger: str | os.PathLike[str] | None = None,
        http_client: "httpx.Client | None" = None,
        async_http_client: "httpx.AsyncClient | None" = None,
    ) -> None:
        for name, value in (
            ("timeout", timeout),
            ("connect_timeout", connect_timeout),
            ("total_timeout", total_timeout),
        ):
            check_number(name, value, None)
        check_number("retries", retries, 0, whole=True, most=MAX_RETRIES)
        told = checked_observers(observers)
        reloader = follow(source_of(directory, env_files, models_file, trust=trust))
        workspace = reloader.latest.workspace
        settings = workspace.settings
        recorder = recorder_for(workspace, ledger, lambda: reloader.latest.budgets)
        runner = CallRunner(
            timeout_s=settings.timeout if timeout is None else timeout,
            connect_s=connect_timeout,
            total_s=total_timeout,
            retries=settings.retries if retries is None else retries,
            cooldowns=CooldownStore(state_directory(os.environ) / "cooldowns"),
            observers=(*told, *observers_of(workspace, recorder)),
            http_client=http_client,
            async_http_client=async_http_client,
        )
        super().__init__(reloader, user_preferences, runner, recorder)

    @lists_options
    def chat(self, task: str, messages: Messages, **options: Unpack[CallOptions]) -> Reply:
        """Ask a task's model and wait for the whole answer.

        Args:
            task: a task of the catalogue.
            messages: text, or the conversation: messages, pairs of role and text, or mappings.
            options: see below.

        Raises:
            ProviderError: no complete answer came; `partial` has what did.
            RouteError: several options of the task's route failed; a ProviderError with all `failures`.
            UsageError: there is no such task, preference or option, or the messages are invalid.
            ConfigurationError: the task has no valid route.
        """
        return self._runner.run_sync(self._begin(task, self._parse(messages, options, stream=False)))

    @lists_options
    async def achat(self, task: str, messages: Messages, **options: Unpack[CallOptions]) -> Reply:
        """As `chat`, in an event loop."""
        steps = await self._begin_async(task, self._parse(messages, options, stream=False))
        return await self._runner.run_async(steps)

    @lists_options
    def stream(
        self, task: str, messages: Messages, **options: Unpack[CallOptions]
    ) -> Generator[Chunk, None, None]:
        """Ask a task's model and yield the answer as it arrives; the last chunk has the whole reply.

        Invalid arguments are raised immediately, other errors while iterating; see `chat`. Closing the
        generator ends the call.
        """
        return self._runner.stream_sync(self._begin(task, self._parse(messages, options, stream=True)))

    @lists_options
    def astream(
        self, task: str, messages: Messages, **options: Unpack[CallOptions]
    ) -> AsyncGenerator[Chunk, None]:
        """As `stream`, in an event loop; if files have changed, all errors are raised while iterating."""
        request = self._parse(messages, options, stream=True)
        if not self._reloader.is_stale():
            plan = self._plan(task, request)
            if not self._needs_cooldowns(plan):
                return self._runner.stream_async(self._steps(plan, request))
        elif request.route is not None:
            self._reloader.latest.route(
                request.route
            )  # a route that does not parse is wrong whatever the files say
        return self._stream_later(task, request)

    @lists_options
    def create_chat_completion(
        self, model: str | Model, messages: Messages, **options: Unpack[CallOptions]
    ) -> Reply:
        """Ask one given model, or the models of a given route, and wait for the whole answer; see `chat`."""
        return self._runner.run_sync(self._begin(None, self._parse_for_model(model, messages, options)))

    @lists_options
    async def acreate_chat_completion(
        self, model: str | Model, messages: Messages, **options: Unpack[CallOptions]
    ) -> Reply:
        """As `create_chat_completion`, in an event loop."""
        return await self._runner.run_async(
            await self._begin_async(None, self._parse_for_model(model, messages, options))
        )

    def check(self, messages: Messages, task: str | None = None, **options: Unpack[CallOptions]) -> CallCheck:
        """Check a call before making it: what would be refused, and why; nothing is sent.

        Useful before a streamed HTTP response begins, while its status code can still report an error.

        Args:
            messages: as for `chat`.
            task: the task of the call, or None if the options name a route.
            options: see `CallOptions`.

        Raises:
            UsageError, ConfigurationError: as `chat` raises them.
        """
        request = self._parse(messages, options, stream=True)
        return self._check(self._fresh_plan(task, request), request)

    async def acheck(
        self, messages: Messages, task: str | None = None, **options: Unpack[CallOptions]
    ) -> CallCheck:
        """As `check`, in an event loop: files and budgets are read by a worker thread."""
        request = self._parse(messages, options, stream=True)
        plan = await self._fresh_plan_async(task, request)
        return await in_worker_thread(lambda: self._check(plan, request))

    def count_tokens(
        self,
        messages: Messages,
        task: str | None = None,
        *,
        model: str | Model | None = None,
        **options: Unpack[CallOptions],
    ) -> TokenCount:
        """How many tokens a prompt has for the model that a call would go to, or for a given one.

        Anthropic and Google count themselves, free of charge; for others it is the estimate, marked `estimated`.
        It is not recorded in the ledger and does not count against budgets.

        Raises:
            ProviderError: no model of the route can be called, or no count was received.
            UsageError, ConfigurationError: as `chat` raises them.
        """
        request = self._parse_count(messages, task, model, options)
        plan = self._fresh_plan(task, request)
        steps = self._counting(plan, request)
        try:
            return _counted(self._runner.run_sync(steps)) if steps else estimated_count(plan, request)
        except ProviderError as error:
            if is_without_endpoint(error):
                return estimated_count(plan, request)
            raise

    async def acount_tokens(
        self,
        messages: Messages,
        task: str | None = None,
        *,
        model: str | Model | None = None,
        **options: Unpack[CallOptions],
    ) -> TokenCount:
        """As `count_tokens`, in an event loop."""
        request = self._parse_count(messages, task, model, options)
        plan = await self._fresh_plan_async(task, request)
        steps = self._counting(plan, request)
        try:
            return _counted(await self._runner.run_async(steps)) if steps else estimated_count(plan, request)
        except ProviderError as error:
            if is_without_endpoint(error):
                return estimated_count(plan, request)
            raise

    def score(self, reply: Reply, value: float, name: str = "quality") -> None:
        """Record a user's rating of an answer, next to its call in the ledger.

        A later score of the same name replaces an earlier one. Without a ledger nothing happens.

        Raises:
            UsageError: the value is not a number, or the reply is not from a call of this library.
        """
        if not isinstance(reply, Reply) or reply.call is None:
            raise UsageError(f"expected a reply of a call, got {reply!r:.100}", parameter="reply")
        check_score(value, name)
        if self._recorder is not None:
            self._recorder.score(reply.call, value, name)

    def close(self) -> None:
        """Close the idle connections of threads; calls that are under way end as they would."""
        self._runner.transport.close()

    async def aclose(self) -> None:
        """The same, and those of this event loop."""
        await self._runner.transport.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    def _check(self, plan: Plan, request: CallRequest) -> CallCheck:
        return check_call(plan, request, self._runner.resources(request, self._guard(plan)))

    def _counting(self, plan: Plan, request: CallRequest) -> Steps | None:
        """The steps that ask a provider for a count, or None where none is to be had."""
        return counting_steps(plan, request, self._runner.resources(request))

    async def _stream_later(self, task: str | None, request: CallRequest) -> AsyncGenerator[Chunk, None]:
        async with aclosing(self._runner.stream_async(await self._begin_async(task, request))) as chunks:
            async for chunk in chunks:
                yield chunk


def _counted(reply: Reply) -> TokenCount:
    return TokenCount(tokens=reply.usage.input_tokens or 0, model=reply.model, estimated=False)
