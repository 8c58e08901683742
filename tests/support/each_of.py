"""A test of one sentence about many things: each is checked, every failure is named, and it counts as one test.

A parametrised test would cost more to collect, in each of the suite's processes, than its checks take.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def each_of(
    things: Iterable[T], name: Callable[[T], str] = str
) -> Callable[[Callable[[T], None]], Callable[[], None]]:
    """Make a check of one thing a test of all of them.

    Args:
        things: what is checked.
        name: how a failure names a thing.
    """
    every = list(things)

    def decorate(check: Callable[[T], None]) -> Callable[[], None]:
        def test() -> None:
            assert every
            failures = []
            for thing in every:
                try:
                    check(thing)
                except AssertionError as failure:
                    failures.append(f"{name(thing)}: {failure}")
            assert not failures, "\n".join(failures)

        test.__name__, test.__qualname__, test.__doc__ = check.__name__, check.__qualname__, check.__doc__
        test.__module__ = check.__module__
        return test

    return decorate
