"""The calls of a service in its log: a line for each attempt, wait, fallback and outcome, at the level INFO.

No line has a key, a prompt, an answer, or words of a provider. Where INFO is off, a call only asks whether it is.
"""

import logging
import time

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import Reply
from model_manager.core.phrases import plural
from model_manager.errors import ModelManagerError
from model_manager.providers.io.steps import Fault, Head, Open, Pause, StepAnswer, Steps
from model_manager.service.routes import Plan
from model_manager.service.snapshot import Snapshot

_LOG = logging.getLogger("model_manager")
_SILENT = logging.NullHandler()


def print_nothing() -> None:
    """Leave it to the application whether anything is printed, warnings included; commands print theirs."""
    _LOG.addHandler(_SILENT)


def is_on() -> bool:
    """Whether calls are logged."""
    return _LOG.isEnabledFor(logging.INFO)


def log_line(state: Snapshot, line: str) -> None:
    """Log a line about a route; a key that stands where a model's name belongs is hidden."""
    if is_on():
        _LOG.info("%s", state.workspace.redactor()(line))


def logged_attempts(steps: Steps, endpoint: Endpoint) -> Steps:
    """The same steps of one option, with a line for each attempt and each wait."""
    name, began = f"{endpoint.provider.id} {endpoint.model.id}", 0.0
    answer: StepAnswer = None
    failed: ModelManagerError | None = None
    try:
        while True:
            step = steps.throw(failed) if failed else steps.send(answer)
            answer, failed = None, None
            if isinstance(step, Open):
                began = time.monotonic()
            elif isinstance(step, Pause):
                _LOG.info("%s: waiting %.1f s before another attempt", name, step.seconds)
            try:
                answer = yield step
            except ModelManagerError as error:  # whoever carries out the steps gives them up
                failed = error
            if isinstance(answer, Head | Fault) and isinstance(step, Open):
                outcome = f"HTTP {answer.status}" if isinstance(answer, Head) else answer.kind
                _LOG.info("%s: %s after %.0f ms", name, outcome, _milliseconds_since(began))
    except StopIteration as end:
        reply: Reply = end.value
        return reply
    finally:
        steps.close()


def logged_call(steps: Steps, plan: Plan) -> Steps:
    """The same steps of a whole call, with a line for its outcome."""
    name, began = plan.task.name if plan.task else str(plan.route), time.monotonic()
    try:
        reply = yield from steps
    except ModelManagerError as error:
        requests = plural(getattr(error, "attempts", 0), "request")
        spent = _milliseconds_since(began)
        log_line(plan.state, f"{name}: failed ({error.kind}) after {spent:.0f} ms, {requests}")
        raise
    usage, requests = reply.usage, plural(reply.attempts, "request")
    tokens = f"{_known(usage.input_tokens)} tokens in, {_known(usage.output_tokens)} out"
    log_line(
        plan.state,
        f"{name}: {reply.model} answered after {_milliseconds_since(began):.0f} ms, {requests}, {tokens}",
    )
    return reply


def _milliseconds_since(moment: float) -> float:
    return (time.monotonic() - moment) * 1000


def _known(count: int | None) -> str:
    return "?" if count is None else str(count)
