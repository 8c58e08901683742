"""`usage --arms` for people: a line an arm, the differences as intervals, and the verdict."""

from decimal import Decimal
from shlex import quote

from rich.table import Table

from model_manager.commands.usage_arms import ArmsAnswer
from model_manager.ledger.experiments.comparison import Difference, Experiment
from model_manager.ledger.experiments.metrics import METRICS
from model_manager.ledger.experiments.phrases import is_known
from model_manager.rendering.documents.arms import cost_per_call, latency_of
from model_manager.rendering.tables.console import ReportConsole, grid
from model_manager.rendering.text import UNKNOWN, duration, money

_LABELS = {"cost": "Cost a call", "latency": "Latency", "failures": "Failures"}
#: How wide intervals are drawn, in narrow terminals, in those with more room, and in wide ones.
_NARROW, _ROOMY, _WIDE = 17, 27, 41
#: What the ends of the scale may stand for.
_SCALES = (0.1, 0.2, 0.5, 1.0)
#: From here on a change is told as a factor.
_MOST = 10


def draw(console: ReportConsole, answer: ArmsAnswer) -> None:
    """The time, the arms, how they differ from the first, the verdict, and how to end the experiment."""
    experiment = answer.experiment
    if experiment and answer.since:
        heading = f"{answer.task}: {answer.since:%Y-%m-%d %H:%M} to {answer.until:%Y-%m-%d %H:%M}"
        console.print(console.text(heading, "muted"), soft_wrap=not console.is_terminal)
        console.print_table(_arms(console, answer, experiment))
        if any(one for arm in experiment.others for one in experiment.differences[arm].values()):
            console.print()
            console.print_table(_differences(console, experiment))
        console.print()
    console.print(console.text(answer.verdict.text, "heading"), soft_wrap=not console.is_terminal)
    if answer.assign:
        line = f"To end it: model-manager assign {quote(answer.task)} {quote(answer.assign)}"
        console.print(console.text(line), soft_wrap=True)


def _arms(console: ReportConsole, answer: ArmsAnswer, experiment: Experiment) -> Table:
    scores = sorted({name for arm in experiment.arms.values() for name in arm.scores})
    headers = [("Arm", "left"), ("Share", "right"), (f"{experiment.noun.capitalize()}s", "right")]
    headers += [("Calls", "right")] if experiment.noun != "call" else []
    headers += [("Cost a call", "right"), ("p50", "right"), ("p95", "right"), ("Failed", "right")]
    shown = scores if console.is_roomy else [name for name in scores if name == experiment.metric]
    table = grid(*headers, *((name, "right") for name in shown), gap=2 if console.is_roomy else 1)
    for share in answer.split.arms if answer.split else ():
        sums = experiment.arms[share.arm]
        cost, failed = cost_per_call(sums), sums.failures.ratio
        cells = [f"{share.percent:g}%", f"{sums.users:,}"]
        cells += [f"{sums.calls:,}"] if experiment.noun != "call" else []
        cells += [money(None if cost is None else _rounded(cost))]
        cells += ["" if one is None else duration(one) for one in (latency_of(sums, 0.5), latency_of(sums, 0.95))]
        cells += ["" if failed is None else f"{failed:.2%}"]
        means = (sums.scores[name].ratio if name in sums.scores else None for name in shown)
        cells += ["" if mean is None else f"{mean:.3g}" for mean in means]
        table.add_row(console.text(share.arm, "id"), *map(console.text, cells))
    return _only_names_break(table)


def _rounded(amount: Decimal) -> Decimal:
    """An amount with four digits, cents at least."""
    return round(amount, max(2, 3 - amount.adjusted())) if amount else amount


def _differences(console: ReportConsole, experiment: Experiment) -> Table:
    """Each arm beside the first by each metric, as an interval around the line of no difference."""
    rows = [
        (arm, metric, one)
        for arm in experiment.others
        for metric, one in experiment.differences[arm].items()
        if one
    ]
    ends = [abs(bound) for _, _, one in rows for bound in (one.low, one.high) if bound is not None]
    scale = next((scale for scale in _SCALES if scale >= max(ends, default=0)), _SCALES[-1])
    width = _WIDE if console.is_wide else _ROOMY if console.is_roomy else _NARROW
    axis = f"{-scale:.0%}".ljust(width // 2) + "0" + f"+{scale:.0%}".rjust(width // 2)
    headers = [(f"Beside {experiment.first}", "left"), ("By", "left"), ("Is", "right"), ("In truth", "left")]
    table = grid(*headers, (axis, "left"), gap=2 if console.is_roomy else 1)
    last = ""
    for arm, metric, one in rows:
        style = "muted" if not one.is_clear else "good" if one.is_better else "error"
        table.add_row(
            console.text(arm if arm != last or console.is_narrow else "", "id"),
            console.text(_LABELS.get(metric, metric) if metric in METRICS else metric),
            console.text(_percent(one.relative), style),
            console.text(
                "" if is_known(one) else f"{_percent(one.low)} to {_percent(one.high)}",
                "muted",
            ),
            console.text("" if console.is_narrow else _drawn(one, scale, width), style),
        )
        last = arm
    return _only_names_break(table)


def _only_names_break(table: Table) -> Table:
    """A table in which, where there is no room, names go on in a second line and numbers do not."""
    for column in table.columns[1:]:
        column.no_wrap = True
    return table


def _percent(relative: float | None) -> str:
    if relative is None:
        return UNKNOWN
    return f"{relative:+.0%}" if abs(relative) < _MOST else f"×{relative + 1:.3g}"


def _drawn(one: Difference, scale: float, width: int) -> str:
    """An interval as a line, with a dot where the estimate is and a bar where there is no difference."""
    if one.relative is None or one.low is None or one.high is None:
        return ""

    def place(relative: float) -> int:
        inside = min(max(relative / scale, -1.0), 1.0)
        return round((inside + 1) / 2 * (width - 1))

    cells = [" "] * width
    cells[place(one.low) : place(one.high) + 1] = "─" * (place(one.high) - place(one.low) + 1)
    cells[width // 2] = "┼" if cells[width // 2] == "─" else "│"
    cells[place(one.relative)] = "●"
    return "".join(cells).rstrip()
