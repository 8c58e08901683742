"""`assign` for people: the line before and after, what it does to the tasks, and what it costs."""

from model_manager.commands.assign import AssignReport, Shift
from model_manager.core.assignments import Assignment
from model_manager.rendering.tables.console import ReportConsole
from model_manager.rendering.text import money


def draw(console: ReportConsole, report: AssignReport, *, diff: bool = False, asks: bool = False) -> None:
    """The change of the files, or the diff of a dry run; `asks`: a question follows in place of the outcome."""
    if diff:
        models = report.models.diff if report.models else ""
        for line in (models + report.change.diff).splitlines():
            console.print(console.text(line, {"+": "good", "-": "error"}.get(line[:1], "muted")), soft_wrap=True)
    for shift in report.shifts:
        console.print(console.text(_shift(shift)), soft_wrap=True)
    if report.monthly_delta_usd is not None:
        console.print(console.text(f"Per month: {signed(report)} by the tasks' profiles", "money"), soft_wrap=True)
    if not asks or not report.change.is_different:
        draw_outcome(console, report, dry=diff)


def draw_outcome(console: ReportConsole, report: AssignReport, *, dry: bool = False) -> None:
    """Whether the files were written, and what they hold now."""
    for line in filter(None, (_models_outcome(report, dry=dry), _outcome(report, dry=dry))):
        console.print(console.text(line, "muted"), soft_wrap=True)


def signed(report: AssignReport) -> str:
    """The monthly difference with its sign."""
    amount = report.monthly_delta_usd
    if not amount:
        return "no difference"
    return f"{'+' if amount > 0 else '-'}{money(abs(amount))}"


def _shift(shift: Shift) -> str:
    return f"{shift.task.name}: {_name(shift.before)} → {_name(shift.after)}"


def _name(assignment: Assignment) -> str:
    return assignment.text or "none"


def _models_outcome(report: AssignReport, *, dry: bool) -> str:
    if report.models is None:
        return ""
    file = report.models.file
    tasks = ", ".join(line[1:] for line in report.models.diff.splitlines() if line.startswith("+[tasks."))
    if dry:
        return f"dry run: {file} is unchanged"
    if report.undone:
        gone = report.models.after is None
        return f"undone: removed {file}, which did not exist before" if gone else f"undone in {file}: the new task"
    made = " (new file)" if report.models.before is None else ""
    return f"wrote {file}{made}: {tasks}"


def _outcome(report: AssignReport, *, dry: bool) -> str:
    if not report.change.is_different:
        return f"{report.file} already has this; nothing written"
    if dry:
        return f"dry run: {report.file} is unchanged"
    if report.undone:
        if report.change.after is None:
            return f"undone: removed {report.file}, which did not exist before"
        return (
            "\n".join(f"undone in {report.file}: {line}" for line in _lines(report)) or f"undone in {report.file}"
        )
    made = " (new file)" if report.change.before is None else ""
    return "\n".join(f"wrote {report.file}{made}: {line}" for line in _lines(report))


def _lines(report: AssignReport) -> list[str]:
    return [
        f"{one.variable}={one.new}" + (f" (was {one.old})" if one.old is not None else "")
        if one.new is not None
        else f"{one.variable} removed" + (f" (was {one.old})" if one.old is not None else "")
        for one in report.change.changes
    ]
