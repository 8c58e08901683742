"""The time that the overview is about: its range, and the parts of it that are drawn."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from projects import SMALL, workspace_of

from model_manager.commands.overview import run

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("range_", "now", "hours", "parts"),
    [
        ("24h", datetime(2026, 10, 25, 12, 40, tzinfo=BERLIN), 1, 24),
        ("7d", datetime(2026, 10, 31, 23, 50, tzinfo=BERLIN), 6, 28),
        ("7d", datetime(2026, 4, 4, 23, 50, tzinfo=BERLIN), 6, 28),
        ("30d", datetime(2026, 10, 31, 23, 50, tzinfo=BERLIN), 24, 30),
        ("month", datetime(2026, 11, 1, 9, 5, tzinfo=BERLIN), 1, 10),
        ("month", datetime(2026, 11, 7, 23, 50, tzinfo=BERLIN), 6, 28),
        ("month", datetime(2026, 11, 8, 0, 5, tzinfo=BERLIN), 24, 8),
    ],
)
def test_parts_are_as_long_in_weeks_whose_clocks_change(range_, now, hours, parts):
    """A week has parts of six hours to its last quarter, also where one of its days has 23 or 25 hours."""
    found = run(workspace_of({"models.toml": SMALL}), now.astimezone(UTC), range_=range_, timezone="Europe/Berlin")
    assert (found.hours, len(found.times.parts)) == (hours, parts)
    assert found.times.parts[0].start == found.times.span.start
    assert found.times.parts[-1].end == found.times.span.end
    pairs = zip(found.times.parts, found.times.parts[1:], strict=False)
    assert all(one.end == following.start for one, following in pairs)
