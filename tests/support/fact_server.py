"""A server on loopback that serves price tables: the samples, changed ones, and what an attacker would send."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

SAMPLES = Path(__file__).parent / "fact_sources"
#: Recorded answers of providers to requests for their lists.
LISTS = Path(__file__).parent / "provider_lists"
#: The tables that anybody may read, by the name of the source.
TABLES = {
    "models.dev": "models-dev.api.json",
    "litellm": "litellm.model_prices.json",
    "genai-prices": "genai-prices.v2.data.json",
    "openrouter": "../provider_lists/openrouter.json",
}


def sample(name: str) -> Any:
    """A sample as a document whose numbers keep their digits."""
    return json.loads((SAMPLES / TABLES.get(name, name)).read_text(), parse_float=Decimal)


def as_bytes(document: Any) -> bytes:
    """A document as JSON, every decimal with its digits."""
    numbers: dict[str, str] = {}

    def mark(value: Decimal) -> str:
        numbers[f'"<{value}>"'] = str(value)
        return f"<{value}>"

    text = json.dumps(document, default=mark)
    for marked, plain in numbers.items():
        text = text.replace(marked, plain)
    return text.encode()


@dataclass
class Page:
    """What a path answers."""

    content: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Called before the answer, for servers that wait.
    before: Callable[[], object] = lambda: None
    #: The length that is claimed; None: the true one.
    length: int | None = None


class FactServer:
    """Serves pages by path, and remembers what was asked for with which headers."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.requests: list[tuple[str, Mapping[str, str]]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve_samples(self) -> None:
        """Serve every table as it is in the samples."""
        for name in TABLES:
            self.serve(name, sample(name))

    def serve(self, name: str, document: Any, **headers: str) -> None:
        """Serve a document as a source's table; `_` in the names of headers stands for `-`."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        self.pages[f"/{name}"] = Page(as_bytes(document), headers=named)

    @property
    def options(self) -> list[str]:
        """The options that make this server the mirror of every table."""
        return [word for name in TABLES for word in ("--source", f"{name}={self.url}/{name}")]

    def headers_of(self, path: str) -> list[Mapping[str, str]]:
        """The headers of the requests for a path."""
        return [headers for asked, headers in self.requests if asked == path]

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((request.path, headers))
        page = self.pages.get(request.path) or Page(status=404)
        page.before()
        etag = page.headers.get("ETag")
        if etag and headers.get("if-none-match") == etag:
            request.send_response(304)
            request.end_headers()
            return
        request.send_response(page.status)
        for name, value in page.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(page.content) if page.length is None else page.length))
        request.end_headers()
        try:
            request.wfile.write(page.content)
        except OSError:
            request.close_connection = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
