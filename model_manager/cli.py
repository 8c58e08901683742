"""The Typer app: signatures, help, and errors to exit codes. What a command does is done elsewhere."""

import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from model_manager import __version__
from model_manager.config.workspace import Workspace, open_workspace
from model_manager.core.quantities import estimate_tokens, parse_amount, parse_count, parse_moment
from model_manager.errors import ExitCode, ModelManagerError, UsageError
from model_manager.rendering import Output

_HELP = """Decide, price, inspect and live-test which language model each part of an application uses.

Models live in a catalogue (models.toml over an embedded one), each task gets its model from the environment, from
.env or from the catalogue. Start with: model-manager list"""

app = typer.Typer(
    name="model-manager",
    help=_HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@dataclass(frozen=True, slots=True)
class Shared:
    """The options that every command has, before or after its name."""

    directory: Annotated[
        Path | None, typer.Option("-C", "--directory", metavar="DIR", help="Work as if started in DIR.")
    ] = None
    models_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A catalogue instead of your own and the project's models.toml."),
    ] = None
    env_file: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Instead of .env.local and .env; repeatable, the last one wins."),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False
    trust: Annotated[bool, typer.Option("--trust", help="Let this project's hosts have your keys.")] = False
    verbose: Annotated[
        int, typer.Option("-v", "--verbose", count=True, show_default=False, help="Say more on stderr.")
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
    """What a command works with."""

    shared: Shared
    output: Output

    def workspace(self) -> Workspace:
        """Read the directory, and say what is odd about it."""
        workspace = open_workspace(
            self.shared.directory or Path(),
            models_file=self.shared.models_file,
            env_files=self.shared.env_file or (),
            trust=self.shared.trust,
        )
        self.output.redact = workspace.redactor()
        for warning in workspace.warnings:
            self.output.say(f"Warning: {warning}")
        return workspace


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


def command(name: str) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
    """Register a function of a `Session` as a command: shared options, and errors as messages and exit codes."""

    def register(function: Callable[..., int | None]) -> Callable[..., int | None]:
        def call(ctx: typer.Context, **values: Any) -> None:
            shared = Shared(**{key: values.pop(key) for key in _SHARED_NAMES}).over(ctx.obj)
            output = Output(as_json=shared.json, color=False if shared.no_color else None)
            raise typer.Exit(_guarded(lambda: function(Session(shared, output), **values), output))

        app.command(name)(_with_shared_options(function, call))
        return function

    return register


def _guarded(run: Callable[[], int | None], output: Output) -> int:
    """Run a command; whatever goes wrong becomes a message and an exit code."""
    try:
        return run() or ExitCode.OK
    except ModelManagerError as error:
        output.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        output.say("Interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader has what it wanted. Python would complain about the rest of the buffer at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
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
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


_root_options.__doc__ = _HELP
app.callback()(_with_shared_options(_root_options, _root))


def _moment(on: str | None) -> datetime:
    return parse_moment(on, "--on") if on else datetime.now(UTC)


_On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="As of this day (or RFC 3339 moment).")]


