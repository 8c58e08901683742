"""The signature of `list`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from model_manager.cli.parsing import On, count_of, moment_of
from model_manager.cli.shared import Session, command
from model_manager.core.phrases import first_of
from model_manager.core.quantities import parse_amount
from model_manager.errors import UsageError
from model_manager.rendering import Output
from model_manager.rendering.text import rename_parameters

if TYPE_CHECKING:
    from model_manager.commands.list import ListReport

#: Of the tasks with the same problem so many are named.
_MOST_NAMED = 4


@command("list")
def list_models(
    session: Session,
    *,
    provider: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only models of this provider, by any name; repeatable.")
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
    all_: Annotated[bool, typer.Option("--all", help="Include older and retired models.")] = False,
    sort: Annotated[
        str,
        typer.Option(
            metavar="KEY",
            help="By catalogue, id, name, provider, price, output, context or released; "
            "provider,price orders by price within a provider.",
        ),
    ] = "catalogue",
    columns: Annotated[
        str | None,
        typer.Option(metavar="COLUMNS", help="Columns of the table: id,input,context_window and so on."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values with all columns.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    ids: Annotated[bool, typer.Option("--ids", help="Print only ids, one per line.")] = False,
    scenarios: Annotated[
        bool, typer.Option("--scenarios", help="Show which model suits which kind of work.")
    ] = False,
    on: On = None,
) -> None:
    """List models and task assignments.

    Each task is shown with its model, where that comes from, and its problems,
    unless models are filtered. A terminal folds older models: --all shows them.

    \b
    Examples:
      model-manager list --capability vision --max-price 1 --sort price
      model-manager list --provider OpenAI --columns id,input,output,context
      model-manager list --ready --ids
      model-manager list --csv > models.csv
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
    layout = _Layout(ids=ids, scenarios=scenarios, csv=csv, markdown=markdown, columns=columns)
    layout.check(as_json=session.output.as_json)
    workspace = session.workspace()
    report = listing.run(workspace, filters, moment_of(on).date(), session.degraded(workspace))
    _show_list(session.output, report, layout, sort)
    for warning in report.warnings:
        session.output.say(f"Warning: {rename_parameters(warning, session.output.names)}")
    if layout.is_table and not (session.output.as_json or report.is_filtered):
        for problem in report.task_problems:
            found = problem.finding
            session.output.say(f"{found.severity}: {first_of(problem.tasks, _MOST_NAMED)}: {found.message}")
    if report.emptied_by:
        session.output.say(rename_parameters(report.emptied_by, session.output.names))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """The form of the list, and the columns that were named for it."""

    ids: bool
    scenarios: bool
    csv: bool
    markdown: bool
    columns: str | None

    @property
    def is_table(self) -> bool:
        """Whether it is the table for people, with the tasks below it."""
        return not (self.ids or self.scenarios or self.csv or self.markdown)

    def check(self, *, as_json: bool) -> None:
        """Refuse forms that exclude each other.

        Raises:
            UsageError: two of them were asked for, or columns for a form that has none.
        """
        forms = {"--json": as_json, "--ids": self.ids, "--scenarios": self.scenarios}
        forms |= {"--csv": self.csv, "--markdown": self.markdown}
        chosen = [name for name, is_chosen in forms.items() if is_chosen]
        if len(chosen) > 1 and (self.csv or self.markdown):
            raise UsageError(f"{' and '.join(chosen)} cannot be combined", hint="use one of them")
        if self.columns is not None and chosen and not (self.csv or self.markdown):
            raise UsageError(
                f"`columns` and {chosen[0]} cannot be combined", hint="`columns` is for tables and `csv`"
            )


def _show_list(output: Output, report: "ListReport", layout: _Layout, sort: str) -> None:
    if output.as_json:
        from model_manager.rendering.documents.list import list_document

        output.document(list_document(report))
        return
    if layout.ids:
        for row in report.models:
            output.line(row.model.id)
        return
    from model_manager.rendering.columns import columns_of

    columns = None if layout.columns is None else columns_of(layout.columns)
    if layout.is_table or layout.scenarios:
        from model_manager.rendering.tables import list as tables

        if layout.scenarios:
            output.table(tables.draw_scenarios, report)
        else:
            grouped = sort.partition(",")[0] in ("catalogue", "provider")
            output.table(tables.draw, report, grouped=grouped, columns=columns)
        return
    from model_manager.rendering.delimited import csv_text, markdown_text

    text = csv_text(report, columns) if layout.csv else markdown_text(report, columns)
    output.out.write(output.redact(text))
    output.out.flush()
