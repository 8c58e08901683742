"""The tokens of one request as a query of `cost` has them: which counts fit together, and what is not given."""

from dataclasses import dataclass

from model_manager.core.pricing import Usage
from model_manager.errors import UsageError

DEFAULT_TOKENS = 100_000
_OUTPUT_PART = 4  # a quarter of the default total is output


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Token counts as requested; None: not given.

    `cache_write_1h` and `cache_write_12h` are parts of `cache_write`, which is their sum where it is not given.
    """

    tokens: int | None = None
    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    cache_write_1h: int | None = None
    cache_write_12h: int | None = None
    estimated: bool = False

    @property
    def any(self) -> bool:
        """Whether any count is given."""
        return any(count is not None for count in (self.tokens, *self._parts))

    @property
    def _parts(self) -> tuple[int | None, ...]:
        """The counts by kind, without the total."""
        return self.input, self.output, self.cache_read, self.cache_write, *self._longer_lives

    @property
    def _longer_lives(self) -> tuple[int | None, int | None]:
        """The tokens that are written to the cache for an hour, and for twelve."""
        return self.cache_write_1h, self.cache_write_12h

    @property
    def _written(self) -> int:
        """The tokens that are written to the cache, for any time."""
        if self.cache_write is not None:
            return self.cache_write
        return sum(count or 0 for count in self._longer_lives)

    def check(self) -> None:
        """Check that the counts do not contradict each other.

        Raises:
            UsageError: a total beside its parts, or parts that are larger than what they are parts of.
        """
        if self.tokens is not None and any(part is not None for part in self._parts):
            hint = "`tokens` is a total, a quarter of it output; the others replace it"
            message = "`tokens` cannot be combined with `input`, `output`, `cache_read`, `cache_write`"
            raise UsageError(message, hint=hint, parameter="tokens")
        if sum(count or 0 for count in self._longer_lives) > self._written:
            hint = "leave `cache_write` out, or set it to the total of all cache writes"
            message = "`cache_write_1h` and `cache_write_12h` are parts of `cache_write` and cannot exceed it"
            raise UsageError(message, hint=hint, parameter="cache_write")
        cached = (self.cache_read or 0) + self._written
        if any(part is not None for part in self._parts) and cached > (self.input or 0):
            hint = f"`input` is the whole prompt, cached parts included: here at least {cached}"
            message = "`cache_read` and `cache_write` are parts of `input` and cannot exceed it"
            raise UsageError(message, hint=hint, parameter="input")

    def usage(self) -> Usage:
        """The tokens of one request: the default, or the given counts with 0 for the others."""
        if any(part is not None for part in self._parts):
            return Usage(
                input_tokens=self.input or 0,
                output_tokens=self.output or 0,
                cache_read_tokens=self.cache_read or 0,
                cache_write_tokens=self._written,
                cache_write_1h_tokens=self.cache_write_1h or 0,
                cache_write_12h_tokens=self.cache_write_12h or 0,
                estimated=self.estimated,
            )
        total = DEFAULT_TOKENS if self.tokens is None else self.tokens
        output = total // _OUTPUT_PART
        return Usage(
            input_tokens=total - output,
            output_tokens=output,
            cache_read_tokens=0,
            cache_write_tokens=0,
            cache_write_1h_tokens=0,
            cache_write_12h_tokens=0,
        )