@command("list")
def list_models(
    session: Session,
    *,
    provider: Annotated[list[str] | None, typer.Option(metavar="ID", help="Models of this provider.")] = None,
    capability: Annotated[
        list[str] | None, typer.Option(metavar="WORD", help="Models known to have it; repeatable, all must hold.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="Models that meet what a task requires.")
    ] = None,
    min_context: Annotated[
        str | None, typer.Option(metavar="TOKENS", help="At least this context window.")
    ] = None,
    max_price: Annotated[
        str | None, typer.Option(metavar="USD", help="At most this much per million input tokens.")
    ] = None,
    recommended: Annotated[bool, typer.Option("--recommended", help="Recommended models.")] = False,
    ready: Annotated[bool, typer.Option("--ready", help="Models whose key is set, or that need none.")] = False,
    search: Annotated[str | None, typer.Option(metavar="TEXT", help="All words in id, name or purpose.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Retired models too.")] = False,
    sort: Annotated[
        str,
        typer.Option(metavar="KEY", help="catalogue, id, name, provider, price, output, context or released."),
    ] = "catalogue",
    ids: Annotated[bool, typer.Option("--ids", help="Only ids, one a line.")] = False,
    scenarios: Annotated[bool, typer.Option("--scenarios", help="Which model for which kind of work.")] = False,
    on: _On = None,
) -> None:
    """The models, each task's model and where it comes from, and what is wrong.

    \b
    Examples:
      model-manager list --capability vision --max-price 1 --sort price
      model-manager list --ready --ids
      model-manager list --json | jq -r '.tasks[] | [.task, .model] | @tsv'
    """
    from model_manager.commands import list as listing

    filters = listing.Filters(
        providers=provider or (),
        capabilities=capability or (),
        task=task,
        min_context=parse_count(min_context, "--min-context") if min_context else None,
        max_price=parse_amount(max_price, "--max-price") if max_price else None,
        recommended=recommended,
        ready=ready,
        search=search,
        all=all_,
        sort=sort,
    )
    report = listing.run(session.workspace(), filters, _moment(on).date())
    _show_list(session.output, report, ids=ids, scenarios=scenarios, grouped=sort in ("catalogue", "provider"))
    if report.emptied_by:
        session.output.say(f"No model is left: {report.emptied_by}")


def _show_list(output: Output, report: Any, *, ids: bool, scenarios: bool, grouped: bool) -> None:
    if output.as_json:
        from model_manager.rendering.json import list_document

        output.document(list_document(report))
    elif ids:
        for row in report.models:
            output.line(row.model.id)
    else:
        from model_manager.rendering import list as tables

        if scenarios:
            output.table(tables.draw_scenarios, report)
        else:
            output.table(tables.draw, report, grouped=grouped)


@command("cost")
def cost(
    session: Session,
    *,
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Only these models.")] = None,
    tokens: Annotated[
        str | None, typer.Option(metavar="N", help="Total tokens, a quarter of them output. Default: 100k.")
    ] = None,
    input_: Annotated[
        str | None,
        typer.Option("--input", metavar="N", help="Input tokens: the whole prompt, cached parts included."),
    ] = None,
    output: Annotated[str | None, typer.Option("--output", metavar="N", help="Output tokens.")] = None,
    cache_read: Annotated[str | None, typer.Option(metavar="N", help="Input tokens read from a cache.")] = None,
    cache_write: Annotated[str | None, typer.Option(metavar="N", help="Input tokens written to a cache.")] = None,
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="Estimate the input from a text; - is stdin.")
    ] = None,
    requests: Annotated[str | None, typer.Option(metavar="N", help="Number of requests.")] = None,
    per: Annotated[str | None, typer.Option(metavar="day|month", help="What the requests are per.")] = None,
    task: Annotated[str | None, typer.Option(metavar="TASK", help="The workload of a task's profile.")] = None,
    assigned: Annotated[bool, typer.Option("--assigned", help="Every task on its model, with a total.")] = False,
    reference: Annotated[str | None, typer.Option(metavar="MODEL", help="What to compare with.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Retired models too.")] = False,
    on: _On = None,
) -> None:
    """What a workload costs on each model, the cheapest first.

    \b
    Examples:
      model-manager cost --input 20k --output 1k --requests 5000 --per day
      model-manager cost claude-haiku-5-5 gpt-6-luna --input 150k --cache-read 100k
      model-manager cost --assigned --on 2027-01-01
    """
    from model_manager.commands import cost as costing

    if per not in (None, "day", "month"):
        raise UsageError(f"--per: {per!r} is neither day nor month")
    counts = costing.Counts(
        tokens=_count(tokens, "--tokens"),
        input=_input_count(session, input_, file),
        output=_count(output, "--output"),
        cache_read=_count(cache_read, "--cache-read"),
        cache_write=_count(cache_write, "--cache-write"),
        estimated=file is not None,
    )
    question = costing.Question(
        models=models or (),
        counts=counts,
        requests=_count(requests, "--requests"),
        per=per,  # type: ignore[arg-type]
        task=task,
        assigned=assigned,
        reference=reference,
        all=all_,
    )
    report = costing.run(session.workspace(), question, _moment(on))
    if session.output.as_json:
        from model_manager.rendering.json import cost_document

        session.output.document(cost_document(report))
        return
    from model_manager.rendering import cost as tables

    session.output.table(tables.draw, report)


