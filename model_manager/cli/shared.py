"""Shared by all commands: the app, options before or after a command, and errors to exit codes."""

import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from model_manager._version import __version__
from model_manager.cli.arguments import show_arguments_as_written
from model_manager.cli.coercion import spare_coercion
from model_manager.cli.help_pages import WIDTH, first_sentence, show_help_by_example, write_root
from model_manager.cli.wording import NAMES, PROGRAM, next_step
from model_manager.config.workspace import Workspace, open_workspace
from model_manager.errors import ExitCode, ModelManagerError, UsageError
from model_manager.rendering import Output

if TYPE_CHECKING:
    from model_manager.commands.info import ModelInfo
    from model_manager.commands.measured import Measurements
    from model_manager.commands.performance import Degraded

_HELP = """Assign, price, inspect and live-test the language models of an application.

\b
Examples:
  model-manager init                propose tasks for the code in this directory
  model-manager list                tasks, their models, and what is wrong
  model-manager cost --task chat    what a task costs on each model
  model-manager test haiku "Hello"  call a model
  model-manager assign chat haiku   give a task another model

Models come from a catalogue: models.toml merged over an embedded one. Each task gets its model from the
environment, from .env or from the catalogue. More about a command: model-manager help COMMAND"""

#: The commands in the order and the groups of the main help.
GROUPS = {
    "Everyday": ("list", "cost", "info", "test", "assign"),
    "In applications": ("init", "check", "route", "usage", "serve", "export"),
    "Upkeep": ("update", "trust", "completion", "help"),
}
COMMANDS = tuple(name for names in GROUPS.values() for name in names)

#: Without arguments: what one would type next. In place of a help that scrolls away.
_START = """Usage: model-manager COMMAND ...

  model-manager init     propose tasks for the application in this directory
  model-manager list     tasks, their models, and what is wrong with them
  model-manager cost     what a workload costs on each model
  model-manager test     call a model, for example: test haiku "Hello"
  model-manager assign   give a task another model
  model-manager check    find what will fail, without spending tokens

All commands: model-manager help      One of them: model-manager help COMMAND
"""


class _Commands(TyperGroup):
    """The commands in our order; each one's module is imported when it is asked for."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        spare_coercion(self, _root_options)

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """The arguments; without any, say how to begin, and end as wrong usage does."""
        if not args and not ctx.resilient_parsing:
            typer.echo(_START, err=True, nl=False)
            raise typer.Exit(ExitCode.USAGE)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """The main help, with the commands in their groups."""
        groups = {
            title: {name: first_sentence(load_command(name).help) for name in names}
            for title, names in GROUPS.items()
        }
        write_root(self, ctx, formatter, groups)

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002 - Typer's
        """Every command's name."""
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # noqa: ARG002 - Typer's
        """The command of a name, or None."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """Load all commands for an unknown one, so that Typer can suggest similar names."""
        if args[0] not in COMMANDS:
            self.commands = {name: load_command(name) for name in COMMANDS}
        return super().resolve_command(ctx, args)


#: What has been loaded: a Typer app of one command each.
_LOADED: dict[str, typer.Typer] = {}


@cache
def load_command(name: str) -> Any:
    """The command of this name, from its own module, so that no other command's imports are loaded."""
    import_module(f"model_manager.cli.{name}")
    loaded = _LOADED[name]
    command = typer.main.get_command(loaded)
    spare_coercion(command, loaded.registered_commands[0].callback)
    show_arguments_as_written(command)
    show_help_by_example(command, _SHARED_NAMES)
    return command


def _make_app(**options: Any) -> typer.Typer:
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
        **options,
    )


app = _make_app(cls=_Commands, name=PROGRAM, help=_HELP, subcommand_metavar="COMMAND ...")


@dataclass(frozen=True, slots=True)
class Shared:
    """The options that every command has, before or after its name."""

    directory: Annotated[
        Path | None, typer.Option("-C", "--directory", metavar="DIR", help="Run as if started in DIR.")
    ] = None
    models_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Catalogue to use instead of any models.toml."),
    ] = None
    env_file: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Replace .env.local and .env; repeatable, last wins."),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
    no_color: Annotated[bool, typer.Option("--no-color", help="Disable colours.")] = False
    trust: Annotated[bool, typer.Option("--trust", help="Allow sending API keys to hosts this project names.")] = (
        False
    )
    verbose: Annotated[
        int,
        typer.Option("-v", "--verbose", count=True, show_default=False, help="Log more to stderr; repeatable."),
    ] = 0

    def over(self, outer: "Shared") -> "Shared":
        """These options over those before the command: flags and files add up, else the nearer one wins."""
        return Shared(
            directory=self.directory or outer.directory,
            models_file=self.models_file or outer.models_file,
            env_file=[*(outer.env_file or ()), *(self.env_file or ())],
            json=self.json or outer.json,
            no_color=self.no_color or outer.no_color,
            trust=self.trust or outer.trust,
            verbose=self.verbose + outer.verbose,
        )


