"""The signature of `export`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from model_manager.cli.shared import Session, command
from model_manager.commands.exports.losses import Loss
from model_manager.commands.exports.shell import DIALECTS, Dialect
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import UsageError

FORMATS = ("litellm", "shell")


@command("export")
def export(
    session: Session,
    *,
    export_format: Annotated[str, typer.Argument(metavar="FORMAT", help="litellm or shell.")],
    dialect: Annotated[
        str | None,
        typer.Option(metavar="DIALECT", help="For shell: posix (default), fish, powershell, dotenv."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to FILE instead of stdout.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Print tasks and routes for a LiteLLM proxy or a shell.

    litellm is the configuration of a LiteLLM proxy: each task is a model of it, with its shares, fallbacks, prices
    and limits. shell sets the tasks' variables to the routes in force. Of keys there are only the names of
    variables. What a format cannot say is in comments, and on stderr.

    \b
    Examples:
      model-manager export litellm -o litellm.yaml
      eval "$(model-manager export shell)"
      model-manager export shell --dialect fish | source
      model-manager export shell --dialect powershell | Out-String | iex
      model-manager export shell --dialect dotenv > production.env
    """
    _check("FORMAT", export_format, FORMATS)
    if dialect is not None:
        _check("--dialect", dialect, DIALECTS)
    if export_format != "shell" and dialect is not None:
        raise UsageError(f"--dialect is only for shell, {export_format} has none")
    if output == Path("-"):
        output = None
    if force and output is None:
        raise UsageError("--force needs --output")
    if export_format == "litellm":
        _litellm(session, output, force=force)
    else:
        chosen = next((one for one in DIALECTS if one == dialect), DIALECTS[0])
        _shell(session, chosen, output, force=force)


def _check(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        hint = did_you_mean(value, known) or f"one of {', '.join(known)}"
        raise UsageError(f"{name}: there is no {value!r}", hint=hint)


def _litellm(session: Session, output: Path | None, *, force: bool) -> None:
    from model_manager.commands.exports import litellm
    from model_manager.rendering.documents.export import export_document
    from model_manager.rendering.exports.litellm import litellm_text

    report = litellm.run(session.workspace(), datetime.now(UTC))
    for warning in report.warnings:
        session.output.say(f"Warning: {warning}")
    text = session.output.redact(litellm_text(report))
    written = _write(session, text, report.losses, output, force=force)
    if session.output.as_json:
        document = export_document(
            "litellm", text, variables=report.variables, losses=report.losses, warnings=report.warnings,
            file=output, written=written,
        )  # fmt: skip
        session.output.document(document)


def _shell(session: Session, dialect: Dialect, output: Path | None, *, force: bool) -> None:
    from model_manager.commands.exports import shell
    from model_manager.rendering.documents.export import export_document
    from model_manager.rendering.exports.shells import shell_text

    report = shell.run(session.workspace(), datetime.now(UTC).date())
    text = session.output.redact(shell_text(report, dialect))
    written = _write(session, text, report.losses, output, force=force)
    if session.output.as_json:
        names = [variable.name for variable in report.variables]
        document = export_document(
            "shell", text, dialect=dialect, variables=names, losses=report.losses, file=output, written=written
        )
        session.output.document(document)


def _write(session: Session, text: str, losses: Sequence[Loss], output: Path | None, *, force: bool) -> bool:
    """Write the text where it goes, and say what is not in it. Whether a file was written."""
    written = False
    if output is not None:
        from model_manager.commands.exports.file import write

        written = write((session.shared.directory or Path()) / output, str(output), text, force=force)
    elif not session.output.as_json:
        session.output.line(text.rstrip("\n"))
    for loss in losses:
        session.output.say(f"Not exported: {loss}")
    if output is not None:
        session.output.say(f"wrote {output}" if written else f"{output} is up to date")
    return written