def _count(text: str | None, option: str) -> int | None:
    return None if text is None else parse_count(text, option)


def _input_count(session: Session, input_: str | None, file: str | None) -> int | None:
    if file is None:
        return _count(input_, "--input")
    if input_ is not None:
        raise UsageError("--input and --file both say how long the input is; use one")
    return estimate_tokens(_read_text(session, file))


def _read_text(session: Session, file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    path = (session.shared.directory or Path()) / file
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"--file {file}: {error.strerror}") from error


@command("info")
def info(
    session: Session,
    *,
    name: Annotated[
        str, typer.Argument(metavar="MODEL|TASK", help="An id, an alias, provider/model_id, or a task.")
    ],
    on: _On = None,
) -> None:
    """Everything about one model; or which model a task has, why, and what that hides.

    \b
    Examples:
      model-manager info haiku
      model-manager info chat
    """
    from model_manager.commands import info as details

    report = details.run(session.workspace(), name, _moment(on))
    if session.output.as_json:
        from model_manager.rendering.json import info_document

        session.output.document(info_document(report))
        return
    from model_manager.rendering import info as tables

    session.output.table(tables.draw, report)


@command("assign")
def assign(
    session: Session,
    items: Annotated[
        list[str] | None, typer.Argument(metavar="TASK ROUTE | TASK=ROUTE...", help="What to assign.")
    ] = None,
    *,
    default: Annotated[
        str | None, typer.Option(metavar="ROUTE", help="For every task that has none of its own.")
    ] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Remove the tasks' own values.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last change of the file back.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the diff; write nothing.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Write only if the live test passes.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write what would be refused.")] = False,
) -> None:
    """Give tasks their models: one line of .env.local if there is one, else of .env.

    \b
    Examples:
      model-manager assign chat claude-haiku-5-5
      model-manager assign chat=gpt-6-luna mood_search=groq/gpt-oss-20b --dry-run
      model-manager assign chat 90:claude-sonnet-5-5+10:gpt-6.1-sol,groq/gpt-oss-120b
      model-manager assign --undo
    """
    from model_manager.commands import assign as assigning

    now = datetime.now(UTC)
    if undo:
        if items or default or unset or test:
            raise UsageError("--undo takes nothing else but --dry-run")
        report = assigning.undo(session.workspace(), dry_run=dry_run)
    else:
        order = assigning.parse_order(items or (), default=default, unset=unset)
        order = replace(order, dry_run=dry_run, force=force)
        workspace = session.workspace()
        report = assigning.run(workspace, order, now, _verifier(workspace) if test else None)
    for warning in report.warnings:
        session.output.say(f"Warning: {warning}")
    if session.output.as_json:
        from model_manager.rendering.assign_document import assign_document

        session.output.document(assign_document(report))
        return
    from model_manager.rendering import assign as tables

    session.output.table(tables.draw, report, diff=dry_run)


def _verifier(workspace: Workspace) -> Callable[[str], str | None]:
    """A live test of one model, as `test` makes it."""
    from model_manager.commands import test as testing

    def verify(name: str) -> str | None:
        question = testing.Question(models=(name,))
        result = testing.run(workspace, question, datetime.now(UTC), lambda _: None).results[0]
        return None if result.error is None else result.error.message

    return verify


