"""Calls as OpenTelemetry has them: with the SDK's exporters in memory, and at a receiver of OTLP on loopback."""

import multiprocessing
import os
import socket
import subprocess
import sys
import threading

import pytest
from command_line import environment
from ledger_calls import a_context, a_reply
from model_server import by_model, model_server, refusing, saying
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from otlp_receiver import otlp_receiver, values
from service_calls import WAYS, ask, project

from model_manager import AIService, ProviderError
from model_manager.core.pricing import Usage
from model_manager.telemetry import OpenTelemetryObserver, background
from model_manager.telemetry.background import BackgroundThread
from model_manager.telemetry.sdk import without_secrets

LONG_S = 60
CANARY = "CANARY-5d21"
SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]


class Telemetry:
    """An application's providers, whose exporters keep everything in memory."""

    def __init__(self):
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracer_provider, self.meter_provider = TracerProvider(), MeterProvider([self._reader])
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._spans))
        self.tracer = self.tracer_provider.get_tracer("application")

    def observer(self, **options):
        return OpenTelemetryObserver(
            tracer_provider=self.tracer_provider, meter_provider=self.meter_provider, **options
        )

    @property
    def spans(self):
        """The finished spans of ours."""
        assert background.BACKGROUND.flush(LONG_S)
        return [span for span in self._spans.get_finished_spans() if span.kind is SpanKind.CLIENT]

    @property
    def metrics(self):
        """The points of each metric."""
        assert background.BACKGROUND.flush(LONG_S)
        data = self._reader.get_metrics_data()
        return {
            metric.name: list(metric.data.data_points)
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    @property
    def everything(self):
        return "".join(span.to_json() for span in self.spans) + self._reader.get_metrics_data().to_json()


@pytest.fixture
def telemetry():
    found = Telemetry()
    yield found
    found.tracer_provider.shutdown()
    found.meter_provider.shutdown()


@pytest.fixture
def models():
    script = by_model({"m": saying("Hello ", "there", usage=(100, 20)), "down": refusing(503, f"{CANARY}-error")})
    with model_server(script) as running:
        yield running


@pytest.fixture
def routes(models, work):
    project(
        work, models.url, ["m", "down"], {"t": "m", "rescued": "down,m", "lost": "down", "split": "50:m+50:down"}
    )


@pytest.fixture
def service(routes, telemetry):  # noqa: ARG001 - the project has to be there
    with AIService(retries=0, observers=[telemetry.observer()]) as running:
        yield running


@pytest.mark.parametrize("way", WAYS)
def test_a_call_is_a_span_below_the_application_s(service, telemetry, way):
    """Whole answers and streams, in threads and event loops: one client span with the conventions' attributes."""
    with telemetry.tracer.start_as_current_span("request") as parent:
        reply = ask(service, way, "t")
    (span,) = telemetry.spans
    assert (span.name, span.status.status_code) == ("chat m", StatusCode.UNSET)
    assert span.parent.span_id == parent.get_span_context().span_id
    assert span.context.trace_id == parent.get_span_context().trace_id
    assert parent.start_time <= span.start_time <= span.end_time <= parent.end_time
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "at-m",
        "gen_ai.request.model": "m",
        "gen_ai.response.model": "m",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "server.address": "127.0.0.1",
        "model_manager.task": "t",
        "model_manager.route": "m",
        "model_manager.call": reply.call,
        "model_manager.outcome": "ok",
        "model_manager.cost.usd": 0.0003,
    }
    assert expected.items() <= dict(span.attributes).items()
    assert "model_manager.arm" not in span.attributes
    assert span.attributes.get("gen_ai.request.stream", False) == ("stream" in way)
    assert ("gen_ai.response.time_to_first_chunk" in span.attributes) == ("stream" in way)


def test_each_option_that_was_asked_has_a_span(service, telemetry):
    """A failure has the kind of its error and nothing of its text; the fallback that rescued it is another span."""
    service.chat("rescued", "Hello")
    failed, rescued = telemetry.spans
    assert (failed.status.status_code, failed.status.description) == (StatusCode.ERROR, None)
    assert failed.attributes["error.type"] == "overloaded"
    assert failed.attributes["http.response.status_code"] == 503
    assert (failed.attributes["model_manager.position"], rescued.attributes["model_manager.position"]) == (0, 1)
    assert "error.type" not in rescued.attributes


