"""The observer of calls that records them with OpenTelemetry."""

import time
from functools import lru_cache, partial

from opentelemetry.context import get_current
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from model_manager.core.calls import CallContext
from model_manager.core.messages import Reply
from model_manager.errors import ProviderError
from model_manager.ledger.records import CallRecord, record_of_cancellation, record_of_error, record_of_reply
from model_manager.telemetry.background import BACKGROUND, EXIT_S
from model_manager.telemetry.conventions import ObservedCall
from model_manager.telemetry.instruments import Instruments


class OpenTelemetryObserver:
    """Records every option that is asked as a span and in metrics, by the GenAI conventions v0.1.0.

    A span is a child of the application's current one. A call waits for nothing: spans and metrics are made by a
    thread a moment later. Prompts, answers, users and texts of errors are in none of them.

    Args:
        tracer_provider: whose spans they are; None: the application's global one.
        meter_provider: whose metrics they are; None: the application's global one.
        legacy_names: use the names before v0.1.0, such as gen_ai.client.operation.duration and gen_ai.system.

    >>> from model_manager import AIService
    >>> from model_manager.telemetry import OpenTelemetryObserver
    >>> with AIService(observers=[OpenTelemetryObserver()]) as service:
    ...     reply = service.chat("chat", "Say hello.")
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        legacy_names: bool = False,
    ) -> None:
        self._instruments = Instruments(tracer_provider, meter_provider, legacy=legacy_names)

    def succeeded(self, context: CallContext, reply: Reply) -> None:
        """Record an answer."""
        self._put(record_of_reply(context, reply))

    def failed(self, context: CallContext, error: ProviderError) -> None:
        """Record a failure."""
        self._put(record_of_error(context, error))

    def cancelled(self, context: CallContext, partial: Reply | None) -> None:
        """Record a call that was given up."""
        self._put(record_of_cancellation(context, partial))

    def flush(self, timeout_s: float = EXIT_S) -> bool:
        """Wait until what was observed has been handed to the providers; whether all of it has been."""
        return BACKGROUND.flush(timeout_s)

    def _put(self, record: CallRecord) -> None:
        call = ObservedCall(record, time.time_ns())
        BACKGROUND.put(partial(self._instruments.record, call, get_current()))


@lru_cache
def shared_observer(*, legacy_names: bool) -> OpenTelemetryObserver:
    """The observer of this process that uses the global providers: one, however many services there are."""
    return OpenTelemetryObserver(legacy_names=legacy_names)
