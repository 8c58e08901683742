"""The tracer and the instruments that calls are recorded with."""

from opentelemetry.context import Context
from opentelemetry.metrics import Histogram, MeterProvider, get_meter
from opentelemetry.trace import SpanKind, Status, StatusCode, TracerProvider, get_tracer, set_span_in_context

from model_manager._version import __version__
from model_manager.telemetry.conventions import (
    SECONDS,
    TOKENS,
    ObservedCall,
    error_attributes,
    metric_attributes,
    span_attributes,
    span_name,
    token_counts,
)

_SCOPE = "model_manager"
_TOKEN_COUNTERS = {
    "input_tokens": "Input tokens, cached ones included.",
    "output_tokens": "Output tokens, reasoning included.",
    "cache_read.input_tokens": "Input tokens read from the provider's cache.",
    "cache_write.input_tokens": "Input tokens written to the provider's cache.",
    "reasoning.output_tokens": "Output tokens of reasoning.",
}
_MILLISECONDS = 1000


class Instruments:
    """Records calls as spans and metrics of the given providers, or of those that are set globally.

    Args:
        legacy: use the names before the conventions' v0.1.0.
    """

    def __init__(
        self,
        tracer_provider: TracerProvider | None,
        meter_provider: MeterProvider | None,
        *,
        legacy: bool,
    ) -> None:
        self._legacy = legacy
        self._tracer = get_tracer(_SCOPE, __version__, tracer_provider)
        self._meter = meter = get_meter(_SCOPE, __version__, meter_provider)
        family = "gen_ai.client.operation" if legacy else "gen_ai.client.inference"
        self._duration = self._histogram(f"{family}.duration", "s", "Duration of a call.")
        first = "Time to the first text of a streamed answer."
        self._first_chunk = self._histogram(f"{family}.time_to_first_chunk", "s", first)
        self._cost = meter.create_counter("model_manager.cost.usd", description="Cost in US dollars.")
        if legacy:
            self._usage = self._histogram("gen_ai.client.token.usage", "{token}", "Tokens of a call.")
        else:
            self._counters = {
                name: meter.create_counter(f"gen_ai.client.inference.usage.{name}", "{token}", told)
                for name, told in _TOKEN_COUNTERS.items()
            }
            self._distributions = {
                name: self._histogram(
                    f"gen_ai.client.inference.operation.{name}", "{token}", _TOKEN_COUNTERS[name]
                )
                for name in ("input_tokens", "output_tokens")
            }

    def _histogram(self, name: str, unit: str, told: str) -> Histogram:
        bounds = SECONDS if unit == "s" else TOKENS
        return self._meter.create_histogram(name, unit, told, explicit_bucket_boundaries_advisory=bounds)

    def record(self, call: ObservedCall, parent: Context) -> None:
        """Record a call as a span below the application's, and in the metrics."""
        span = self._tracer.start_span(
            span_name(call),
            parent,
            SpanKind.CLIENT,
            span_attributes(call, legacy=self._legacy),
            start_time=call.started_ns,
        )
        if call.record.outcome == "failed":
            span.set_status(Status(StatusCode.ERROR))  # the text of the error may quote the prompt
        span.end(call.ended_ns)
        self._measure(call, set_span_in_context(span, parent))

    def _measure(self, call: ObservedCall, context: Context) -> None:
        attributes, answer = metric_attributes(call, legacy=self._legacy), call.record.answer
        with_error = {**attributes, **error_attributes(call)}
        self._duration.record(call.seconds, with_error, context)
        if answer is not None and call.record.context.stream and answer.ttft_ms is not None:
            self._first_chunk.record(answer.ttft_ms / _MILLISECONDS, attributes, context)
        if answer is not None and answer.cost_usd:
            self._cost.add(float(answer.cost_usd), attributes, context)
        if self._legacy:
            self._measure_usage(call, context)
            return
        for name, count in token_counts(call):
            self._counters[name].add(count, {**attributes, "gen_ai.token.modality": "unknown"}, context)
            if name in self._distributions:
                self._distributions[name].record(count, with_error, context)

    def _measure_usage(self, call: ObservedCall, context: Context) -> None:
        usage = call.record.answer.usage if call.record.answer else None
        if usage is None:
            return
        attributes = metric_attributes(call, legacy=True)
        for kind, count in (("input", usage.input_tokens), ("output", usage.output_tokens)):
            if count is not None:
                self._usage.record(count, {**attributes, "gen_ai.token.type": kind}, context)
