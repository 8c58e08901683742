"""The verdict of an experiment: the arm that won, or how many more users it takes, and why in a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from model_manager.core.phrases import listed, plural
from model_manager.ledger.experiments.comparison import (
    FEWEST_USERS,
    Difference,
    Experiment,
    is_priced,
    sums_of,
)
from model_manager.ledger.experiments.intervals import SMALLEST
from model_manager.ledger.experiments.metrics import COST, FAILURES, LATENCY, METRICS
from model_manager.ledger.experiments.phrases import compared, level, rounded_up


@dataclass(frozen=True, slots=True)
class ArmsVerdict:
    """The arm that won, or None; why; and how many more users it takes (0: it is decided; None: not known yet)."""

    winner: str | None
    text: str
    users_needed: int | None = None


def decide(experiment: Experiment) -> ArmsVerdict:
    """The verdict. There is none while the users are shared out wrongly or are too few, or a cost is unknown."""
    for refusal in (_wrong_ratio, _unknown_metric, _too_few):
        if text := refusal(experiment):
            return ArmsVerdict(None, text)
    found = {arm: one for arm in experiment.others if (one := experiment.deciding(arm))}
    if better := _best_first(experiment, [arm for arm, one in found.items() if one.is_better]):
        return _other_won(experiment, better)
    few = [arm for arm in experiment.others if arm not in found or experiment.users(arm) < FEWEST_USERS]
    pending = {arm: one for arm, one in found.items() if arm not in few and not (one.is_clear or one.is_small)}
    if few or pending:
        return _open(experiment, pending, few)
    if all(one.is_clear for one in found.values()):
        return _first_won(experiment)
    return ArmsVerdict(None, _same(experiment), 0)


def _best_first(experiment: Experiment, arms: Sequence[str]) -> list[str]:
    sign = 1 if experiment.metric in METRICS else -1
    return sorted(arms, key=lambda arm: sign * experiment.amount(arm, experiment.metric))


def _wrong_ratio(experiment: Experiment) -> str | None:
    if experiment.ratio.is_ok:
        return None
    total, whole = sum(arm.users for arm in experiment.arms.values()), sum(experiment.weights.values())
    likely = {name: round(total * weight / whole) for name, weight in experiment.weights.items()}
    seen = [
        f"{name} has {plural(arm.users, experiment.noun)} where about {likely[name]:,} are expected"
        for name, arm in experiment.arms.items()
    ]
    return (
        f"No verdict, as the shares differ from the route's: {listed(seen)}. Either calls are missing or "
        "something other than the route chooses the model; until the cause is found, do not trust a comparison."
    )


def _unknown_metric(experiment: Experiment) -> str | None:
    if experiment.metric == COST and (
        unknown := [name for name, arm in experiment.arms.items() if not is_priced(arm)]
    ):
        return f"No verdict on cost, because the cost of some calls of {listed(unknown)} is unknown."
    what = {COST: "calls with a known cost", LATENCY: "answers"}.get(
        experiment.metric, f"scores named {experiment.metric!r}"
    )
    missing = [
        name for name, arm in experiment.arms.items() if arm.calls and not sums_of(arm, experiment.metric).x
    ]
    return f"No verdict: there are no {what} of {listed(missing)}." if missing else None


def _too_few(experiment: Experiment) -> str | None:
    users = {arm: experiment.users(arm) for arm in experiment.arms}
    if users[experiment.first] >= FEWEST_USERS <= max(users[arm] for arm in experiment.others):
        return None
    have = listed([f"{arm} has {plural(count, experiment.noun)}" for arm, count in users.items()])
    return f"Too few {experiment.noun}s for a verdict: {have}; each needs {FEWEST_USERS} or more."


def _other_won(experiment: Experiment, better: Sequence[str]) -> ArmsVerdict:
    first = experiment.first
    worse = {
        arm: [name for name, one in experiment.guardrails(arm).items() if not one.is_better] for arm in better
    }
    winner = next((arm for arm in better if not worse[arm]), None)
    if winner:
        return ArmsVerdict(winner, f"{winner} wins: it {compared(experiment, winner)}.", 0)
    arm = better[0]
    but = listed([level(experiment, arm, first, metric) for metric in worse[arm]])
    return ArmsVerdict(None, f"No winner: {arm} {compared(experiment, arm)}, but it {but}. {_CHOOSE}", 0)


_CHOOSE = "Choose what matters more."


def _first_won(experiment: Experiment) -> ArmsVerdict:
    first = experiment.first
    said = "; ".join(f"{arm} {compared(experiment, arm)}" for arm in experiment.others)
    but = [
        level(experiment, first, arm, metric)
        for arm in experiment.others
        for metric, one in experiment.guardrails(arm).items()
        if one.is_better
    ]
    if but:
        return ArmsVerdict(None, f"No winner: {said}; but {first} {listed(but)}. {_CHOOSE}", 0)
    return ArmsVerdict(first, f"{first} wins: {said}.", 0)


def _same(experiment: Experiment) -> str:
    names, metric = listed(list(experiment.arms)), experiment.metric
    if metric == COST and not any(arm.cost.y for arm in experiment.arms.values()):
        return f"{names} are free, so neither costs less."
    alike = {COST: "cost the same", LATENCY: "take the same time", FAILURES: "fail equally often"}
    within = "one call in a hundred" if metric == FAILURES else f"{SMALLEST:.0%}"
    return f"{names} {alike.get(metric, f'have the same {metric!r}')} within {within}: keep any of them."


def _open(experiment: Experiment, pending: Mapping[str, Difference], few: Sequence[str]) -> ArmsVerdict:
    said = [f"so far {arm} {compared(experiment, arm)}, which may be chance" for arm in pending]
    said += [f"{arm} has {plural(experiment.users(arm), experiment.noun)} and needs {FEWEST_USERS}" for arm in few]
    text = f"No verdict yet: {'; '.join(said)}."
    if few:  # they have no estimate that is worth a forecast
        return ArmsVerdict(None, text)
    growth = max(one.more_users or 1.0 for one in pending.values())
    needed = max(1, ceil(sum(arm.users for arm in experiment.arms.values()) * (growth - 1)))
    size = "of 10%" if experiment.metric != FAILURES else "of one call in a hundred"
    if not any(one.is_for_smallest for one in pending.values()):
        size = "like this"
    more = f"About {rounded_up(needed):,} more {experiment.noun}s would decide a difference {size}."
    return ArmsVerdict(None, f"{text} {more}", needed)
