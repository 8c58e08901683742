"""The time limits of a call: what is left, and how much of it one option of a route may take. No clock."""

from dataclasses import dataclass, replace

from model_manager.core.limits import DEFAULT_CONNECT_S, DEFAULT_TIMEOUT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The time limits of one option of a call. Durations are seconds, moments those of a monotonic clock.

    Attributes:
        silence_s: how long a server may be silent.
        total_s: how long the whole call may last, or None.
        ends_at: when the whole call is over, or None.
        begins_by: when the answer must have begun; earlier than `ends_at` if time is kept for other options.
    """

    silence_s: float = DEFAULT_TIMEOUT_S
    total_s: float | None = None
    ends_at: float | None = None
    begins_by: float | None = None

    @classmethod
    def starting(cls, now: float, *, silence_s: float, total_s: float | None) -> "Deadline":
        """The limits of a call that begins now."""
        end = None if total_s is None else now + total_s
        return cls(silence_s=silence_s, total_s=total_s, ends_at=end, begins_by=end)

    @property
    def is_hurried(self) -> bool:
        """Whether time is kept for other options."""
        return self.begins_by != self.ends_at

    def is_callers(self, now: float, connect_s: float | None = None) -> bool:
        """Whether a time limit of the caller's own ran out, shorter than usual: it says nothing of a provider.

        Args:
            now: the moment.
            connect_s: the limit for making a connection where that is what ran out, else None.
        """
        if connect_s is None:
            is_short = self.silence_s < DEFAULT_TIMEOUT_S
        else:
            is_short = min(self.silence_s, connect_s) < DEFAULT_CONNECT_S
        return is_short or self.is_hurried or self.is_over(now)

    def is_over(self, now: float) -> bool:
        """Whether the time of the whole call is over."""
        return self.ends_at is not None and now >= self.ends_at

    def for_option(self, now: float, *, others: bool) -> "Deadline":
        """The limits of an option that is asked now; half of what is left is kept for others.

        That is so only where the option's silence could use up all of it.
        """
        if self.ends_at is None:
            return self
        left = max(self.ends_at - now, 0)
        is_hurried = others and self.silence_s >= left
        return replace(self, begins_by=now + left / 2 if is_hurried else self.ends_at)

    def left(self, now: float) -> float | None:
        """How long the answer's beginning may be waited for; None: as long as it takes."""
        return None if self.begins_by is None else max(self.begins_by - now, 0)

    def silence(self, now: float) -> float:
        """How long the server may be silent."""
        left = self.left(now)
        return self.silence_s if left is None else min(self.silence_s, left)
