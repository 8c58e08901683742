"""OpenTelemetry's SDK in programs of ours: set up from the standard variables, ended within a time limit."""

import atexit
import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from model_manager.telemetry.background import BACKGROUND

#: How long the end of a process waits for a collector.
EXIT_S = 2.0
_LOGGER = "opentelemetry"
_DEFAULT_NAME = "model-manager"
#: The user of a URL and its query: either may hold a secret, and the SDK's warnings quote the collector's.
_SECRETS = re.compile(r"(?<=//)[^/\s@]+@|(?<=\?)[^\s'\")]+")


def set_up(environ: Mapping[str, str], say: Callable[[str], object]) -> None:
    """Export spans and metrics to the collector that the variables name, from now until the process ends."""
    _say_warnings(say)
    for signal in ("", "TRACES_", "METRICS_"):
        variable = f"OTEL_EXPORTER_OTLP_{signal}PROTOCOL"
        protocol = environ.get(variable, "").strip()
        if protocol not in {"", "http/protobuf"}:
            say(f"Warning: {variable} is {protocol}: nothing is exported, as only http/protobuf can be")
            return
    resource = _resource()
    ends: list[Callable[[], object]] = []
    if environ.get("OTEL_TRACES_EXPORTER", "otlp").strip() != "none":
        spans = TracerProvider(resource=resource, shutdown_on_exit=False)
        spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        trace.set_tracer_provider(spans)
        ends.append(spans.shutdown)
    if environ.get("OTEL_METRICS_EXPORTER", "otlp").strip() != "none":
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        meters = MeterProvider([reader], resource, shutdown_on_exit=False)
        metrics.set_meter_provider(meters)
        ends.append(meters.shutdown)
    _end_in_time(ends, say)


def _resource() -> Resource:
    """Who exports: the variables' word, or a name of ours, and an identity of this process alone.

    Without one, backends take the counters of two processes for one that jumps; not every SDK gives it.
    """
    found = Resource.create()
    if str(found.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        found = found.merge(Resource({SERVICE_NAME: _DEFAULT_NAME}))
    if not found.attributes.get(SERVICE_INSTANCE_ID):
        found = found.merge(Resource({SERVICE_INSTANCE_ID: str(uuid.uuid4())}))
    return found


def _end_in_time(ends: Sequence[Callable[[], object]], say: Callable[[str], object]) -> None:
    """Have what is left exported at the end, without waiting beyond the limit for a collector."""
    is_over = threading.Event()

    def wait_and(end: Callable[[], object]) -> None:
        is_over.wait()
        end()

    # Started now: a process that ends may start none.
    threads = [threading.Thread(target=wait_and, args=(end,), daemon=True) for end in ends]
    for thread in threads:
        thread.start()

    def at_exit() -> None:
        until = time.monotonic() + EXIT_S
        BACKGROUND.flush(EXIT_S)
        is_over.set()
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            say(f"Warning: OpenTelemetry: the collector did not accept everything within {EXIT_S:.0f} seconds")

    atexit.register(at_exit)


def _say_warnings(say: Callable[[str], object]) -> None:
    """Print the SDK's warnings as lines of ours, each once, without tracebacks."""
    said: set[str] = set()

    class WarningLines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage().strip().splitlines()[0]
            if record.msg not in said:
                said.add(record.msg)
                say(f"Warning: OpenTelemetry: {without_secrets(text)}")

    logger = logging.getLogger(_LOGGER)
    logger.addHandler(WarningLines(logging.WARNING))
    logger.propagate = False


def without_secrets(text: str) -> str:
    """A text with the users and queries of its URLs left out."""
    return _SECRETS.sub("…", text)
