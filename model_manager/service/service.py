"""`AIService`, the class that applications call: synchronous and asynchronous methods over the same steps."""

import os
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Self, Unpack

from model_manager.config.directories import absolute, state_directory
from model_manager.config.reload import WorkspaceSource
from model_manager.core.calls import CallObserver
from model_manager.core.chat.call_options import check_number
from model_manager.core.chat.conversation import Messages
from model_manager.core.limits import DEFAULT_CONNECT_S, MAX_RETRIES
from model_manager.core.messages import Chunk, Reply
from model_manager.core.models import Model
from model_manager.errors import UsageError
from model_manager.ledger.recorder import check_score
from model_manager.providers import load_wires
from model_manager.providers.io.steps import Steps
from model_manager.providers.io.transport import in_worker_thread, load_async_backend
from model_manager.service.budgets import guard_for
from model_manager.service.call_runner import CallRunner
from model_manager.service.cooldowns import CooldownStore
from model_manager.service.observers import checked_observers
from model_manager.service.recording import observers_of, recorder_for
from model_manager.service.requests import CallOptions, CallRequest, parse_request
from model_manager.service.routes import Plan
from model_manager.service.routing import answer
from model_manager.service.snapshot import follow
from model_manager.service.tasks import Preferences, Tasks


class AIService(Tasks):
    """Calls the models that an application's tasks have, all providers the same way.

    It reads the catalogue, `.env` and the environment as the command line does, and again when they change. One
    service serves all threads and event loops of a process; it keeps its connections until it is closed.

    Args:
        directory: where `.env` and `models.toml` are; else the current directory, and inside a repository the
            nearest one above it that has them.
        env_files: a file or files in place of `.env.local` and `.env`; the last one wins.
        models_file: a catalogue in place of the user's and the project's `models.toml`.
        timeout: seconds that a server may be silent; else MODEL_MANAGER_TIMEOUT, else 120.
        retries: how many attempts may follow the first, for each option of a route, 10 at most; else
            MODEL_MANAGER_RETRIES, 2.
        trust: let the project's hosts have the keys of the environment.
        connect_timeout: seconds that making a connection may take.
        total_timeout: seconds that a whole call may take, retries and fallbacks included; None: any.
        user_preferences: which preference a user has: a mapping or a function of the user's id.
        observers: are told of every option that was asked; see `CallObserver`.
        ledger: the file in which calls are recorded, or "off"; else as MODEL_MANAGER_LEDGER says.

    Raises:
        UsageError: a file or directory that is not there, or a number that cannot be.
        ConfigurationError: a file that is wrong; every problem is told.

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
    ) -> None:
        for name, value in (
            ("timeout", timeout),
            ("connect_timeout", connect_timeout),
            ("total_timeout", total_timeout),
        ):
            check_number(name, value, None)
        check_number("retries", retries, 0, whole=True, most=MAX_RETRIES)
        told = checked_observers(observers)
        source = WorkspaceSource(
            # The process may go elsewhere later.
            directory=absolute(_path("directory", "." if directory is None else directory)),
            search_parents=directory is None,
            models_file=None if models_file is None else _path("models_file", models_file),
            env_files=_paths("env_files", env_files),
            trust=trust,
        )
        super().__init__(follow(source), user_preferences)
        workspace = self._reloader.latest.workspace
        settings = workspace.settings
        self._recorder = recorder_for(workspace, ledger, lambda: self._reloader.latest.budgets)
        self._runner = CallRunner(
            timeout_s=settings.timeout if timeout is None else timeout,
            connect_s=connect_timeout,
            total_s=total_timeout,
            retries=settings.retries if retries is None else retries,
            cooldowns=CooldownStore(state_directory(os.environ) / "cooldowns"),
            observers=(*told, *observers_of(workspace, self._recorder)),
        )

    @property
    def problem(self) -> str | None:
        """Why a change of the files is ignored and the last valid configuration stays active, or None."""
        return self._reloader.problem

    def chat(self, task: str, messages: Messages, **options: Unpack[CallOptions]) -> Reply:
        """Ask a task's model and wait for the whole answer.

        Args:
            task: a task of the catalogue.
            messages: text, or the conversation: messages, pairs of role and text, or mappings.
            options: see `CallOptions`.

        Raises:
            ProviderError: no complete answer came; `partial` has what did.
            RouteError: several options of the task's route failed; a ProviderError with all `failures`.
            UsageError: there is no such task, preference or option, or the messages are none.
            ConfigurationError: the task has no route that can be read.
        """
        return self._runner.run_sync(self._begin(task, parse_request(messages, options, stream=False)))

    async def achat(self, task: str, messages: Messages, **options: Unpack[CallOptions]) -> Reply:
        """As `chat`, in an event loop."""
        steps = await self._begin_async(task, parse_request(messages, options, stream=False))
        return await self._runner.run_async(steps)

    def stream(
        self, task: str, messages: Messages, **options: Unpack[CallOptions]
    ) -> Generator[Chunk, None, None]:
        """Ask a task's model and yield the answer as it comes; the last chunk has the whole reply.

        What can be known to be wrong is raised at once, the rest from the iteration; see `chat`. Closing the
        generator ends the call.
        """
        return self._runner.stream_sync(self._begin(task, parse_request(messages, options, stream=True)))

    def astream(
        self, task: str, messages: Messages, **options: Unpack[CallOptions]
    ) -> AsyncGenerator[Chunk, None]:
        """As `stream`, in an event loop; if files have changed, all that is wrong is raised from the iteration."""
        request = parse_request(messages, options, stream=True)
        if not self._reloader.is_stale():
            plan = self._plan(task, request)
            if not self._needs_cooldowns(plan):
                return self._runner.stream_async(self._steps(plan, request))
        elif request.route is not None:
            self._reloader.latest.route(
                request.route
            )  # a route that does not parse is wrong whatever the files say
        return self._stream_later(task, request)

    def create_chat_completion(
        self, model: str | Model, messages: Messages, **options: Unpack[CallOptions]
    ) -> Reply:
        """Ask one given model, or the models of a given route, and wait for the whole answer; see `chat`."""
        return self._runner.run_sync(self._begin(None, _ask_model(model, messages, options)))

    async def acreate_chat_completion(
        self, model: str | Model, messages: Messages, **options: Unpack[CallOptions]
    ) -> Reply:
        """As `create_chat_completion`, in an event loop."""
        return await self._runner.run_async(await self._begin_async(None, _ask_model(model, messages, options)))

    def score(self, reply: Reply, value: float, name: str = "quality") -> None:
        """Record what a user thought of an answer, beside its call in the ledger.

        A later score of the same name replaces an earlier one. Without a ledger nothing happens.

        Raises:
            UsageError: the value is no number, or the reply is none of this library's calls.
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

    def _begin(self, task: str | None, request: CallRequest) -> Steps:
        """The steps of a call; what is known to be wrong with it is raised here."""
        self._reloader.current()
        plan = self._plan(task, request)
        if self._needs_cooldowns(plan):
            self._runner.refresh()
            plan = self._plan(task, request)
        return self._steps(plan, request)

    async def _begin_async(self, task: str | None, request: CallRequest) -> Steps:
        """As `_begin`; what has to be read is read by a worker thread."""
        await load_async_backend(load_wires)
        if self._reloader.is_stale():
            await in_worker_thread(self._reloader.current)
        plan = self._plan(task, request)
        if self._needs_cooldowns(plan):
            await in_worker_thread(self._runner.refresh)
            plan = self._plan(task, request)
        return self._steps(plan, request)

    async def _stream_later(self, task: str | None, request: CallRequest) -> AsyncGenerator[Chunk, None]:
        async with aclosing(self._runner.stream_async(await self._begin_async(task, request))) as chunks:
            async for chunk in chunks:
                yield chunk

    def _plan(self, task: str | None, request: CallRequest) -> Plan:
        """The plan of a call, by what was last read."""
        state = self._reloader.latest
        if request.options.extra_headers:
            state.check_headers(request.options.extra_headers)
        if task is not None and request.route is None:
            preference = self._preference_of(task, request.user_id, request.preference, state)
            request = request if preference == request.preference else replace(request, preference=preference)
        return self._runner.plan(state, task, request)

    def _needs_cooldowns(self, plan: Plan) -> bool:
        """Whether other processes may know better which option is to be left alone."""
        return len(plan.choices) > 1 and self._runner.is_stale

    def _steps(self, plan: Plan, request: CallRequest) -> Steps:
        guard = guard_for(plan.state, self._recorder) if plan.state.acting_budgets else None
        steps = answer(plan, request, self._runner.resources(request, guard))
        problem = self.problem
        return _with_warning(steps, problem) if problem else steps


def _with_warning(steps: Steps, warning: str) -> Steps:
    reply = yield from steps
    return replace(reply, warnings=(*reply.warnings, warning))


def _path(name: str, value: object) -> Path:
    if isinstance(value, str | os.PathLike):
        return Path(value)
    raise UsageError(f"expected a path, got {value!r}", parameter=name)


def _paths(name: str, values: object) -> list[Path]:
    """The paths of a collection, or the one path; None stands for none."""
    if isinstance(values, str | os.PathLike):
        return [_path(name, values)]
    if values is None:
        return []
    if isinstance(values, bytes) or not isinstance(values, Iterable):
        raise UsageError(f"expected paths, got {values!r}", parameter=name)
    return [_path(name, value) for value in values]


def _ask_model(model: str | Model, messages: Messages, options: CallOptions) -> CallRequest:
    name = model.id if isinstance(model, Model) else model
    if not isinstance(name, str):
        raise UsageError(f"expected a name or a Model, got {type(name).__name__}", parameter="model")
    request = parse_request(messages, options, stream=False)
    for option in ("route", "preference"):
        if options.get(option) is not None:
            raise UsageError("cannot be combined with a given model", hint="chat() takes one", parameter=option)
    return replace(request, route=name)
