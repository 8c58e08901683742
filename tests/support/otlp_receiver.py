"""A collector for tests: takes what is exported over OTLP/HTTP on loopback, and decodes it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_REQUESTS = {"/v1/traces": ExportTraceServiceRequest, "/v1/metrics": ExportMetricsServiceRequest}


@dataclass
class Received:
    """What came; `raw` are the bodies as they were sent."""

    url: str
    requests: list[Any] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> Sequence[Any]:
        """Every span."""
        traces = [request for request in self.requests if isinstance(request, ExportTraceServiceRequest)]
        return [
            span
            for request in traces
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def metrics(self) -> dict[str, Any]:
        """The last state of each metric, by its name."""
        exports = [request for request in self.requests if isinstance(request, ExportMetricsServiceRequest)]
        return {
            metric.name: metric
            for request in exports
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    @property
    def services(self) -> set[str]:
        """The names of the services that exported."""
        return self._identities("service.name")

    @property
    def instances(self) -> set[str]:
        """The identities of the processes that exported."""
        return self._identities("service.instance.id")

    def _identities(self, attribute: str) -> set[str]:
        resources = [
            part.resource
            for request in self.requests
            for part in getattr(request, "resource_spans", None) or getattr(request, "resource_metrics", ())
        ]
        return {values(resource.attributes)[attribute] for resource in resources}


def values(attributes: Any) -> dict[str, Any]:
    """Attributes as a mapping; arrays as lists."""
    found = {}
    for attribute in attributes:
        kind = attribute.value.WhichOneof("value")
        value = getattr(attribute.value, kind)
        found[attribute.key] = [one.string_value for one in value.values] if kind == "array_value" else value
    return found


@contextmanager
def otlp_receiver() -> Iterator[Received]:
    """Receive on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.raw.append(body)
            received.requests.append(_REQUESTS[self.path].FromString(body))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received = Received(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
