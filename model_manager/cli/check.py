"""The signature of `check`."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model_manager.cli.parsing import On, count_of, moment_of
from model_manager.cli.shared import Session, command
from model_manager.core.lifecycle import SOON_DAYS
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from model_manager.commands.check import CheckReport
    from model_manager.core.checking import CheckFinding

#: As --format has them, and --output before its sign.
FORMATS = ("text", "json", "github", "gitlab", "junit", "sarif")


@command("check")
def check(
    session: Session,
    *,
    days: Annotated[
        str | None,
        typer.Option(
            "--days", metavar="N", help=f"Warn of retirements and price rises within N days (default {SOON_DAYS})."
        ),
    ] = None,
    on: On = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on warnings too.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Compare with the providers' own lists of models; costs no tokens.")
    ] = False,
    code: Annotated[
        list[Path] | None,
        typer.Option("--code", metavar="DIR", help="Find model ids in the source code of DIR; repeatable."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="CODE", help="Leave out a rule, or a family such as MM5; repeatable."),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="text, json, github, gitlab, junit or sarif."),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option("--output", metavar="FORMAT=FILE", help="Also write a report to a file; repeatable."),
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules.")] = False,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="CODE", help="Explain a rule, with examples.")
    ] = None,
) -> int:
    """Check tasks, models, keys and budgets without spending tokens.

    Exits 1 on errors, 3 if a file is invalid. A comment # model-manager: ignore[MM203] ignores a rule on its line.

    \b
    Examples:
      model-manager check --strict --days 60
      model-manager check --code src --on 2027-01-22 --ignore MM5
      model-manager check --format github --output sarif=check.sarif
      model-manager check --explain MM204
    """
    if rules or explain:
        _show_rules(session, explain)
        return 0
    chosen = _format_of(session, format_)
    files = [_target_of(text) for text in output or ()]
    moment = moment_of(on)
    report = _checked(session, moment.date(), days, ignore or (), code or (), live=live)
    for name, path in files:
        from model_manager.config.report_file import write_report_file

        write_report_file(_directory(session) / path, _text_of(session, report, name))
    _show(session, report, chosen)
    return report.exit_code(strict=strict)


def _directory(session: Session) -> Path:
    return session.shared.directory or Path()


def _format_of(session: Session, named: str | None) -> str:
    """The format of stdout.

    Raises:
        UsageError: there is none of this name, or --json asks for another.
    """
    if named is None:
        return "json" if session.output.as_json else "text"
    if session.output.as_json and named != "json":
        raise UsageError(
            f"--json and --format {named} exclude each other", hint="use --output for a second format"
        )
    return _known_format(named, "format")


def _known_format(name: str, parameter: str) -> str:
    if name not in FORMATS:
        hint = did_you_mean(name, FORMATS) or f"one of {', '.join(FORMATS)}"
        raise UsageError(f"there is no format {name!r}", hint=hint, parameter=parameter)
    return name


def _target_of(text: str) -> tuple[str, Path]:
    """Format and file of an --output.

    Raises:
        UsageError: it is none.
    """
    name, sign, path = text.partition("=")
    if not (sign and path):
        raise UsageError(f"{text!r} is not FORMAT=FILE", hint="for example sarif=check.sarif", parameter="output")
    return _known_format(name, "output"), Path(path)


def _checked(
    session: Session, on: date, days: str | None, ignore: Sequence[str], code: Sequence[Path], *, live: bool
) -> "CheckReport":
    """The report; files that are invalid are findings of it."""
    from model_manager.commands import check as checking
    from model_manager.core.checking import rules_beginning_with

    codes = [code.strip() for text in ignore for code in text.split(",")]
    request = checking.CheckRequest(
        on=on,
        days=SOON_DAYS if days is None else count_of(days, "days") or 0,
        ignored=frozenset(rules_beginning_with(codes, "ignore")),
    )
    try:
        workspace = session.workspace(quiet=True)  # its warnings are findings
    except ConfigurationError as error:
        return checking.of_error(error, on)
    more: list[CheckFinding] = []
    if code:
        from model_manager.commands.check import code as source

        more += source.find(workspace, code, on, request.days)
    if live:
        from model_manager.commands.check import live as lists

        more += lists.find(workspace, on)
    return checking.run(workspace, request, session.degraded(workspace), more).redacted(workspace.redactor())


def _show(session: Session, report: "CheckReport", name: str) -> None:
    if name == "json":
        from model_manager.rendering.documents.check import check_document

        session.output.document(check_document(report))
    elif name == "text":
        from model_manager.rendering.tables import check as tables

        session.output.table(tables.draw, report)
    else:
        session.output.line(_text_of(session, report, name).rstrip("\n"))


def _text_of(session: Session, report: "CheckReport", name: str) -> str:
    """The report as the whole content of a file."""
    if name == "text":
        from model_manager.rendering.tables import check as tables

        return session.output.drawn(tables.draw, report)
    if name == "json":
        from model_manager.rendering.documents.check import check_document
        from model_manager.rendering.documents.json import dump

        return dump(check_document(report), session.output.redact, names=session.output.names) + "\n"
    from model_manager.rendering.findings import FORMATS as TEXTS
    from model_manager.rendering.findings import RepositoryPaths

    return TEXTS[name](report, RepositoryPaths(_directory(session), report.files))


def _show_rules(session: Session, code: str | None) -> None:
    from model_manager.core.checking import RULES, find_rule

    chosen = (find_rule(code),) if code else tuple(RULES.values())
    if session.output.as_json:
        from model_manager.rendering.documents.check import rules_document

        session.output.document(rules_document(chosen))
        return
    from model_manager.rendering.tables import check as tables

    if code:
        session.output.table(tables.draw_rule, chosen[0])
    else:
        session.output.table(tables.draw_rules, chosen)
