"""Remarks of `cost`: models that cannot take a request, the cost of smaller ones, the total."""

from collections.abc import Iterator, Sequence

from model_manager.commands.cost_report import CostReport, CostRow
from model_manager.core.phrases import first_of, listed
from model_manager.rendering.text import UNKNOWN, money, tokens

#: The marks of a model that cannot take the request, and of one that bills it by a higher tier.
EXCEEDED, TIER = "✗", "▲"
_MOST_NAMED = 5
_LIMITS = {"context_window": "context", "max_input": "input", "max_output": "output"}


def limit_remarks(report: CostReport, rows: Sequence[CostRow]) -> Iterator[str]:
    """The legend of the marks of some rows, with the limits and with the cost of smaller requests."""
    exceeding = [_exceeding(row) for row in rows if row.exceeds]
    if exceeding:
        subject = "its model cannot" if report.by_task else "cannot"
        names = "" if len(exceeding) == len(rows) > 1 else f": {first_of(exceeding, _MOST_NAMED)}"
        yield f"{EXCEEDED} {subject} take a request of this size{names}"
    reached = [row for row in rows if row.tier and not row.exceeds]
    if not reached:
        return
    cheaper = [row for row in reached if row.tier and row.tier.smaller_usd is not None]
    saving = ". The same tokens in smaller requests:" if cheaper else ""
    yield f"{TIER} billed by a tier for long prompts{saving}"
    for row in cheaper[:_MOST_NAMED]:
        if row.tier:
            costs = f"{money(row.tier.smaller_usd)} instead of {money(row.cost_usd)}"
            yield f"  {_name(row)}: {costs}, prompts of at most {tokens(row.tier.smaller_tokens)} tokens"
    if len(cheaper) > _MOST_NAMED:
        yield f"  and {len(cheaper) - _MOST_NAMED} more: --json has them"


def _exceeding(row: CostRow) -> str:
    limits = listed([f"{tokens(found.tokens)} {_LIMITS[found.limit]}" for found in row.exceeds])
    return f"{_name(row)} ({limits})"


def _name(row: CostRow) -> str:
    model = row.model.id if row.model else UNKNOWN
    return f"{row.task} on {model}" if row.task else model


def total_text(report: CostReport) -> str:
    """The total of the tasks; what is unknown is counted beside what is known."""
    per = f"per {report.workload.per}"
    if not report.rows:
        return "There are no tasks yet: model-manager init proposes some"
    if not report.unknown:
        return f"Total {money(report.total_usd)} {per}"
    if report.unknown == len(report.rows):
        return f"Total unknown {per}"
    unknown = "one" if report.unknown == 1 else f"{report.unknown:,}"
    return f"Total {money(report.known_usd)} and {unknown} unknown {per}"
