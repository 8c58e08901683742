"""The error tree. Each class has the exit code that the command line ends with; nothing here does I/O.

A message or hint names a parameter in backticks, as Python does: `max_cost`. The library shows it like this;
the command line and the HTTP API put their own name in its place (`rendering.text.rename_parameters`).

ModelManagerError                 1
├── UsageError                    2   wrong usage, named on the command line
│   ├── UnknownNameError          2   no such model or task; carries what was probably meant
│   ├── RouteSyntaxError          2   a route that does not parse; carries the position
│   └── CopyRefusedError          2   what cannot be pickled or copied; a TypeError too, as Python raises then
├── ConfigurationError            3   a file of the user's is wrong
│   ├── CatalogueError            3   with every problem found
│   ├── SettingsError             3
│   │   └── NoBaseUrlError        3   a provider without a base URL on this machine
│   ├── EnvFileError              3
│   └── LedgerError               3
├── AssignmentRefusedError        1
└── ProviderError                 by its kind: 4 refused, 5 unavailable, else 1
    └── RouteError                every option of a route failed; carries all the failures
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from model_manager.error_notes import NotedError

if TYPE_CHECKING:
    from model_manager.core.messages import Reply


class ExitCode(IntEnum):
    """The exit codes of the command line."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    REFUSED = 4
    UNAVAILABLE = 5
    INTERRUPTED = 130


REFUSED_KINDS = frozenset({"missing_key", "auth", "permission", "quota"})
UNAVAILABLE_KINDS = frozenset({"rate_limit", "overloaded", "server", "timeout", "connection"})
#: Every kind a failed call can have (the words of the JSON output).
ErrorKind = Literal[
    "missing_key", "auth", "permission", "quota", "rate_limit", "overloaded", "server", "timeout", "connection",
    "not_found", "bad_request", "context_length", "content_filter", "protocol", "truncated", "cancelled", "budget",
    "untrusted",
]  # fmt: skip
ERROR_KINDS = frozenset(get_args(ErrorKind))


def exit_code_of_kind(kind: str) -> ExitCode:
    """The exit code of a failed call of this kind."""
    if kind in REFUSED_KINDS:
        return ExitCode.REFUSED
    if kind in UNAVAILABLE_KINDS:
        return ExitCode.UNAVAILABLE
    return ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: where it is, what is wrong, and how to fix it."""

    file: str | None
    key: str
    message: str
    line: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        text = ": ".join(part for part in (place, self.key, self.message) if part)
        return f"{text} ({self.hint})" if self.hint else text


class ModelManagerError(NotedError):
    """Anything this package raises on purpose. Its traceback shows `problems` and `hint`, too.

    Attributes:
        kind: a word for programs.
        message: one sentence: what is wrong and where.
        hint: how to fix it, or None.
        problems: the single problems, where there are several.
        parameter: the parameter that is wrong, or None; the message begins with it, or names it.
    """

    kind = "error"
    exit_code = ExitCode.FAILED

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        problems: Sequence[Problem] = (),
        parameter: str | None = None,
    ) -> None:
        if parameter and f"`{parameter}`" not in message:
            message = f"`{parameter}`: {message}"
        super().__init__(message)
        self.message = message
        self.parameter = parameter
        self.hint: str | None = hint
        self.problems: tuple[Problem, ...] = tuple(problems)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the attributes as they are: subclasses take other arguments than this class."""
        return _remade, (type(self), self.args, self.__dict__)


def _remade(kind: type[ModelManagerError], args: tuple[Any, ...], state: dict[str, Any]) -> ModelManagerError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class UsageError(ModelManagerError):
    """A command, or a call of the library, has wrong or contradictory arguments.

    >>> from model_manager import AIService, ModelManagerError, UsageError
    >>> with AIService() as service:
    ...     try:
    ...         service.chat("chat", "Hello", max_tokens=0)
    ...     except ModelManagerError as error:
    ...         print(isinstance(error, UsageError), error.parameter)
    True max_tokens
    """

    kind = "usage"
    exit_code = ExitCode.USAGE


class UnknownNameError(UsageError):
    """No model or task has this name.

    >>> from model_manager import UnknownNameError, get_model_for_task
    >>> try:
    ...     get_model_for_task("chatt")
    ... except UnknownNameError as error:
    ...     print(error.hint)
    did you mean chat?
    """

    kind = "unknown_name"


