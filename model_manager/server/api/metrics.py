"""`GET /metrics`: the ledger's counters and the catalogue's dates, for Prometheus."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from model_manager.commands import budgets
from model_manager.commands.rows import model_rows
from model_manager.config.directories import ledger_file
from model_manager.errors import LedgerError, ModelManagerError
from model_manager.ledger.reports.counters import Counters, read_counters
from model_manager.ledger.reports.reader import LedgerReader
from model_manager.server.api.query_parameters import NO_QUERY
from model_manager.server.auth.access import METRICS
from model_manager.server.schemas.description import answers
from model_manager.server.workspace_cache import WorkspaceCache
from model_manager.telemetry.exposition import CONTENT_TYPE, Family, render
from model_manager.telemetry.prometheus import budget_families, call_families, catalogue_families, state_families

router = APIRouter(tags=["server"])
#: For so many times as long as it took to make, a text is answered again: scrapers cost a tenth of a core at most.
_SHARE = 9
_ANSWERS = {**answers(str), 200: {"description": "Prometheus' text format.", "content": {"text/plain": {}}}}


class MetricsText:
    """The text of `/metrics`, made when it is asked for, by one thread at a time. Safe in threads.

    Args:
        cache: the catalogue and the assignments.
        ledger: the file in which calls are recorded, or None.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self, cache: WorkspaceCache, ledger: Path | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cache, self._ledger, self._clock = cache, ledger, clock
        self._making = threading.Lock()
        self._text, self._until = "", float("-inf")

    def read(self) -> str:
        """The text as of now, or of a moment ago if it took long to make."""
        with self._making:
            began = self._clock()
            if began >= self._until:
                self._text = render(self._families())
                self._until = self._clock() + _SHARE * (self._clock() - began)
            return self._text

    def _families(self) -> Iterator[Family]:
        """All metrics that can be known: what cannot be read is missing, never zero, and a metric says so."""
        try:
            counters = self._counters()
        except (LedgerError, OSError):
            counters = None
        if counters is not None:
            yield from call_families(counters)
            yield from self._budget_families()
        try:
            models = list(self._model_families())
        except ModelManagerError:
            models = None
        yield from models or ()
        is_read = None if self._ledger is None else counters is not None
        yield from state_families(ledger=is_read, configuration=models is not None)

    def _budget_families(self) -> Iterator[Family]:
        try:
            return budget_families(budgets.run(self._cache.workspace(), datetime.now(UTC)))
        except ModelManagerError:  # a metric of its own says what cannot be read
            return iter(())

    def _counters(self) -> Counters | None:
        """The ledger's; all zero if nothing was recorded yet, None if nothing is to be recorded."""
        if self._ledger is None:
            return None
        if not self._ledger.exists() or not self._ledger.stat().st_size:
            return Counters()
        with LedgerReader(self._ledger) as reader:
            return read_counters(reader)

    def _model_families(self) -> Iterator[Family]:
        workspace, today = self._cache.workspace(), datetime.now(UTC).date()
        rows = model_rows(workspace, workspace.assignments(today), today)
        retirements = {row.model.id: row.model.retires for row in rows if row.model.retires}
        tasks: dict[str, list[str]] = {}
        for row in rows:
            for task in row.tasks:
                tasks.setdefault(task, []).append(row.model.id)
        return catalogue_families(retirements, tasks)


def metrics_text(cache: WorkspaceCache) -> MetricsText:
    """The text for the directory that is served; where calls are recorded, its environment says once for all."""
    return MetricsText(cache, ledger_file(cache.workspace().environ))


@router.get(METRICS, dependencies=[NO_QUERY], response_class=PlainTextResponse, responses=_ANSWERS)
def get_metrics(request: Request) -> PlainTextResponse:
    """The metrics of all calls that are recorded on this host, for Prometheus."""
    text: MetricsText = request.app.state.metrics
    return PlainTextResponse(text.read(), media_type=CONTENT_TYPE)
