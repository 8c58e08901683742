"""`trust` for people: which key would go where, and who says so."""

from model_manager.commands.trust import TrustedDestination, TrustReport
from model_manager.rendering.tables.console import ReportConsole, grid


def draw(console: ReportConsole, report: TrustReport) -> None:
    """A line for each destination."""
    table = grid(
        ("Key", "left"), ("Goes to", "left"), ("Provider", "left"), ("Named by", "left"), ("Trusted", "left")
    )
    for one in report.destinations:
        state, style = ("yes", "good") if one.trusted else ("no", "warning")
        if one.grant is None:
            state = "only with --trust"
        table.add_row(
            console.text(one.variable or "none"),
            console.text(one.base_url or one.host, "id"),
            console.text(one.provider),
            console.text(_place(one), "muted"),
            console.text(state, style),
        )
    console.print_table(table)


def _place(one: TrustedDestination) -> str:
    return f"{one.file}:{one.line}" if one.line else one.file
