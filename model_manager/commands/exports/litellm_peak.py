"""Peak hours as LiteLLM has them: the base price is the peak's, and `off_peak_pricing` is for the other hours."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from model_manager.core.litellm_fields import RATE_FIELDS
from model_manager.core.pricing import DAYS_PER_WEEK, MINUTES_PER_DAY, Peak

_MINUTES_PER_HOUR = 60
#: The rates for which `off_peak_pricing` has a field.
_RATES = {RATE_FIELDS[name] for name in ("input", "output", "cache_read", "cache_write")}


def off_peak_pricing(peak: Peak, base: Iterable[tuple[str, Decimal]]) -> Mapping[str, object]:
    """The rates of all other hours, and the windows of each day (1 is Monday) in which they hold."""
    days: dict[tuple[str, ...], list[int]] = {}
    for day in range(DAYS_PER_WEEK):
        if windows := _other_hours(peak, day):
            days.setdefault(windows, []).append(day + 1)
    rules = [{"hours_utc": list(windows), "weekdays": weekdays} for windows, weekdays in days.items()]
    return {"windows": rules, **{name: rate for name, rate in base if name in _RATES}}


def _other_hours(peak: Peak, day: int) -> tuple[str, ...]:
    """The windows of a day outside the peak; one that begins and ends at the same time is the whole day."""
    free, windows = 0, []
    for start, end in sorted(_hours_of(peak, day)):
        if start > free:
            windows.append((free, start))
        free = max(free, end)
    if free < MINUTES_PER_DAY:
        windows.append((free, MINUTES_PER_DAY))
    return tuple(f"{_clock(start)}-{_clock(end)}" for start, end in windows)


def _hours_of(peak: Peak, day: int) -> Iterable[tuple[int, int]]:
    """The parts of a day that are peak: a window past midnight ends on the day after."""
    yesterday = (day - 1) % DAYS_PER_WEEK
    for start, end in peak.windows:
        if start < end:
            if day in peak.days:
                yield start, end
            continue
        if day in peak.days:
            yield start, MINUTES_PER_DAY
        if yesterday in peak.days:
            yield 0, end


def _clock(minute: int) -> str:
    minute %= MINUTES_PER_DAY
    return f"{minute // _MINUTES_PER_HOUR:02}:{minute % _MINUTES_PER_HOUR:02}"
