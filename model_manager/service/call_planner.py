"""From a request of an application to the steps of its call, by the files as they are at that moment."""

from dataclasses import replace

from model_manager.config.reload import Reloader
from model_manager.core.chat.conversation import Messages
from model_manager.core.models import Model
from model_manager.errors import CopyRefusedError, UnknownNameError, UsageError
from model_manager.ledger.recorder import Recorder
from model_manager.providers import load_wires
from model_manager.providers.io.steps import Steps
from model_manager.providers.io.transport import in_worker_thread, load_async_backend
from model_manager.service import call_log
from model_manager.service.budgets import BudgetGuard, guard_for
from model_manager.service.call_runner import CallRunner
from model_manager.service.requests import CallOptions, CallRequest, parse_request
from model_manager.service.routes import Plan
from model_manager.service.routing import answer
from model_manager.service.snapshot import Snapshot
from model_manager.service.tasks import Preferences, Tasks


class CallPlanner(Tasks):
    """Plans the calls of an application: what methods that block share with those of event loops.

    Args:
        reloader: the files.
        preferences: which preference a user has.
        runner: makes the calls.
        recorder: records them, or None.
    """

    def __init__(
        self,
        reloader: Reloader[Snapshot],
        preferences: Preferences | None,
        runner: CallRunner,
        recorder: Recorder | None,
    ) -> None:
        super().__init__(reloader, preferences)
        call_log.print_nothing()
        self._runner, self._recorder = runner, recorder

    @property
    def problem(self) -> str | None:
        """Why a change of the files is ignored and the last valid configuration stays active, or None."""
        return self._reloader.problem

    def __reduce__(self) -> str:
        """Refuse to be pickled or copied: connections, threads and locks belong to one process.

        Raises:
            CopyRefusedError: always.
        """
        kind = type(self).__name__
        hint = "make one in each process; threads and event loops of a process share one"
        raise CopyRefusedError(f"{kind} objects hold connections and cannot be pickled or copied", hint=hint)

    def _parse(self, messages: Messages, options: CallOptions, *, stream: bool) -> CallRequest:
        """A call as its caller wrote it; see `parse_request`."""
        return parse_request(messages, options, stream=stream)

    def _parse_for_model(self, model: str | Model, messages: Messages, options: CallOptions) -> CallRequest:
        """The same of a call to one given model, or along a given route."""
        name = model.id if isinstance(model, Model) else model
        if not isinstance(name, str):
            raise UsageError(f"expected a name or a Model, got {type(name).__name__}", parameter="model")
        request = self._parse(messages, options, stream=False)
        for option in ("route", "preference"):
            if options.get(option) is not None:
                raise UsageError(
                    "cannot be combined with a given model", hint="chat() takes one", parameter=option
                )
        return replace(request, route=name)

    def _parse_count(
        self, messages: Messages, task: str | None, model: str | Model | None, options: CallOptions
    ) -> CallRequest:
        """The same of a prompt whose tokens are to be counted: a task's, a route's or a given model's."""
        if model is None:
            return self._parse(messages, options, stream=False)
        if task is not None:
            raise UsageError("cannot be combined with a task", parameter="model")
        return self._parse_for_model(model, messages, options)

    def _begin(self, task: str | None, request: CallRequest) -> Steps:
        """The steps of a call; what is known to be wrong with it is raised here."""
        return self._steps(self._fresh_plan(task, request), request)

    def _fresh_plan(self, task: str | None, request: CallRequest) -> Plan:
        """The plan of a call, by the files and cool-downs as they are now. Not for event loops."""
        self._reloader.current()
        plan = self._plan(task, request)
        if self._needs_cooldowns(plan):
            self._runner.refresh()
            plan = self._plan(task, request)
        return plan

    async def _begin_async(self, task: str | None, request: CallRequest) -> Steps:
        """As `_begin`; what has to be read is read by a worker thread."""
        return self._steps(await self._fresh_plan_async(task, request), request)

    async def _fresh_plan_async(self, task: str | None, request: CallRequest) -> Plan:
        """As `_fresh_plan`, in an event loop."""
        await load_async_backend(load_wires)
        if self._reloader.is_stale():
            await in_worker_thread(self._reloader.current)
        plan = self._plan(task, request)
        if self._needs_cooldowns(plan):
            await in_worker_thread(self._runner.refresh)
            plan = self._plan(task, request)
        return plan

    def _plan(self, task: str | None, request: CallRequest) -> Plan:
        """The plan of a call, by what was last read."""
        state = self._reloader.latest
        if request.options.extra_headers:
            state.check_headers(request.options.extra_headers)
        try:
            if task is not None and request.route is None:
                preference = self._preference_of(task, request.user_id, request.preference, state)
                request = request if preference == request.preference else replace(request, preference=preference)
            return self._runner.plan(state, task, request)
        except UnknownNameError as error:
            error.hint = _likely_mistake(state, task, request) or error.hint
            raise

    def _needs_cooldowns(self, plan: Plan) -> bool:
        """Whether other processes may know better which option is to be left alone."""
        return len(plan.choices) > 1 and self._runner.is_stale

    def _guard(self, plan: Plan) -> BudgetGuard | None:
        """What keeps a call to budgets, or None where none of them acts before calls."""
        return guard_for(plan.state, self._recorder) if plan.state.acting_budgets else None

    def _steps(self, plan: Plan, request: CallRequest) -> Steps:
        steps = answer(plan, request, self._runner.resources(request, self._guard(plan)))
        if call_log.is_on():
            steps = call_log.logged_call(steps, plan)
        problem = self.problem
        return _with_warning(steps, problem) if problem else steps


def _likely_mistake(state: Snapshot, task: object, request: CallRequest) -> str | None:
    """What was probably meant by a task that does not exist; None: nothing that can be told."""
    tasks = state.workspace.catalogue.tasks
    if task is None or task in tasks:
        return None
    if request.messages[-1].content in tasks:
        return "the task and the messages are swapped: chat(task, messages), check(messages, task)"
    if isinstance(task, str) and state.find(task):
        return f"{task} is a model: create_chat_completion() takes one, as does the option `route`"
    return None


def _with_warning(steps: Steps, warning: str) -> Steps:
    reply = yield from steps
    return replace(reply, warnings=(*reply.warnings, warning))
