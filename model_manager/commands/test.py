"""`test`: live calls, and the requests as curl commands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from model_manager.config.workspace import Workspace
from model_manager.core.models import Model, Task
from model_manager.errors import ProviderError, UsageError
from model_manager.live_test.report import OnEvent, TestReport, TestRequest
from model_manager.live_test.runner import run_on_new_loop
from model_manager.live_test.targets import shown_calls_of
from model_manager.live_test.testing import TestRun, chat_request
from model_manager.providers import wire_of
from model_manager.providers.io.curl import as_curl


def run(workspace: Workspace, request: TestRequest, moment: datetime, on_event: OnEvent) -> TestReport:
    """Call what the request names, several at a time; Ctrl-C ends it at once and keeps what has arrived.

    Raises:
        UsageError: the request names nothing that exists.
        SettingsError: the variable of a base URL holds something else.
    """
    return run_on_new_loop(TestRun(workspace, request, moment).report(on_event))


@dataclass(frozen=True, slots=True)
class CurlCommand:
    """A request as a curl command with the key as a variable.

    Attributes:
        refusal: why `test` itself would not send it, or None.
        notices: what was asked for and is left out, or sent otherwise.
    """

    text: str
    refusal: str | None = None
    notices: Sequence[str] = ()


def curl_commands(workspace: Workspace, request: TestRequest, moment: datetime) -> list[CurlCommand]:
    """The requests that would be sent; nothing is.

    Raises:
        UsageError: the request names nothing that exists.
    """
    commands: dict[str, CurlCommand] = {}
    for target in shown_calls_of(workspace, request, moment):
        if target.model is None:
            raise UsageError(target.problem or target.name)
        task = workspace.catalogue.tasks.get(target.task or "")
        endpoint = workspace.unsent_endpoint(target.model, task)
        key = workspace.key(endpoint.provider)
        if endpoint.provider.key == "optional" and key.variable is None:
            endpoint = replace(endpoint, key=None)
        messages, options = chat_request(request, target.model)
        options = options.with_defaults(endpoint.defaults)
        call = wire_of(endpoint.provider.wire).build_call(endpoint, messages, options)
        text = as_curl(call, key.shown)  # that of two tasks may be the same
        commands.setdefault(text, CurlCommand(text, _refusal(workspace, target.model, task), call.notices))
    return list(commands.values())


def _refusal(workspace: Workspace, model: Model, task: Task | None) -> str | None:
    try:
        workspace.endpoint(model, task)
    except ProviderError as error:
        return error.message if error.kind == "untrusted" else None
    return None
