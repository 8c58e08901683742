"""`init` for people: what was found, the tasks that are proposed, and what to do afterwards."""

from shlex import quote

from model_manager.commands.init import InitReport
from model_manager.core.adoption.proposals import Proposal
from model_manager.core.adoption.rewrites import PYTHON_IMPORT
from model_manager.rendering.tables.console import ReportConsole

#: Of a task's places and of the lines of code so many are shown; JSON has them all.
_MOST_PLACES = 3
_MOST_CHANGES = 12
#: An application with more tasks is several in one repository, as likely as not.
_MANY_TASKS = 12
_REASONS = {
    "lists": "in lists of models",
    "tables": "as keys of tables",
    "comparisons": "in comparisons",
    "tests": "in tests",
    "examples": "in examples",
    "data": "in data files and notebooks",
}


def draw(console: ReportConsole, report: InitReport, *, diff: bool = False) -> None:
    """Keys and proposed tasks; with `diff`, the change of the file."""
    if report.keys:
        _line(console, "Keys that are set:", "heading")
        for key in report.keys:
            _line(console, f"  {key.variable} ({key.provider}), {key.file or 'the environment'}")
    if report.proposals:
        _line(console, "Proposed tasks:", "heading")
    for one in report.proposals:
        _proposal(console, one)
    if len(report.proposals) > _MANY_TASKS:
        _line(console, "Many tasks: model-manager -C DIRECTORY init proposes those of one part.", "muted")
    if counts := [f"{count} {_REASONS[reason]}" for reason, count in report.left_out.items()]:
        _line(console, f"No tasks for other names of models: {', '.join(counts)}.", "muted")
    for found in sorted(report.lists, key=lambda one: -one.models)[:_MOST_PLACES]:
        _line(console, f"  a list of {found.models} models in {found.file}:{found.line}-{found.end_line}", "muted")
    if len(report.lists) > _MOST_PLACES:
        _line(console, f"  … and {len(report.lists) - _MOST_PLACES} more files with lists of models", "muted")
    if diff:
        _diff(console, report)


def draw_outcome(console: ReportConsole, report: InitReport, *, program: str = "model-manager") -> None:
    """What was written, the lines of code to change, and the next commands.

    Args:
        console: where to.
        report: what was found and written.
        program: how the commands begin: with the directory, where one was named.
    """
    _line(console, _outcome(report, program), "muted")
    if report.undone or not report.proposals:
        return
    if report.code:
        _line(console, "Change in the code (nothing there was touched):", "heading")
        if any(change.is_python for change in report.code):
            _line(console, f"  {PYTHON_IMPORT}")
        for change in report.code[:_MOST_CHANGES]:
            _line(console, f"  {change.file}:{change.line}", "muted")
            _line(console, f"  - {change.old}", "error")
            _line(console, f"  + {change.new}", "good")
        if len(report.code) > _MOST_CHANGES:
            _line(console, f"  … and {len(report.code) - _MOST_CHANGES} more: --json has them all", "muted")
        if not all(change.is_python for change in report.code):
            _line(console, f'  Outside Python, set the variables first: eval "$({program} export shell)"', "muted")
    _line(console, "Next:", "heading")
    for task, route in report.assignments:
        _line(console, f"  {program} assign {task} {quote(route)}", "id")
    _line(console, f"  {program} check{' --code .' if report.code else ''}", "id")


def _proposal(console: ReportConsole, one: Proposal) -> None:
    end = f" (retires on {one.retires})" if one.retires else ""
    _line(console, f"  {one.task}: {one.model}{end}", "id")
    if one.replaces:
        _line(console, f"      in place of {one.replaces}: {one.why}", "warning")
    needs = f", requires {', '.join(one.requires)}" if len(one.requires) > 1 else ""
    _line(console, f"      {one.purpose}; {one.env}{needs}", "muted")
    for use in one.uses[:_MOST_PLACES]:
        _line(console, f"      {use.file}:{use.line}  {use.text}", fits=True)
    if len(one.uses) > _MOST_PLACES:
        _line(console, f"      … and {len(one.uses) - _MOST_PLACES} more", "muted")
    for note in one.notes[:_MOST_PLACES]:
        _line(console, f"      {note}", "muted")


def _diff(console: ReportConsole, report: InitReport) -> None:
    for line in report.diff.splitlines():
        _line(console, line, {"+": "good", "-": "error"}.get(line[:1], "muted"))


def _outcome(report: InitReport, program: str) -> str:
    if report.undone:
        verb = "would be undone" if not report.written else "undone"
        return f"{verb}: removed {report.file}" if report.after is None else f"{verb} in {report.file}"
    if not report.proposals:
        more = (
            f"; {report.file} has {report.covered} task{'s' if report.covered != 1 else ''}"
            if report.covered
            else ""
        )
        found = f"No {'further ' if report.covered else ''}use of a model was found{more}. Nothing was written."
        return found if report.covered else f"{found}\nTo add a task by hand: {program} assign chat MODEL --new"
    count = f"{len(report.proposals)} task{'s' if len(report.proposals) != 1 else ''}"
    if not report.written:
        return f"{count} for {report.file}; nothing was written"
    made = " (new file)" if report.before is None else ""
    return f"wrote {count} to {report.file}{made}; to undo this: {program} init --undo"


def _line(console: ReportConsole, text: str, style: str = "", *, fits: bool = False) -> None:
    """A line; with `fits`, cut where the screen ends."""
    if fits and len(text) > console.width:
        text = f"{text[: console.width - 1]}…"
    console.print(console.text(text, style), soft_wrap=True)
