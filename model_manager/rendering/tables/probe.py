"""`test --probe` for people: how far it is, a table of what was found, and the difference as TOML."""

from rich.text import Text

from model_manager.core.redaction import ModelText
from model_manager.live_test.probing import ModelProbe, ProbeFinding, ProbeReport
from model_manager.rendering.documents.probe import toml_of
from model_manager.rendering.next_steps import next_step
from model_manager.rendering.tables.console import ReportConsole, grid
from model_manager.rendering.tables.test import ProgressView
from model_manager.rendering.text import clean, money

_PASTE = "# Add to models.toml; the arrays replace those of an existing table:"
_YES_NO = {True: "yes", False: "no"}
_RELATIONS = {"agrees": ("agrees", "muted"), "differs": ("differs", "error"), "new": ("new", "warning")}


class ProbeProgressView(ProgressView):
    """Shows how many calls are finished, on stderr while it is a terminal, and the findings at the end."""

    def report(self, report: ProbeReport) -> None:  # type: ignore[override]
        """The table, what to paste, the keys that were used, and the way out of what went wrong."""
        if self._status:
            self._status.stop()
        self._output.table(draw, report)
        differences = [text for text in map(toml_of, report.probes) if text]
        if differences:
            self._output.line(f"\n{_PASTE}")
            for line in "\n".join(differences).splitlines():
                self._output.line(clean(line))
        keys = dict.fromkeys(probe.key_variable for probe in report.probes if probe.key_variable)
        if keys:
            self._output.say(f"Keys: {', '.join(keys)}")
        for probe in report.probes:
            self._say_more(probe)

    def _say_more(self, probe: ModelProbe) -> None:
        for warning in probe.warnings:
            self._output.say(f"Warning: {probe.target.name}: {warning}")
        model = probe.target.model
        hints = dict.fromkeys(next_step(finding.error, model) for finding in probe.findings if finding.error)
        for hint in hints:
            self._output.hint(hint, about=probe.target.name)


def draw(console: ReportConsole, report: ProbeReport) -> None:
    """A table for each model, with a line a capability."""
    for probe in report.probes:
        console.print(console.text(probe.target.name, "id"), soft_wrap=True)
        table = grid(
            ("  Capability", "left"), ("Catalogue", "left"), ("Found", "left"), ("", "left"), ("Why", "left")
        )
        table.columns[0].no_wrap = True
        for finding in probe.findings:
            table.add_row(*_cells(console, finding))
        console.print_table(table)
    total = f"{money(report.cost_usd)} total"
    console.print(console.text(total, "muted"), soft_wrap=True)


def _cells(console: ReportConsole, finding: ProbeFinding) -> list[Text]:
    relation, style = _RELATIONS.get(finding.relation or "", ("", ""))
    return [
        console.text(f"  {finding.capability}"),
        console.text("unknown" if finding.catalogue is None else _YES_NO[finding.catalogue], "muted"),
        _found(console, finding),
        console.text(relation, style),
        console.text(ModelText(" ".join(finding.evidence.split())), "muted"),
    ]


def _found(console: ReportConsole, finding: ProbeFinding) -> Text:
    if finding.found is not None:
        return console.text(_YES_NO[finding.found], "good" if finding.found else "warning")
    kind = finding.error.kind if finding.error else "truncated"
    return console.text(f"unknown ({kind})", "error")