def test_the_arm_of_a_split_is_known(service, telemetry):
    """Spans and metrics say whose share the user drew, whoever answered."""
    replies = [service.chat("split", "Hello", user_id=number) for number in range(30)]
    arms = {span.attributes["model_manager.arm"] for span in telemetry.spans}
    assert ({reply.model for reply in replies}, arms) == ({"m"}, {"m", "down"})
    points = telemetry.metrics["gen_ai.client.inference.duration"]
    assert {point.attributes["model_manager.arm"] for point in points} == arms
    assert {point.attributes["model_manager.route"] for point in points} == {"50:m+50:down"}


def test_a_stream_that_is_given_up_is_no_error(service, telemetry):
    """Who reads no further gets a span with that outcome, and no alert."""
    stream = service.stream("t", "Hello")
    next(stream)
    stream.close()
    (span,) = telemetry.spans
    assert span.attributes["model_manager.outcome"] == "cancelled"
    assert "error.type" not in span.attributes
    assert span.status.status_code is StatusCode.UNSET


def test_metrics_have_the_names_and_buckets_of_the_conventions(service, telemetry):
    """Durations, tokens and cost of two answers and a failure, which counts with its kind and no tokens."""
    service.chat("t", "Hello")
    list(service.stream("t", "Hello"))
    with pytest.raises(ProviderError):
        service.chat("lost", "Hello")
    found = telemetry.metrics
    durations = {point.attributes.get("error.type"): point for point in found["gen_ai.client.inference.duration"]}
    assert {kind: point.count for kind, point in durations.items()} == {None: 2, "overloaded": 1}
    assert list(durations[None].explicit_bounds) == SECONDS
    (first,) = found["gen_ai.client.inference.time_to_first_chunk"]
    assert (first.count, list(first.explicit_bounds)) == (1, SECONDS)
    for name, total in (("input_tokens", 200), ("output_tokens", 40)):
        points = found[f"gen_ai.client.inference.usage.{name}"]
        assert {point.attributes["gen_ai.token.modality"] for point in points} == {"unknown"}
        assert sorted(point.value for point in points) == [0, total]
        sizes = found[f"gen_ai.client.inference.operation.{name}"]
        assert sorted((point.attributes.get("error.type", ""), point.sum) for point in sizes) == [
            ("", total),
            ("overloaded", 0),
        ]
        assert list(sizes[0].explicit_bounds) == [4**n for n in range(14)]
    (cost,) = found["model_manager.cost.usd"]
    assert cost.value == pytest.approx(0.0006)
    assert not [name for name in found if name.startswith(("gen_ai.client.operation", "gen_ai.client.token"))]


def test_parts_of_tokens_are_counted_where_a_provider_tells_them(telemetry):
    """Cache reads and writes and reasoning have counters of their own."""
    usage = Usage(
        input_tokens=1000, output_tokens=100, cache_read_tokens=500, cache_write_tokens=30, reasoning_tokens=40
    )
    context = a_context(provider="google")
    telemetry.observer().succeeded(context, a_reply(context, usage=usage))
    (span,) = telemetry.spans
    assert span.attributes["gen_ai.provider.name"] == "gcp.gemini"
    assert span.attributes["gen_ai.usage.cache_write.input_tokens"] == 30
    found = telemetry.metrics
    names = ("cache_read.input_tokens", "cache_write.input_tokens", "reasoning.output_tokens")
    assert [found[f"gen_ai.client.inference.usage.{name}"][0].value for name in names] == [500, 30, 40]


@pytest.mark.usefixtures("routes")
def test_the_names_before_are_there_for_those_who_need_them(telemetry):
    """Dashboards for the older conventions find their metrics and attributes, and none twice."""
    with AIService(retries=0, observers=[telemetry.observer(legacy_names=True)]) as service:
        service.chat("t", "Hello")
    (span,) = telemetry.spans
    assert span.attributes["gen_ai.system"] == span.attributes["gen_ai.provider.name"] == "at-m"
    found = telemetry.metrics
    assert found["gen_ai.client.operation.duration"][0].count == 1
    usage = {point.attributes["gen_ai.token.type"]: point.sum for point in found["gen_ai.client.token.usage"]}
    assert usage == {"input": 100, "output": 20}
    assert not [name for name in found if name.startswith("gen_ai.client.inference")]


def test_nothing_that_was_said_and_no_user_is_exported(service, telemetry):
    """Prompts, answers, users and providers' words are in no span and no metric."""
    service.chat("t", f"{CANARY}-prompt", user_id=f"{CANARY}-user", system_prompt=f"{CANARY}-system")
    with pytest.raises(ProviderError, match=CANARY):
        service.chat("lost", f"{CANARY}-prompt", user_id=f"{CANARY}-user")
    assert "overloaded" in telemetry.everything
    assert CANARY not in telemetry.everything
    assert "there" not in telemetry.everything


