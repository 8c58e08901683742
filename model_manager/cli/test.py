"""The signature of `test`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from model_manager.cli.parsing import count_of, prompt_of, read_file_part
from model_manager.cli.piped import piped_prompt
from model_manager.cli.shared import Session, command
from model_manager.config.workspace import Workspace
from model_manager.core.chat.call_options import chat_options, option_from_json
from model_manager.core.limits import MAX_RETRIES, MAX_TIMEOUT_S
from model_manager.core.quantities import parse_amount
from model_manager.errors import ExitCode, UsageError

if TYPE_CHECKING:  # `list` and the others need no HTTP
    from model_manager.commands.test import CurlCommand
    from model_manager.live_test.report import TestRequest


@command("test")
def live_test(
    session: Session,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL] [PROMPT]",
            help="Only the prompt with -m, --task, --assigned or --all. Without one, a pipe or file on stdin.",
        ),
    ] = None,
    *,
    model: Annotated[
        list[str] | None,
        typer.Option("-m", "--model", metavar="MODEL", help="Model or route to call; repeatable."),
    ] = None,
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="Call a task along its route, fallbacks included.")
    ] = None,
    assigned: Annotated[bool, typer.Option("--assigned", help="Call every task along its route.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Call every current model whose key is set.")] = False,
    system: Annotated[str | None, typer.Option(metavar="TEXT", help="System prompt.")] = None,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="Disable streaming.")] = False,
    max_tokens: Annotated[
        str | None, typer.Option(metavar="N", help="Maximum output, reasoning included. Default: 4096.")
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(min=0, max=2, metavar="T", help="Sampling temperature, if the model accepts one."),
    ] = None,
    reasoning: Annotated[
        str | None,
        typer.Option(metavar="EFFORT", help="How hard to think: none, minimal, low, medium, high, …, or tokens."),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=JSON", help="Any option of the library's calls, e.g. top_p=0.5; repeatable."),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Send a picture, PDF or sound before the prompt; repeatable."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0.1, max=MAX_TIMEOUT_S, metavar="S", help="Give up after S seconds without data. Default: 120."
        ),
    ] = None,
    retries: Annotated[
        int | None, typer.Option(min=0, max=MAX_RETRIES, metavar="N", help="Retry up to N times. Default: 2.")
    ] = None,
    repeat: Annotated[
        int,
        typer.Option(min=1, max=1000, metavar="N", help="Repeat each call N times; show minimum, median and p95."),
    ] = 1,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=64, metavar="N", help="Calls in parallel. Default: all; 1 with --repeat."),
    ] = None,
    max_cost: Annotated[
        str | None, typer.Option(metavar="USD", help="Skip calls that could exceed this total.")
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="Call every option of the routes by itself.")] = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="Probe each model's capabilities with six calls.")
    ] = False,
    curl: Annotated[bool, typer.Option("--curl", help="Print curl commands instead of calling.")] = False,
) -> int:
    """Call models and show answer, tokens, cost and latency.

    The exit code is 0 if and only if every answer arrived complete.

    \b
    Examples:
      model-manager test claude-haiku-5-5 "Hello"
      model-manager test -m haiku -m gpt-6-luna "Name a prime number" --repeat 5
      model-manager test --assigned
      model-manager test --task chat --each
      model-manager test claude-haiku-5-5 --probe
      git diff | model-manager test --task chat --system "Write a commit message"
    """
    from model_manager.commands import test as testing
    from model_manager.live_test.report import PROMPT, TestRequest

    names, prompt = _model_and_prompt(words or [], chosen=bool(model or task or assigned or all_))
    has_prompt, called = prompt is not None, [*(model or ()), *names]
    if prompt is None and _is_one_call(called, task, chosen=probe or assigned or all_):
        prompt = piped_prompt(session.output.say)
    request = TestRequest(
        models=called,
        task=task,
        assigned=assigned,
        all=all_,
        each=each,
        prompt=prompt_of(prompt) if prompt is not None else PROMPT,
        system=system,
        max_tokens=_limit(max_tokens),
        temperature=temperature,
        options=_options(option or [], reasoning),
        files=tuple(map(read_file_part, file or ())),
        stream=not no_stream,
        timeout_s=timeout,
        retries=retries,
        repeat=repeat,
        concurrency=concurrency,
        max_cost=None if max_cost is None else parse_amount(max_cost, "max_cost"),
        verbose=session.shared.verbose,
    )
    if probe:
        _check_probe_alone(
            prompt=has_prompt,
            system=system is not None,
            no_stream=no_stream,
            temperature=temperature is not None,
            reasoning=reasoning is not None,
            option=bool(option),
            file=bool(file),
            repeat=repeat > 1,
            curl=curl,
        )
    workspace, now = session.workspace(), datetime.now(UTC)
    if names and not has_prompt:
        _check_is_no_prompt(workspace, names[0])
    if prompt is not None and (hint := _hint_of_model(workspace, prompt)):
        session.output.hint(hint)
    if curl:
        return _print_curl(session, testing.curl_commands(workspace, request, now))
    session.export_telemetry(workspace)
    if probe:
        return _probe(session, workspace, request, now)
    return _test(session, workspace, request, now)


def _model_and_prompt(words: list[str], *, chosen: bool) -> tuple[list[str], str | None]:
    """The positional words: a model and a prompt, or only the prompt where an option chooses the models."""
    names = [] if chosen else words[:1]
    prompts = words[len(names) :]
    if len(prompts) > 1:
        raise UsageError("the prompt must be one argument", hint="put it in quotes; each further model takes -m")
    return names, prompts[0] if prompts else None


def _check_is_no_prompt(workspace: Workspace, name: str) -> None:
    """Refuse several words in the place of a model's name: a prompt without a model. A route may have spaces."""
    if len(name.split()) > 1 and not set(name) & set(",+:") and workspace.catalogue.find(name) is None:
        hint = 'name a model before the prompt, as in: test haiku "Hello"; or name a task with --task'
        raise UsageError(f"{name!r} is no model's name", hint=hint)