@dataclass(slots=True)
class Session:
    """The options and the output of a running command."""

    shared: Shared
    output: Output

    def export_telemetry(self, workspace: Workspace) -> None:
        """Have this command's calls exported with OpenTelemetry, if the environment asks for it.

        Raises:
            UsageError: it does, and the extra is not installed.
        """
        from model_manager.telemetry import set_up_process

        set_up_process(workspace.settings.otel, workspace.environ, self.output.say)

    def workspace(self, *, quiet: bool = False) -> Workspace:
        """Read the directory, and print its warnings unless nobody has asked about it."""
        workspace = open_workspace(
            self.shared.directory or Path(),
            models_file=self.shared.models_file,
            env_files=self.shared.env_file or (),
            trust=self.shared.trust,
            search_parents=self.shared.directory is None,
        )
        self.output.redact = workspace.redactor()
        for warning in () if quiet else workspace.warnings:
            self.output.say(f"Warning: {warning}")
        if self.shared.verbose:
            files = [*workspace.catalogue.files, *(file.shown for file in workspace.env_files)]
            self.output.say(f"Read the embedded catalogue{''.join(f', {file}' for file in files)}")
        return workspace

    def measured(self, workspace: Workspace) -> "Measurements":
        """What the ledger says that the tasks really did, with a warning if it cannot be read."""
        from model_manager.commands import measured

        found = measured.run(workspace, datetime.now(UTC))
        if found.warning:
            self.output.say(f"Warning: {found.warning}")
        return found

    def degraded(self, workspace: Workspace) -> "Degraded":
        """The models that have become worse by the ledger, with a warning if it cannot be read."""
        from model_manager.commands import performance

        found = performance.degraded(workspace, datetime.now(UTC))
        if found.warning:
            self.output.say(f"Warning: {found.warning}")
        return found

    def with_lately(self, workspace: Workspace, report: "ModelInfo") -> "ModelInfo":
        """The report with how its model did by the ledger, with a warning if that cannot be read."""
        from model_manager.commands import info, performance

        found, warning = performance.lately(workspace, report.row.model.id, datetime.now(UTC))
        if warning:
            self.output.say(f"Warning: {warning}")
        return info.with_lately(report, found)


_SHARED_NAMES = [field.name for field in fields(Shared)]


def _shared_parameters() -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(field.name, keyword, default=field.default, annotation=field.type)
        for field in fields(Shared)
    ]


def _with_shared_options(function: Callable[..., Any], call: Callable[..., None]) -> Callable[..., None]:
    """`call`, with the signature that Typer reads: the context, the function's own options, the shared ones."""
    own = list(inspect.signature(function).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [context, *(parameter.replace(kind=keyword) for parameter in own), *_shared_parameters()]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    call.__doc__ = function.__doc__
    call.__name__ = function.__name__
    return call


def command(
    name: str, cls: type[TyperCommand] | None = None
) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
    """Register a function of a `Session` as a command: shared options, and errors as messages and exit codes."""

    def register(function: Callable[..., int | None]) -> Callable[..., int | None]:
        def call(ctx: typer.Context, **values: Any) -> None:
            shared = Shared(**{key: values.pop(key) for key in _SHARED_NAMES}).over(ctx.obj)
            output = Output(as_json=shared.json, color=False if shared.no_color else None, names=NAMES)

            def run() -> int | None:
                for value in values.values():
                    if isinstance(value, UsageError):  # in place of a number that could not be read
                        raise value
                return function(Session(shared, output), **values)

            raise typer.Exit(_guarded(run, output, name))

        _LOADED[name] = _make_app()
        _LOADED[name].command(name, cls=cls)(_with_shared_options(function, call))
        return function

    return register


def _guarded(run: Callable[[], int | None], output: Output, name: str) -> int:
    """Run a command; every error becomes a message with what to do next, and an exit code."""
    try:
        return run() or ExitCode.OK
    except ModelManagerError as error:
        error.hint = error.hint or next_step(error, name)
        output.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        output.say("Interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader has closed the pipe. Python would report the rest of the buffer at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except OSError as error:
        output.say(f"Error: {error.filename or 'the output'}: {error.strerror or error}")
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001 - a bug of ours must not become a traceback with keys in it
        hint = "this is a bug in model-manager; please report it with the command that you ran"
        output.error(ModelManagerError(f"unexpected {type(error).__name__}: {error}", hint=hint))
        return ExitCode.FAILED


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if asked:
        typer.echo(f"model-manager {__version__}")
        raise typer.Exit


def _root(ctx: typer.Context, **values: Any) -> None:
    values.pop("version")
    ctx.obj = Shared(**values)


def _root_options(
    _: None,
    version: Annotated[  # noqa: FBT002 - Typer's form of a flag
        bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None: ...


_root_options.__doc__ = _HELP
app.callback()(_with_shared_options(_root_options, _root))
