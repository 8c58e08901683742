"""How honest the verdicts on arms are, in many more simulated experiments than the tests have: run by hand.

    python tests/benchmarks/experiments.py [--runs 1000]

Prints how often experiments without a difference are decided at one of a hundred looks (5% at most is promised), by
the interval and by an ordinary test, and how often a difference is found by the number of users that was told (80% at
least is promised).
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from experiment_simulation import Crowd, false_alarms, told_and_found


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{text}\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    say("without a difference: decided at one of 100 looks, by the interval / by an ordinary test")
    for are_rates in (False, True):
        for at_once in (False, True):
            for users, share in ((160, 0.5), (600, 0.1)):
                crowd = Crowd.drawn(users, runs, users, share, at_once=at_once)
                ours, ordinary = false_alarms(crowd, are_rates=are_rates)
                what = (
                    f"{'failures' if are_rates else 'cost'}, {users} users {'at once' if at_once else 'in turn'}"
                )
                say(f"  {what}, a share of {share:.0%}: {ours:.1%} / {ordinary:.1%}")
    say("with a difference: found by the number of users that was told, and its median")
    for effect in (-0.5, -0.3, -0.2, -0.12):
        for after in (80, 150):
            dice = np.random.default_rng(after)
            results = [told_and_found(dice, effect, after, most=25_000) for _ in range(runs)]
            told, found = np.median([one for one, _ in results]), np.mean([one for _, one in results])
            say(f"  {-effect:.0%} less, told after {after} users: {found:.1%}, {told:,.0f} users")


if __name__ == "__main__":
    main()