def _hint_of_model(workspace: Workspace, prompt: str) -> str | None:
    """How to call the model or task that a prompt names, if it is no more than such a name."""
    name = prompt.strip()
    if workspace.catalogue.find(name) is not None:
        return f"{name!r} is sent as the prompt; to call the model of this name: model-manager test -m {name}"
    if name in workspace.catalogue.tasks:
        return f"{name!r} is sent as the prompt; to call the task of this name: model-manager test --task {name}"
    return None


def _is_one_call(models: list[str], task: str | None, *, chosen: bool) -> bool:
    """Whether one model or one task is called, which can take its prompt from a pipe."""
    return not chosen and len(models) + (task is not None) == 1


def _limit(text: str | None) -> int | None:
    limit = count_of(text, "max_tokens")
    if limit == 0:
        raise UsageError("0 leaves no room for an answer", parameter="max_tokens")
    return limit


def _options(words: list[str], reasoning: str | None) -> dict[str, Any]:
    """The options of the calls by name; a number of tokens is an effort too."""
    options = dict(map(option_from_json, words))
    if reasoning is not None:
        options["reasoning"] = int(reasoning) if reasoning.isdecimal() else reasoning
    chat_options(options, stream=True)  # what cannot be meant is told before anything is called
    return options


def _print_curl(session: Session, commands: "Sequence[CurlCommand]") -> int:
    for one in commands:
        if one.refusal:
            session.output.say(f"Warning: test would not make this call: {one.refusal}")
        for notice in one.notices:
            session.output.say(f"Warning: {notice}")
    if session.output.as_json:
        from model_manager.rendering.documents.test import curl_document

        session.output.document(curl_document([one.text for one in commands]))
    else:
        for one in commands:
            session.output.line(one.text)
    return ExitCode.OK


def _test(session: Session, workspace: Workspace, request: "TestRequest", now: datetime) -> int:
    """Make the calls and show them: one as it streams, several as a table, or all as one JSON object."""
    from model_manager.commands.test import run
    from model_manager.live_test.targets import targets_of
    from model_manager.rendering import show_test

    targets = targets_of(workspace, request, now)
    with show_test(session.output, len(targets) * request.repeat) as show:
        report = run(workspace, request, now, show.event)
        show.report(report)
    return report.exit_code


def _check_probe_alone(**given: bool) -> None:
    """Refuse options that `--probe` sets itself."""
    for name, is_given in given.items():
        if is_given:
            option = "a prompt" if name == "prompt" else f"--{name.replace('_', '-')}"
            hint = "each further model takes -m" if name == "prompt" else None
            raise UsageError(f"--probe sends its own prompts and cannot be combined with {option}", hint=hint)


def _probe(session: Session, workspace: Workspace, request: "TestRequest", now: datetime) -> int:
    """Print the maximum cost, probe, and show the findings: tables with TOML to paste, or one JSON object."""
    from model_manager.core.phrases import plural
    from model_manager.live_test import probing
    from model_manager.rendering.text import money

    calls = len(probing.models_of(workspace, request, now)) * len(probing.PROBES)
    worst = probing.worst_case_of(workspace, request, now)
    price = "at an unknown cost" if worst is None else f"for {money(worst)} at most"
    session.output.say(f"{plural(calls, 'small call')} {price}")
    with _show_probes(session, calls) as show:
        report = probing.run(workspace, request, now, show.event)
        show.report(report)
    return report.exit_code


def _show_probes(session: Session, calls: int) -> Any:
    """The view of the probes: a context with `event` and `report`."""
    if session.output.as_json:
        from model_manager.rendering.documents.probe import JsonProbeView

        return JsonProbeView(session.output)
    from model_manager.rendering.tables.probe import ProbeProgressView

    return ProbeProgressView(session.output, calls)
