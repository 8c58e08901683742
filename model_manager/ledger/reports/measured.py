"""What the tasks of a project really did: the figures that a profile estimates."""

from dataclasses import dataclass, field

from model_manager.ledger.reports.figures import Figures
from model_manager.ledger.reports.reader import Group, LedgerReader, SeriesInfo, Span


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """The calls of a task: all options that were asked, those that answered, and the quarter hour of the first."""

    first_quarter: int
    asked: Figures = field(default_factory=Figures)
    answered: Figures = field(default_factory=Figures)


def read_tasks(reader: LedgerReader, span: Span, project: str) -> dict[str, TaskFigures]:
    """The figures of each task that an application called; live tests and probes do not count."""

    def key_of(info: SeriesInfo) -> Group | None:
        counts = info.kind == "chat" and info.project == project and info.task is not None
        return (info.task, info.outcome) if counts else None

    reader.group_by(key_of)
    sums, firsts = reader.sums(span), reader.first_quarters(span)
    reader.add_latencies(span, sums)
    found: dict[str, TaskFigures] = {}
    for group, figures in sums.items():
        name, outcome = str(group[0]), group[1]
        first = min(firsts[other] for other in firsts if other[0] == name)
        task = found.setdefault(name, TaskFigures(first))
        task.asked.add(figures)
        if outcome == "ok":
            task.answered.add(figures)
    return found