class RouteSyntaxError(UsageError):
    """A route that does not parse.

    Attributes:
        route: the text.
        position: where in it the mistake is, counted from 0.
        expected: what could stand there.

    >>> from model_manager import RouteSyntaxError
    >>> RouteSyntaxError("haiku,", 6, "a model").message
    "route 'haiku,': at position 7, expected a model, found the end"
    """

    kind = "route_syntax"

    def __init__(self, route: str, position: int, expected: str) -> None:
        found = repr(route[position:]) if route[position:].strip() else "the end"
        super().__init__(f"route {route!r}: at position {position + 1}, expected {expected}, found {found}")
        self.route = route
        self.position = position
        self.expected = expected


class CopyRefusedError(UsageError, TypeError):
    """Something that belongs to its process was to be pickled or copied."""

    kind = "copy_refused"


class ConfigurationError(ModelManagerError):
    """A file or variable that this package reads is invalid."""

    kind = "configuration"
    exit_code = ExitCode.CONFIGURATION


class CatalogueError(ConfigurationError):
    """The catalogue's files are invalid; `problems` lists every mistake."""

    kind = "catalogue"


class SettingsError(ConfigurationError):
    """A MODEL_MANAGER_ variable has an invalid value."""

    kind = "settings"


class NoBaseUrlError(SettingsError):
    """A provider's base URL needs a variable that is not set, or whose value cannot be a part of a URL."""


class EnvFileError(ConfigurationError):
    """A .env file of the project cannot be read or written."""

    kind = "env_file"


class LedgerError(ConfigurationError):
    """The ledger, the file of recorded calls, cannot be read or written."""

    kind = "ledger"


class AssignmentRefusedError(ModelManagerError):
    """An assignment that the command line, or the HTTP API, does not write unless it is forced."""

    kind = "refused"


class ProviderError(ModelManagerError):
    """A call to a provider failed.

    Attributes:
        kind: one of the words of `ErrorKind`.
        message, hint: as those of every `ModelManagerError`.
        status: the HTTP status, or None if there was none.
        retryable: whether the same request may succeed later; if it is not given, the kind says so: "rate_limit",
            "overloaded", "server", "timeout" and "connection" are.
        retry_after_s: seconds to wait, as the provider asked, or None.
        attempts: how many requests were sent.
        request_id: the provider's id of the request, for its support.
        partial: a `Reply` of what had arrived, or None.
        is_own_time_limit: whether a time limit that the caller set for this call ran out, which says nothing of
            the provider.
        is_unreachable: whether no connection came about.
        is_lack: whether the model lacks what this request needs (tools, pictures), as another one may not.
        is_upstream: whether a gateway passes on what the provider behind it has said: a key or a bill that was
            refused is the gateway's.

    >>> from model_manager import AIService, ProviderError, RouteError
    >>> with AIService() as service:
    ...     try:
    ...         service.chat("chat", "Hello", route="haiku,sonnet", response_format={"type": "json_object"})
    ...     except ProviderError as error:
    ...         print(error.kind, isinstance(error, RouteError) and [one.kind for one in error.failures])
    bad_request ['bad_request', 'bad_request']
    """

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        status: int | None = None,
        hint: str | None = None,
        retryable: bool | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind: ErrorKind = cast("ErrorKind", kind)
        self.exit_code = exit_code_of_kind(kind)
        self.status = status
        self.retryable = kind in UNAVAILABLE_KINDS if retryable is None else retryable
        self.retry_after_s = retry_after_s
        self.attempts = 0
        self.request_id: str | None = None
        self.partial: Reply | None = None
        self.is_own_time_limit = False
        self.is_unreachable = False
        self.is_lack = False
        self.is_upstream = False


class RouteError(ProviderError):
    """Several options of a route failed. Kind, status and `partial` are those of the last one.

    Attributes:
        failures: the error of each option that was tried or skipped, in order.
    """

    def __init__(self, message: str, failures: Sequence[ProviderError], *, hint: str | None = None) -> None:
        last = failures[-1]
        kinds = {failure.kind for failure in failures}
        super().__init__(
            last.kind,
            message,
            status=last.status,
            hint=hint,
            retryable=any(failure.retryable for failure in failures),
            retry_after_s=last.retry_after_s,
        )
        if not (kinds <= REFUSED_KINDS or kinds <= UNAVAILABLE_KINDS):
            self.exit_code = ExitCode.FAILED
        self.failures = tuple(failures)
        self.attempts = sum(failure.attempts for failure in failures)
        self.request_id = last.request_id
        self.partial = last.partial
