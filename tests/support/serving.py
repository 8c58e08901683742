"""A running server of ours, in a thread: real sockets, real HTTP, the files of a test's working directory."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from model_manager.config.reload import WorkspaceSource
from model_manager.server.run import ServerSettings, Serving

TOKEN = "a-token-for-tests-9f3b7c"

#: Two models that need no key, and two tasks; `{url}` is where the models are.
CATALOGUE = """
[providers.local]
wire = "openai"
base_url = "{url}"
key = "none"
[models.alpha]
name = "Alpha"
provider = "local"
aliases = ["first"]
capabilities = ["chat", "streaming"]
context_window = 100_000
max_output = 1000
price = {{ input = 1, output = 10 }}
[models."lab/beta"]
name = "Beta"
provider = "local"
capabilities = ["chat", "streaming", "vision"]
lacks = ["audio"]
max_output = 1000
price = {{ input = 0.1, output = 1 }}
[tasks.chat]
purpose = "Main conversations"
model = "alpha"
requires = ["chat"]
profile = {{ requests_per_day = 1000, input_tokens = 1000, output_tokens = 100 }}
[tasks.listening]
model = "alpha"
requires = ["audio"]
"""


@dataclass
class Served:
    """A server that runs: where, and what it has said on stderr."""

    url: str
    serving: Serving
    directory: Path
    log: list[str] = field(default_factory=list)

    @property
    def env(self) -> Path:
        """The .env file that assignments go to."""
        return self.directory / ".env"

    def client(self, **headers: str) -> httpx.Client:
        """A client that shows the token; `headers` over those of httpx, "_" for "-", and "" takes one away."""
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        shown = {"Authorization": f"Bearer {TOKEN}", **own}
        kept = {name: value for name, value in shown.items() if value}
        # Without `verify` httpx would load certificates for each client, which takes longer than a request.
        return httpx.Client(base_url=self.url, timeout=20, headers=kept, verify=False)

    def get(self, path: str, **query: Any) -> httpx.Response:
        with self.client() as client:
            return client.get(path, params=query)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        with self.client(**headers) as client:
            return client.request(method, path, json=body)


@contextmanager
def serving(directory: Path, token: str | None = TOKEN, home: Path | None = None, **plan: Any) -> Iterator[Served]:
    """Serve a directory; with `token` in the environment, as its owner would have it.

    `home` is for a server that outlives a test: the homes of the environment are each test's own.
    """
    environ = {**os.environ, **({"MODEL_MANAGER_SERVER_TOKEN": token} if token else {})}
    if home is not None:
        names = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
        environ |= dict.fromkeys(names, str(home))
    source = WorkspaceSource(directory=directory, environ=environ)
    log: list[str] = []
    running = Serving(ServerSettings(source=source, **{"host": "127.0.0.1", "port": 0, **plan}), log.append)
    ready = threading.Event()
    thread = threading.Thread(target=running.run, args=(ready.set,))
    thread.start()
    assert ready.wait(20)
    try:
        yield Served(running.listening.url, running, directory, log)
    finally:
        running.stop()
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def shared_server(machine: Path, url: str, more: str = "") -> Iterator[Served]:
    """A server for the tests of a module that leave its directory as it is; `more` is for its models.toml."""
    for name in ("work", "home"):
        (machine / name).mkdir()
    (machine / "work" / "models.toml").write_text(CATALOGUE.format(url=url) + more)
    with serving(machine / "work", home=machine / "home") as running:
        yield running


def events_of(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """The events of a stream: name and document."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
