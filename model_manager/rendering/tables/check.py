"""`check` for people: errors first, each with its place and how to mend it; rules and their explanations."""

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from model_manager.commands.check import CheckReport
from model_manager.core.checking import CHECKED_FAMILIES, RULES, CheckFinding, Rule
from model_manager.core.checking.code import MAKE_A_TASK
from model_manager.core.checking.rule import RuleExample
from model_manager.core.phrases import plural
from model_manager.rendering.findings.commands import fix_of
from model_manager.rendering.tables.console import ReportConsole, grid

_HEADINGS = {"error": "Errors", "warning": "Warnings"}
_INDENT = (0, 0, 0, 2)


def draw(console: ReportConsole, report: CheckReport) -> None:
    """The findings by severity, and a summary."""
    for severity, heading in _HEADINGS.items():
        findings = [one for one in report.findings if one.severity == severity]
        if findings:
            console.print(Text(heading, style=severity))
            for one in findings:
                _draw_finding(console, one)
            console.print()
    console.print(_summary(report), soft_wrap=True)
    if any(one.fix and one.fix.startswith(MAKE_A_TASK) for one in report.findings):
        console.print(Text("Tasks for the models in the code: model-manager init"), soft_wrap=True)


def _draw_finding(console: ReportConsole, finding: CheckFinding) -> None:
    """A line for the finding, and one for how to mend it; further lines of either are indented."""
    place = f"{finding.file}:{finding.line} " if finding.line else f"{finding.file} " if finding.file else ""
    head = console.text(place, "id") + console.text(f"{finding.code} ", finding.severity)
    lines = [head + console.text(finding.message)]
    if fix := fix_of(finding):
        first, *rest = fix.split("\n")
        label = console.text("  fix: ", "muted")
        lines += [label + console.text(first), *(console.text(f"       {line}") for line in rest)]
    for line in lines:
        console.print(Padding(line, _INDENT), overflow="fold")


def _summary(report: CheckReport) -> Text:
    if report.is_invalid:
        return Text("Nothing else was checked: mend these first.")
    tasks = plural(len(report.tasks), "task")
    ignored = f", {report.ignored} ignored" if report.ignored else ""
    if not report.findings:
        return Text(f"No problems found in {tasks}, as of {report.on}{ignored}.", style="good")
    errors, warnings = plural(report.errors, "error"), plural(report.warnings, "warning")
    example = report.findings[0].code
    return Text(
        f"{errors}, {warnings} in {tasks}, as of {report.on}{ignored}.\n"
        f"About a code: model-manager check --explain {example}"
    )


def draw_rules(console: ReportConsole, _: object) -> None:
    """Every rule by family."""
    for digit, family in CHECKED_FAMILIES.items():
        table: Table = grid(("Code", "left"), ("", "left"), ("Name", "left"), ("", "left"))
        for rule in RULES.values():
            if rule.code[2] == digit:
                table.add_row(
                    console.text(rule.code, "id"),
                    console.text(rule.severity, rule.severity),
                    console.text(rule.name),
                    console.text(rule.title, "muted"),
                )
        console.print(Text(family, style="heading"))
        table.show_header = False
        console.print_table(table)
        console.print()


def draw_rule(console: ReportConsole, rule: Rule) -> None:
    """All about one rule."""
    console.print(Text(f"{rule.code} {rule.name} ({rule.severity})", style="heading"))
    for words in (f"{rule.title}.", rule.explanation, rule.mend):
        console.print(words)
        console.print()
    for label, example in (("Found here:", rule.bad), ("Not here:", rule.good)):
        console.print(Text(label, style="heading"))
        for line in _example_lines(example):
            console.print(Padding(console.text(line), _INDENT), overflow="fold")
        console.print()
    console.print(f"To ignore it on a line: # model-manager: ignore[{rule.code}]")
    console.print(f"Everywhere: model-manager check --ignore {rule.code}")


def _example_lines(example: RuleExample) -> list[str]:
    lines = [f"as of {example.on}:"]
    for name, text in example.files.items():
        lines += [f"{name}:", *(f"  {line}" for line in text.rstrip("\n").split("\n"))]
    lines += [f"in the environment: {name}=…" for name in example.environ]
    lines += [f"the ledger says: {example.recorded}"] if example.recorded else []
    lines += [f"the provider's list says: {example.listed}"] if example.listed is not None else []
    return lines
