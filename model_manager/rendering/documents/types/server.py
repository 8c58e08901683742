"""Types of what only the HTTP API answers: problem details, tasks with tags, events, and the server itself."""

from collections.abc import Sequence
from typing import Literal

from model_manager.core.messages import FinishReason
from model_manager.rendering.documents.types.base import JsonObject, RootDocument, Usd
from model_manager.rendering.documents.types.calls import TestResultObject
from model_manager.rendering.documents.types.problems import ProblemObject
from model_manager.rendering.documents.types.tasks import TaskInfoObject


class ProblemDetails(JsonObject):
    """Problem details (RFC 9457)."""

    type: str
    """urn:model-manager:problem: and the kind."""
    title: str
    """The status in words."""
    status: int
    """The HTTP status."""
    detail: str
    """The problem, in a sentence."""
    kind: str
    """A word for programs: unknown_name, usage, route_syntax, refused, changed, auth, permission, not_found,
    rate_limit, catalogue, settings, env_file, configuration, cancelled, error."""
    hint: str | None
    """How to mend it."""
    problems: Sequence[ProblemObject]
    """The single problems, where there are several."""


class TaggedTaskObject(TaskInfoObject):
    """Everything about a task, and a tag."""

    etag: str
    """For `If-Match`: it changes whenever the assignment does."""


class TaggedTaskDocument(RootDocument):
    """A task as `model-manager info TASK --json` has it, with a tag."""

    task: TaggedTaskObject
    """The task."""


class TasksDocument(RootDocument):
    """All tasks, each as `model-manager info TASK --json` has it, with a tag."""

    tasks: Sequence[TaggedTaskObject]
    """Every task."""


class SpendingObject(JsonObject):
    """Cost of live tests in the last hour, of all servers with the same ledger, and its limit."""

    limit_usd: Usd | None
    """The limit; null: there is none."""
    spent_usd: Usd
    """Cost of calls that are over."""
    reserved_usd: Usd
    """The most that calls under way may cost."""


class ServerDocument(RootDocument):
    """The server itself."""

    version: str
    """Version of model-manager."""
    read_only: bool
    """Whether assignments cannot be changed here."""
    directory: str
    """Name of the directory that is served."""
    file: str
    """The file to which assignments are written."""
    spending: SpendingObject
    """Cost of live tests in the last hour."""


class ListeningDocument(RootDocument):
    """The document of `model-manager serve --json`."""

    url: str
    """Where the server listens."""
    login_url: str | None
    """A link that logs in; null: the token was not made for this start."""


class HealthObject(JsonObject):
    """The server answers."""

    status: Literal["ok"]
    """Always ok."""


class ChangedTasksEvent(RootDocument):
    """Data of the event `assignments`."""

    tasks: Sequence[str]
    """Tasks whose assignment has changed."""


class TestedEvent(RootDocument):
    """Data of the event `test`: the result of a call, without question and answer."""

    model: str
    """The model's id."""
    provider: str | None
    """Its provider's id."""
    ok: bool
    """Whether a complete answer came."""
    finish_reason: FinishReason | None
    """Why the answer ended."""
    cost_usd: Usd | None
    """Cost of the call; null: unknown."""
    latency_ms: float | None
    """Milliseconds until the end of the answer."""
    ttft_ms: float | None
    """Milliseconds until the first text."""
    error: str | None
    """The kind of error, if there was one."""


class CallStartedEvent(RootDocument):
    """Data of the event `started` of a live test."""

    index: int
    """Which call it is, from 0."""
    model: str
    """The model's id."""


class CallTextEvent(CallStartedEvent):
    """Data of the events `text` and `notice` of a live test."""

    text: str
    """A piece of the answer, or a remark such as a wait."""


class ProbeStepEvent(CallStartedEvent):
    """Data of the events `started` and `finished` of a probe; `index` is that of the model."""

    probe: str
    """The capability that the call is about."""
    number: int
    """Which of the model's calls it is, from 1."""
    of: int
    """How many calls the model gets at most."""


class CallFinishedEvent(TestResultObject, RootDocument):
    """Data of the event `finished` of a live test."""

    index: int
    """Which call it is, from 0."""
