"""The signature of `cost`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from model_manager.cli.parsing import On, count_of, moment_of
from model_manager.cli.shared import Session, command
from model_manager.core.quantities import estimate_tokens
from model_manager.errors import UsageError


@command("cost")
def cost(
    session: Session,
    *,
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Only these models; - estimates a text on stdin."),
    ] = None,
    tokens: Annotated[
        str | None, typer.Option(metavar="N", help="Total tokens, a quarter of them output. Default: 100k.")
    ] = None,
    input_: Annotated[
        str | None,
        typer.Option("--input", metavar="N", help="Input tokens: the whole prompt, cached parts included."),
    ] = None,
    output: Annotated[str | None, typer.Option("--output", metavar="N", help="Output tokens.")] = None,
    cache_read: Annotated[str | None, typer.Option(metavar="N", help="Input tokens read from the cache.")] = None,
    cache_write: Annotated[
        str | None, typer.Option(metavar="N", help="Input tokens written to the cache.")
    ] = None,
    cache_write_1h: Annotated[
        str | None,
        typer.Option("--cache-write-1h", metavar="N", help="Those of --cache-write that are kept for an hour."),
    ] = None,
    cache_write_12h: Annotated[
        str | None,
        typer.Option("--cache-write-12h", metavar="N", help="Those of --cache-write that are kept for 12 hours."),
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="Estimate input tokens from a text; - is stdin.")
    ] = None,
    requests: Annotated[str | None, typer.Option(metavar="N", help="Number of requests.")] = None,
    per: Annotated[str | None, typer.Option(metavar="day|month", help="Period of --requests.")] = None,
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="Use the workload of this task's profile.")
    ] = None,
    assigned: Annotated[
        bool, typer.Option("--assigned", help="Price every task on its model, with a total.")
    ] = False,
    reference: Annotated[str | None, typer.Option(metavar="MODEL", help="Model to compare with.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Include older and retired models.")] = False,
    on: On = None,
) -> None:
    """Compare what a workload costs on each model.

    The cheapest model comes first, unknown prices last.

    \b
    Examples:
      model-manager cost --input 20k --output 1k --requests 5000 --per day
      model-manager cost claude-haiku-5-5 gpt-6-luna --input 150k --cache-read 100k
      model-manager cost --assigned --on 2027-01-01
    """
    from model_manager.commands import cost as costing
    from model_manager.commands.cost_report import CostQuery
    from model_manager.commands.counts import Counts

    names = list(models or ())
    if "-" in names and file is None:  # a bare - is the text, as with --file -
        names.remove("-")
        file = "-"
    if per not in (None, "day", "month"):
        raise UsageError(f"{per!r} is neither day nor month", parameter="per")
    counts = Counts(
        tokens=count_of(tokens, "tokens"),
        input=_input_count(session, input_, file),
        output=count_of(output, "output"),
        cache_read=count_of(cache_read, "cache_read"),
        cache_write=count_of(cache_write, "cache_write"),
        cache_write_1h=count_of(cache_write_1h, "cache_write_1h"),
        cache_write_12h=count_of(cache_write_12h, "cache_write_12h"),
        estimated=file is not None,
    )
    query = CostQuery(
        models=names,
        counts=counts,
        requests=count_of(requests, "requests"),
        per=per,  # type: ignore[arg-type]
        task=task,
        assigned=assigned,
        reference=reference,
        all=all_,
    )
    workspace = session.workspace()
    measured = session.measured(workspace) if assigned else None
    report = costing.run(workspace, query, moment_of(on), measured)
    if session.output.as_json:
        from model_manager.rendering.documents.cost import cost_document

        session.output.document(cost_document(report))
        return
    from model_manager.rendering.tables import cost as tables

    session.output.table(tables.draw, report)


def _input_count(session: Session, input_: str | None, file: str | None) -> int | None:
    if file is None:
        return count_of(input_, "input")
    if input_ is not None:
        raise UsageError("`input` and `file` cannot be combined: both set the length of the input")
    return estimate_tokens(_read_text(session, file))


def _read_text(session: Session, file: str) -> bytes:
    if file == "-" and sys.stdin is None:
        raise UsageError("stdin is closed", parameter="file")
    if file == "-":
        return sys.stdin.buffer.read()
    path = (session.shared.directory or Path()) / file
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", parameter="file") from error
