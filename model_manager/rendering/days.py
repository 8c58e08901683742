"""Days and hours of a price as the catalogue writes them."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = frozenset(range(7))
_WORKING_DAYS = frozenset(range(5))


def days_text(days: frozenset[int]) -> str:
    """Days of the week, Monday being 0: "mon-fri", "sat,sun", "daily"."""
    if days == _EVERY_DAY:
        return "daily"
    return "mon-fri" if days == _WORKING_DAYS else ",".join(_WEEKDAYS[day] for day in sorted(days))


def window_text(window: tuple[int, int]) -> str:
    """Minutes of the day from and to: "01:00-04:00"."""
    return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in window)
