"""The observer of calls that records them in a ledger."""

from collections.abc import Callable, Sequence
from pathlib import Path

from model_manager.core.calls import CallContext
from model_manager.core.messages import Reply
from model_manager.core.models import Budget
from model_manager.errors import ProviderError, UsageError
from model_manager.ledger.budgets.alerts import BudgetAlerts
from model_manager.ledger.budgets.holds import HoldFile
from model_manager.ledger.experiments.metrics import LARGEST_SCORE, METRICS
from model_manager.ledger.records import record_of_cancellation, record_of_error, record_of_reply
from model_manager.ledger.storage.maintenance import now_us
from model_manager.ledger.storage.writer import EXIT_S, Call, Score
from model_manager.ledger.storage.writers import hold_file_for, writer_for

_LONGEST_NAME = 100


class Recorder:
    """Records every option that is asked. Nothing here waits for a disk, and nothing raises.

    Args:
        path: the ledger's file; it is made with its directory when the first call is recorded.
        project: a label for the application, or None.
        salt: what pseudonyms of users are made with; None: a file beside the ledger has it.
        budgets: the budgets as they are now, which recorded calls may take to a threshold.
    """

    def __init__(
        self,
        path: Path,
        *,
        project: str | None = None,
        salt: str | None = None,
        budgets: Callable[[], Sequence[Budget]] = tuple,
    ) -> None:
        self._writer = writer_for(path, salt)
        self._path, self._salt = path, salt
        self.project = project
        self._alerts = BudgetAlerts(budgets)
        self._writer.file.alerts.add(self._alerts)

    @property
    def hold_file(self) -> HoldFile:
        """What holds money for calls that are recorded here."""
        return hold_file_for(self._path, self._salt)

    def succeeded(self, context: CallContext, reply: Reply) -> None:
        """Record an answer."""
        self._writer.put(Call(record_of_reply(context, reply), self.project))

    def failed(self, context: CallContext, error: ProviderError) -> None:
        """Record a failure."""
        self._writer.put(Call(record_of_error(context, error), self.project))

    def cancelled(self, context: CallContext, partial: Reply | None) -> None:
        """Record a call that was given up."""
        self._writer.put(Call(record_of_cancellation(context, partial), self.project))

    def score(self, call: str, value: float, name: str = "quality") -> None:
        """Record what a user thought of a call; a second score of the same name replaces the first.

        Raises:
            UsageError: the value is no number that can be compared, or the name is empty, too long, or a metric's.
        """
        check_score(value, name)
        self._writer.put(Score(call, name.strip(), float(value), now_us()))

    def flush(self, timeout_s: float = EXIT_S) -> bool:
        """Wait until what was recorded is in the file; whether all of it is."""
        return self._writer.flush(timeout_s)

    @property
    def unrecorded(self) -> int:
        """How many calls of this process could not be recorded and are not counted in the file either."""
        return self._writer.unrecorded


def check_score(value: float, name: str) -> None:
    """Refuse what is no score.

    Raises:
        UsageError: the value is no number that can be compared, or the name is empty, too long, or a metric's.
    """
    if not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN is not itself
        raise UsageError(f"expected a number, got {value!r}", parameter="value")
    if not -LARGEST_SCORE <= value <= LARGEST_SCORE:  # no formatting: an int may have any number of digits
        raise UsageError("expected a number from -1e15 to 1e15, got a larger one", parameter="value")
    if not isinstance(name, str) or not name.strip():
        raise UsageError(f"expected a name, got {name!r}", parameter="name")
    if len(name.strip()) > _LONGEST_NAME:
        raise UsageError(f"expected up to {_LONGEST_NAME} characters, got {len(name.strip())}", parameter="name")
    if name.strip() in METRICS:
        raise UsageError(
            f"a score cannot be named {name.strip()!r}, as every call has that metric",
            hint="give it another name, such as 'quality'",
            parameter="name",
        )
