"""Days, hours and months as spans of quarter hours, in zones with odd offsets and clocks that change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from model_manager.commands.usage_window import parse_window
from model_manager.errors import UsageError
from model_manager.ledger.reports.calendar import moment_of_quarter, month_of, periods_of, quarter_from
from model_manager.ledger.reports.reader import Span

ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]


def span(start, end):
    return Span(quarter_from(start), quarter_from(end))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("word", ["day", "hour"])
@pytest.mark.parametrize("month", [3, 4, 10, 11])
def test_periods_are_the_span_without_gap_and_overlap(zone, word, month):
    """Days and hours follow on each other from the beginning to the end, each with the label of all its quarters."""
    zone = ZoneInfo(zone)
    whole = span(datetime(2026, month, 1, 5, 15, tzinfo=UTC), datetime(2026, month, 28, tzinfo=UTC))
    periods = periods_of(whole, zone, [word])
    assert periods[0].span.start == whole.start
    assert periods[-1].span.end == whole.end
    assert all(a.span.end == b.span.start for a, b in pairwise(periods))
    for period in periods:
        for quarter in range(*period.span):
            assert moment_of_quarter(quarter, zone).isoformat().startswith(period.labels[word][:13])


def test_a_day_on_which_clocks_change_has_another_length():
    """The day on which summer ends has 25 hours in Berlin, and the hour that comes twice is two."""
    zone = ZoneInfo("Europe/Berlin")
    day = span(datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC))
    assert [period.labels["day"] for period in periods_of(day, zone, ["day"])] == ["2026-10-25"]
    hours = [period.labels["hour"] for period in periods_of(day, zone, ["hour"])]
    assert len(hours) == len(set(hours)) == 25
    assert hours[2:4] == ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]


@pytest.mark.parametrize(
    ("day", "length"), [(datetime(2026, 2, 10, tzinfo=UTC), 28), (datetime(2026, 12, 31, tzinfo=UTC), 31)]
)
def test_a_month_is_the_calendars(day, length):
    """A month begins and ends at midnight of the zone."""
    month = month_of(day, ZoneInfo("Asia/Kolkata"))
    assert month.end - month.start == length * 96
    assert moment_of_quarter(month.start, ZoneInfo("Asia/Kolkata")).isoformat()[8:16] == "01T00:00"


def window(since=None, until=None, zone="Asia/Kolkata"):
    return parse_window(since, until, zone, datetime(2026, 11, 28, 12, 7, tzinfo=UTC), {})


def test_the_usual_window_is_this_month():
    """Without options the calendar month of the zone counts, to its end."""
    assert (window().since.isoformat(), window().until.isoformat()) == (
        "2026-11-01T00:00:00+05:30",
        "2026-12-01T00:00:00+05:30",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20", "2026-11-20T00:00:00+05:30"),
        ("2026-11-20T10:00:00Z", "2026-11-20T15:30:00+05:30"),
        ("7d", "2026-11-21T17:30:00+05:30"),
        ("24h", "2026-11-27T17:30:00+05:30"),
        ("2w", "2026-11-14T17:30:00+05:30"),
    ],
)
def test_times_are_days_of_the_zone_moments_or_so_long_ago(text, expected):
    """A day begins at the zone's midnight; a moment begins the quarter hour that it lies in."""
    assert window(since=text).since.isoformat() == expected


def test_the_end_is_exclusive():
    """A day as the end does not count itself."""
    assert window("2026-11-01", "2026-11-02").until - window("2026-11-01", "2026-11-02").since == timedelta(days=1)


@pytest.mark.parametrize(
    ("since", "until", "zone", "words"),
    [
        ("yesterday", None, "UTC", "`since`: 'yesterday' is not a valid time"),
        ("2026-13-01", None, "UTC", "`since`: '2026-13-01' is not a valid time"),
        ("0001-01-01", None, "Asia/Kolkata", "`since`: '0001-01-01' is not a valid time"),
        ("2026-11-05", "2026-11-05", "UTC", "`until` 2026-11-05 is not after `since` 2026-11-05"),
        (None, None, "Mars/Base", "`timezone`: there is no time zone 'Mars/Base'"),
        (None, None, "../etc/passwd", "`timezone`: there is no time zone"),
        (None, None, "Europe", "`timezone`: there is no time zone"),
    ],
)
def test_what_cannot_be_read_is_said(since, until, zone, words):
    """A time or zone that is none is a usage error that names the option."""
    with pytest.raises(UsageError) as raised:
        window(since, until, zone)
    assert words in raised.value.message


@pytest.mark.parametrize(("variable", "name"), [("Asia/Tokyo", "Asia/Tokyo"), (":Asia/Tokyo", "Asia/Tokyo")])
def test_the_systems_zone_is_the_usual_one(variable, name):
    """TZ names the zone where no option does."""
    found = parse_window(None, None, None, datetime(2026, 11, 28, tzinfo=UTC), {"TZ": variable})
    assert found.zone_name == name
