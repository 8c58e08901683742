"""The command line's names of what errors and hints name in backticks, and what to type after an error."""

from model_manager.errors import (
    AssignmentRefusedError,
    CatalogueError,
    EnvFileError,
    LedgerError,
    ModelManagerError,
    ProviderError,
    SettingsError,
    UsageError,
)

PROGRAM = "model-manager"

#: Parameters whose option is called as they are, with dashes for underscores.
_OPTIONS = (
    "accept",
    "all",
    "allow_host",
    "arms",
    "assigned",
    "backup",
    "by",
    "calls",
    "cache_read",
    "cache_write",
    "cache_write_12h",
    "cache_write_1h",
    "capability",
    "code",
    "columns",
    "csv",
    "concurrency",
    "default",
    "days",
    "dry_run",
    "explain",
    "fail_over",
    "file",
    "force",
    "format",
    "history",
    "host",
    "ignore",
    "input",
    "install",
    "ledger",
    "limit",
    "max_cost",
    "max_price",
    "max_tokens",
    "metric",
    "min_context",
    "models_file",
    "new",
    "offline",
    "on",
    "only",
    "output",
    "per",
    "port",
    "preference",
    "probe",
    "project",
    "provider",
    "ready",
    "recommended",
    "reference",
    "repeat",
    "requests",
    "retries",
    "root_path",
    "search",
    "since",
    "sort",
    "source",
    "task",
    "temperature",
    "timeout",
    "timezone",
    "tokens",
    "trust",
    "undo",
    "unset",
    "until",
    "reasoning",
    "what_if",
)
#: Options of calls without an option of their own.
_CALL_OPTIONS = (
    *("cache", "extra_body", "extra_headers", "logprobs", "metadata", "parallel_tool_calls", "response_format"),
    *("seed", "service_tier", "stop", "tool_choice", "tools", "top_p"),
)

#: Names of parameters and of functions of the library to options and commands.
NAMES = {name: f"--{name.replace('_', '-')}" for name in _OPTIONS} | {
    **{name: f"--option {name}" for name in _CALL_OPTIONS},
    "connect_timeout": "connect_timeout= (library only)",
    "directory": "-C",
    "env_files": "--env-file",
    "list_models": "model-manager list",
    "list_rules": "model-manager check --rules",
    "update": "model-manager update",
    "total_timeout": "total_timeout= (library only)",
}

#: What to type after an error that has no hint of its own, by its class: the first that fits.
_NEXT: tuple[tuple[type[ModelManagerError], str], ...] = (
    (UsageError, f"{PROGRAM} help {{command}} shows what it takes"),
    (CatalogueError, "correct the file, then run the command again"),
    (EnvFileError, f"correct the file, or name another one: {PROGRAM} {{command}} --env-file FILE"),
    (LedgerError, f"{PROGRAM} usage --path prints where the recorded calls are"),
    (SettingsError, f"correct the variable, then: {PROGRAM} check"),
    (AssignmentRefusedError, f"{PROGRAM} list shows the tasks as they are"),
    (ProviderError, f"{PROGRAM} check finds what is wrong with keys and models"),
    (ModelManagerError, f"{PROGRAM} help {{command}} shows what it does"),
)


def next_step(error: ModelManagerError, command: str) -> str:
    """What to do after an error that says nothing about it."""
    return next(text for kind, text in _NEXT if isinstance(error, kind)).format(command=command)