@pytest.mark.usefixtures("routes")
def test_a_call_does_not_wait_for_an_exporter():
    """An exporter that hangs holds no call up."""
    is_released = threading.Event()

    class Stuck(SimpleSpanProcessor):
        def on_end(self, span):  # noqa: ARG002 - the SDK's
            assert is_released.wait(LONG_S)

    provider = TracerProvider()
    provider.add_span_processor(Stuck(InMemorySpanExporter()))
    with AIService(observers=[OpenTelemetryObserver(tracer_provider=provider)]) as service:
        try:
            assert [service.chat("t", "Hello").text for _ in range(3)] == ["Hello there"] * 3
        finally:
            is_released.set()
            assert background.BACKGROUND.flush(LONG_S)


@pytest.mark.usefixtures("routes")
def test_what_an_exporter_raises_goes_no_further(caplog):
    """A mistake of a provider is logged, and the next call is exported."""

    class Broken(SimpleSpanProcessor):
        def on_start(self, span, parent_context=None):  # noqa: ARG002 - the SDK's
            raise RuntimeError("broken exporter")

    provider = TracerProvider()
    provider.add_span_processor(Broken(InMemorySpanExporter()))
    with AIService(observers=[OpenTelemetryObserver(tracer_provider=provider)]) as service:
        service.chat("t", "Hello")
        service.chat("t", "Hello")
    assert background.BACKGROUND.flush(LONG_S)
    assert [record.getMessage() for record in caplog.records] == ["a call could not be exported"] * 2


def test_more_than_may_wait_is_left_out_and_counted(monkeypatch):
    """Memory stays bounded however slow the exporter is."""
    monkeypatch.setattr(background, "MOST_WAITING", 5)
    thread, is_released, done = BackgroundThread(), threading.Event(), []
    is_begun = threading.Event()
    thread.put(lambda: (is_begun.set(), is_released.wait(LONG_S)))
    assert is_begun.wait(LONG_S)
    for number in range(8):
        thread.put(lambda number=number: done.append(number))
    is_released.set()
    assert thread.flush(LONG_S)
    assert (done, thread.dropped) == ([0, 1, 2, 3, 4], 3)
    thread.dropped = 0  # what is said of it at the end is nothing for whoever runs the tests


def test_a_forked_process_has_a_thread_of_its_own(telemetry):
    """What waits in the parent is exported there, once; the child exports its own calls."""
    observer, context = telemetry.observer(), a_context()
    observer.succeeded(context, a_reply(context))
    mine, theirs = multiprocessing.get_context("fork").Pipe()
    child = os.fork()
    if child == 0:
        observer.succeeded(context, a_reply(context))
        theirs.send((observer.flush(LONG_S), len(telemetry.spans)))
        os._exit(0)
    told = mine.recv() if mine.poll(LONG_S) else None
    os.waitpid(child, 0)
    assert told == (True, 1)
    assert len(telemetry.spans) == 1


_APPLICATION = """
import sys
from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from model_manager import AIService

service = AIService(retries=0)
spans = TracerProvider()
spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(spans)
metrics.set_meter_provider(MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())]))
with trace.get_tracer("shop").start_as_current_span("request"):
    service.chat("rescued", "Hello")
"""


def run_python(*words, **variables):
    done = subprocess.run(
        [sys.executable, *words],
        env={**environment(None), **variables},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.usefixtures("routes")
def test_an_application_s_own_setup_is_used():
    """With MODEL_MANAGER_OTEL=1 every service exports to the providers that the application has set, before it ends."""
    with otlp_receiver() as collector:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_SERVICE_NAME": "shop",
            "MODEL_MANAGER_OTEL": "1",
        }
        assert run_python("-c", _APPLICATION, **variables) == (0, "", "")
    by_name = {span.name: span for span in collector.spans}
    assert set(by_name) == {"request", "chat down", "chat m"}
    assert by_name["chat m"].parent_span_id == by_name["request"].span_id
    assert by_name["chat m"].kind == 3
    assert values(by_name["chat m"].attributes)["gen_ai.response.finish_reasons"] == ["stop"]
    assert collector.services == {"shop"}
    (point, other) = collector.metrics["gen_ai.client.inference.duration"].histogram.data_points
    assert {point.count, other.count} == {1}
    assert collector.metrics["gen_ai.client.inference.usage.input_tokens"].sum.is_monotonic