@command("test")
def live_test(
    session: Session,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL] [PROMPT]", help="With -m, --task, --assigned or --all only the prompt."),
    ] = None,
    *,
    model: Annotated[list[str] | None, typer.Option("-m", "--model", metavar="MODEL", help="Repeatable.")] = None,
    task: Annotated[str | None, typer.Option(metavar="TASK", help="The model of this task.")] = None,
    assigned: Annotated[bool, typer.Option("--assigned", help="The models of all tasks.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Every current model whose key is set.")] = False,
    system: Annotated[str | None, typer.Option(metavar="TEXT", help="A system prompt.")] = None,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="Ask for the answer in one piece.")] = False,
    max_tokens: Annotated[
        str | None, typer.Option(metavar="N", help="Most output tokens, hidden ones included. Default: 4096.")
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(min=0, max=2, metavar="T", help="Sent only if given, and if the model takes it."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.1, max=3600, metavar="S", help="Seconds of silence to bear. Default: 120."),
    ] = None,
    retries: Annotated[int | None, typer.Option(min=0, max=10, metavar="N", help="Default: 2.")] = None,
    repeat: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Calls a model; shows minimum, median and p95.")
    ] = 1,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=48, metavar="N", help="Calls at a time. Default: all; 1 with --repeat."),
    ] = None,
    max_cost: Annotated[
        str | None, typer.Option(metavar="USD", help="Make no call that could bring the sum above this.")
    ] = None,
    curl: Annotated[
        bool, typer.Option("--curl", help="Print the requests as curl commands; send nothing.")
    ] = False,
) -> int:
    """Call models and see what comes back: the answer, tokens, cost, latency, time to first token.

    The exit code is 0 if and only if every answer arrived complete.

    \b
    Examples:
      model-manager test claude-haiku-5-5 "Hello"
      model-manager test -m haiku -m gpt-6-luna "Name a prime number" --repeat 5
      git diff | model-manager test --task chat - --system "Write a commit message"
    """
    from model_manager.commands import test as testing

    names, prompt = _model_and_prompt(words or [], chosen=bool(model or task or assigned or all_))
    question = testing.Question(
        models=[*(model or ()), *names],
        task=task,
        assigned=assigned,
        all=all_,
        prompt=_prompt(prompt) if prompt is not None else testing.PROMPT,
        system=system,
        max_tokens=_limit(max_tokens),
        temperature=temperature,
        stream=not no_stream,
        timeout_s=timeout,
        retries=retries,
        repeat=repeat,
        concurrency=concurrency,
        max_cost=parse_amount(max_cost, "--max-cost") if max_cost else None,
    )
    workspace, now = session.workspace(), datetime.now(UTC)
    if curl:
        return _print_curl(session, testing.curl_commands(workspace, question, now))
    return _test(session, workspace, question, now)


def _model_and_prompt(words: list[str], *, chosen: bool) -> tuple[list[str], str | None]:
    """The positional words: a model and a prompt, or only the prompt where an option chose the models."""
    names = [] if chosen else words[:1]
    prompts = words[len(names) :]
    if len(prompts) > 1:
        raise UsageError("the prompt is more than one word", hint="put it in quotes")
    return names, prompts[0] if prompts else None


def _prompt(text: str) -> str:
    """The prompt, read from stdin for -."""
    if text == "-":
        try:
            text = sys.stdin.buffer.read().decode()
        except UnicodeDecodeError as error:
            raise UsageError(f"the prompt on stdin is not UTF-8 (byte {error.start + 1})") from None
    if not text.strip():
        raise UsageError("the prompt is empty")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("the prompt is not UTF-8") from None
    return text


def _limit(text: str | None) -> int | None:
    limit = _count(text, "--max-tokens")
    if limit == 0:
        raise UsageError("--max-tokens: 0 leaves no room for an answer")
    return limit


def _print_curl(session: Session, commands: list[str]) -> int:
    if session.output.as_json:
        session.output.document({"curl": commands})
    else:
        for line in commands:
            session.output.line(line)
    return ExitCode.OK


def _test(session: Session, workspace: Workspace, question: Any, now: datetime) -> int:
    """Make the calls and show them: one as it comes, several as a table, or all as one JSON object."""
    from model_manager.commands import test as testing
    from model_manager.rendering import show_test

    targets = testing.targets_of(workspace, question, now)
    with show_test(session.output, len(targets) * question.repeat) as show:
        report = testing.run(workspace, question, now, show.event)
        show.report(report)
    return report.exit_code
