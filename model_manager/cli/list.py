"""The signature of `list`."""

from typing import Annotated, Any

import typer

from model_manager.cli.parsing import On, count_of, moment_of
from model_manager.cli.shared import Session, command
from model_manager.core.quantities import parse_amount
from model_manager.rendering import Output
from model_manager.rendering.text import rename_parameters


@command("list")
def list_models(
    session: Session,
    *,
    provider: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only models of this provider; repeatable.")
    ] = None,
    capability: Annotated[
        list[str] | None, typer.Option(metavar="WORD", help="Only models known to have it; repeatable.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="Only models that meet this task's requirements.")
    ] = None,
    min_context: Annotated[str | None, typer.Option(metavar="TOKENS", help="Minimum context window.")] = None,
    max_price: Annotated[
        str | None, typer.Option(metavar="USD", help="Maximum price per million input tokens.")
    ] = None,
    recommended: Annotated[bool, typer.Option("--recommended", help="Only recommended models.")] = False,
    ready: Annotated[bool, typer.Option("--ready", help="Only models whose key is set or not needed.")] = False,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Match all words in id, name or purpose.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Include retired models.")] = False,
    sort: Annotated[
        str,
        typer.Option(metavar="KEY", help="By catalogue, id, name, provider, price, output, context or released."),
    ] = "catalogue",
    ids: Annotated[bool, typer.Option("--ids", help="Print only ids, one per line.")] = False,
    scenarios: Annotated[
        bool, typer.Option("--scenarios", help="Show which model suits which kind of work.")
    ] = False,
    on: On = None,
) -> None:
    """List models and task assignments.

    Each task is shown with its model, where that comes from, and its problems.

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
        min_context=count_of(min_context, "min_context"),
        max_price=None if max_price is None else parse_amount(max_price, "max_price"),
        recommended=recommended,
        ready=ready,
        search=search,
        all=all_,
        sort=sort,
    )
    workspace = session.workspace()
    report = listing.run(workspace, filters, moment_of(on).date(), session.degraded(workspace))
    _show_list(session.output, report, ids=ids, scenarios=scenarios, grouped=sort in ("catalogue", "provider"))
    for warning in report.warnings:
        session.output.say(f"Warning: {rename_parameters(warning, session.output.names)}")
    if report.emptied_by:
        session.output.say(rename_parameters(report.emptied_by, session.output.names))


def _show_list(output: Output, report: Any, *, ids: bool, scenarios: bool, grouped: bool) -> None:
    if output.as_json:
        from model_manager.rendering.documents.list import list_document

        output.document(list_document(report))
    elif ids:
        for row in report.models:
            output.line(row.model.id)
    else:
        from model_manager.rendering.tables import list as tables

        if scenarios:
            output.table(tables.draw_scenarios, report)
        else:
            output.table(tables.draw, report, grouped=grouped)