@pytest.mark.usefixtures("routes")
def test_an_application_that_does_not_ask_exports_nothing():
    """The address of a collector alone does not make the library export: that is the application's to say."""
    with otlp_receiver() as collector:
        assert run_python("-c", _APPLICATION, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)[0] == 0
    assert [span.name for span in collector.spans] == ["request"]


@pytest.mark.usefixtures("routes")
def test_test_exports_to_the_collector_of_the_environment():
    """The command sets the SDK up from the standard variables, and exports before it ends."""
    with otlp_receiver() as collector:
        code, out, err = run_python(
            "-m", "model_manager", "test", "m", "Hi", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url
        )
    assert (code, "Hello there" in out) == (0, True), err
    (span,) = collector.spans
    assert (span.name, values(span.attributes)["model_manager.kind"]) == ("chat m", "test")
    assert collector.services == {"model-manager"}
    assert b"Hello there" not in b"".join(collector.raw)
    assert "OpenTelemetry" not in err


@pytest.mark.usefixtures("routes")
def test_processes_are_told_apart_however_old_the_sdk_is():
    """Each has an identity in its spans and metrics, so that backends add their counters up; a given one stays."""
    words = ("-m", "model_manager", "test", "m", "Hi")
    with otlp_receiver() as collector:
        for attributes in ("", "", "service.instance.id=mine"):
            variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_RESOURCE_ATTRIBUTES": attributes}
            assert run_python(*words, **variables)[0] == 0
    assert len(collector.requests) == 6
    assert len(collector.instances) == 3
    assert "mine" in collector.instances


@pytest.mark.usefixtures("routes")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_MANAGER_OTEL", "0"),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ],
)
def test_what_switches_it_off_is_heard(name, value):
    """Our own switch, the SDK's, and a protocol that is not ours, which is said."""
    with otlp_receiver() as collector:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, name: value}
        code, _, err = run_python("-m", "model_manager", "test", "m", "Hi", **variables)
    assert (code, collector.requests) == (0, [])
    assert ("only http/protobuf" in err) == (value == "grpc")


@pytest.mark.usefixtures("routes")
def test_a_collector_that_is_gone_fails_no_command():
    """The answer is there, the exit code is the call's, and a warning says that nothing was exported."""
    code, out, err = run_python(
        "-m", "model_manager", "test", "m", "Hi", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9/?api_key=s3cret"
    )
    assert (code, "Hello there" in out) == (0, True), err
    assert "Warning: OpenTelemetry: the collector did not accept everything" in err
    assert "Traceback" not in err
    assert "s3cret" not in err


@pytest.mark.usefixtures("routes")
def test_a_collector_that_never_answers_holds_no_command_up():
    """The end of the process waits for it only so long."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        code, out, err = run_python("-m", "model_manager", "test", "m", "Hi", OTEL_EXPORTER_OTLP_ENDPOINT=address)
    assert (code, "Hello there" in out) == (0, True), err
    assert "Warning: OpenTelemetry: the collector did not accept everything" in err


def test_what_the_sdk_says_of_the_collector_s_url_has_no_secret():
    """A key in the query or before the host is left out of a warning, the rest stays."""
    said = "HTTPConnectionPool(host='c', port=9): Max retries exceeded with url: /x?api_key=s3cret (Caused by http://me:pw@c/y)"
    shown = without_secrets(said)
    assert shown == said.replace("api_key=s3cret", "…").replace("me:pw@", "…")


def test_a_value_that_is_none_is_refused(work):
    """A word that the setting does not have is an error that names it."""
    (work / ".env").write_text("MODEL_MANAGER_OTEL=yes\n")
    code, _, err = run_python("-m", "model_manager", "list")
    assert (code, "MODEL_MANAGER_OTEL" in err) == (3, True), err


_WITHOUT_EXTRA = """
import sys
sys.modules["opentelemetry"] = None
from model_manager.__main__ import main
main()
"""


@pytest.mark.usefixtures("routes")
def test_without_the_extra_the_error_says_how_to_install_it():
    """Who asks for it by our own setting is told; who has a collector for other programs is not bothered."""
    words = ("-c", _WITHOUT_EXTRA, "test", "m", "Hi")
    code, _, err = run_python(*words, MODEL_MANAGER_OTEL="1")
    assert (code, "pip install 'llm-model-manager[otel]'" in err) == (2, True), err
    assert run_python(*words, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")[0] == 0


@pytest.mark.usefixtures("routes")
def test_nothing_is_loaded_that_was_not_asked_for():
    """A service without the setting imports no OpenTelemetry."""
    script = "import sys; from model_manager import AIService; AIService(); print('opentelemetry' in sys.modules)"
    assert run_python("-c", script) == (0, "False\n", "")
