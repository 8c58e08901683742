"""What the official SDKs do under each fault, and what ours does: run by hand, prints Markdown tables.

    python tests/benchmarks/sdk_faults.py [--environment DIR] [--whole]

It makes a scratch environment with the SDKs (DIR is kept and used again), and starts llmock and a server of Ollama's
kind. Every SDK has its defaults. Run by the scratch environment's interpreter with --call, it makes one call.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

PACKAGES = ("openai", "anthropic", "groq", "google-genai", "mistralai", "ollama", "llmock")
#: SDK: llmock's name of its provider, its base URL there, and our wire and base URL.
SDKS = {
    "openai": ("openai", "/v1", "openai", "/v1"),
    "anthropic": ("anthropic", "/anthropic", "anthropic", "/anthropic"),
    "groq": ("groq", "/groq", "openai", "/groq/openai/v1"),
    "google-genai": ("gemini", "/gemini", "gemini", "/gemini"),
    "mistralai": ("mistral", "/mistral", "openai", "/mistral/v1"),
    "ollama": ("ollama", "", "ollama", ""),
}
TEXT = "One two three four five six seven eight nine ten"
STALL_S, LONGEST_S = 15, 20


@dataclass(frozen=True)
class Row:
    """A fault: its name, llmock's behaviours, and what the server of Ollama's kind does instead (None: it cannot)."""

    name: str
    behaviors: tuple[dict[str, Any], ...]
    refusals: tuple[tuple[int, dict[str, str]], ...] | None = None
    fault: str = ""
    streamed_only: bool = False


def fail(status: int, times: int | None = None, **fields: Any) -> dict[str, Any]:
    return {"type": "fail", "status": status, "times": times, **fields}


def broken(kind: str) -> dict[str, Any]:
    return {"type": "stream_fault", "kind": kind, "after_chunks": 4, "stall_seconds": STALL_S}


ROWS = (
    Row("401", (fail(401),), ((401, {}),)),
    Row("429 once, Retry-After 1 s", (fail(429, 1, retry_after=1),), ((429, {"retry-after": "1"}),)),
    Row("429, Retry-After 1 h", (fail(429, retry_after=3600),), ((429, {"retry-after": "3600"}),)),
    Row("429 that means: pay", (fail(429, code="insufficient_quota", retry_after=0.5),)),
    Row("500", (fail(500),), ((500, {}),) * 9),
    Row("503 once", (fail(503, 1, retry_after=0.5),), ((503, {}),)),
    Row("connection cut in the stream", (broken("disconnect"),), (), "disconnect", streamed_only=True),
    Row("stream ends early", (broken("truncate"),), (), "truncate", streamed_only=True),
    Row("malformed event", (broken("malformed"),), (), "malformed", streamed_only=True),
    Row(f"{STALL_S} s of silence in the stream", (broken("stall"),), (), "stall", streamed_only=True),
)


# One call, in the scratch environment. -------------------------------------------------------------------------------


def call_openai(module: str, name: str, url: str, *, stream: bool) -> str:
    """OpenAI's SDK, and Groq's, which has its form."""
    client = getattr(import_module(module), name)(base_url=url, api_key="k")
    messages = [{"role": "user", "content": "Hello"}]
    answer = client.chat.completions.create(model="m", messages=messages, stream=stream)
    if not stream:
        return answer.choices[0].message.content or ""
    return "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)


def call_anthropic(url: str, *, stream: bool) -> str:
    client = import_module("anthropic").Anthropic(base_url=url, api_key="k")
    asked = {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}
    if not stream:
        return "".join(block.text for block in client.messages.create(**asked).content)
    with client.messages.stream(**asked) as answer:
        return "".join(answer.text_stream)


def call_google(url: str, *, stream: bool) -> str:
    options = {"base_url": url, "api_version": "v1beta"}
    client = import_module("google.genai").Client(api_key="k", http_options=options)
    if not stream:
        return client.models.generate_content(model="m", contents="Hello").text or ""
    return "".join(part.text or "" for part in client.models.generate_content_stream(model="m", contents="Hello"))


def call_mistral(url: str, *, stream: bool) -> str:
    client = import_module("mistralai.client").Mistral(api_key="k", server_url=url)
    asked = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
    if not stream:
        return client.chat.complete(**asked).choices[0].message.content or ""
    return "".join(event.data.choices[0].delta.content or "" for event in client.chat.stream(**asked))


def call_ollama(url: str, *, stream: bool) -> str:
    answer = (
        import_module("ollama")
        .Client(host=url)
        .chat(model="m", messages=[{"role": "user", "content": "Hello"}], stream=stream)
    )
    return "".join(part.message.content or "" for part in (answer if stream else [answer]))


CALLS: dict[str, Callable[..., str]] = {
    "openai": lambda url, stream: call_openai("openai", "OpenAI", url, stream=stream),
    "anthropic": lambda url, stream: call_anthropic(url, stream=stream),
    "groq": lambda url, stream: call_openai("groq", "Groq", url, stream=stream),
    "google-genai": lambda url, stream: call_google(url, stream=stream),
    "mistralai": lambda url, stream: call_mistral(url, stream=stream),
    "ollama": lambda url, stream: call_ollama(url, stream=stream),
}


def call(sdk: str, url: str, *, stream: bool) -> None:
    """Make one call and print what came of it."""
    started = time.monotonic()
    try:
        outcome = f"ok: {len(CALLS[sdk](url, stream=stream))} characters"
    except Exception as error:  # noqa: BLE001 - whatever it raises is what is measured
        home = type(error).__module__.partition(".")[0]
        outcome = f"`{'' if home in {sdk, 'google', 'mistralai'} else home + '.'}{type(error).__name__}`"
    sys.stdout.write(json.dumps([outcome, time.monotonic() - started]))


# The servers. --------------------------------------------------------------------------------------------------------


@contextmanager
def llmock(python: str) -> Iterator[str]:
    """Run llmock as a process; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = [python, "-m", "llmock.cli", "serve", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            with suppress(OSError):
                control(url, "GET", "/health")
                break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def control(url: str, method: str, path: str, payload: object = None) -> Any:
    """Use llmock's control API."""
    request = Request(url + path, method=method, data=json.dumps(payload or {}).encode())
    with urlopen(request, timeout=10) as response:
        return json.load(response)


# One cell of the table. ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bench:
    """Where everything is."""

    python: str
    llmock: str
    directory: Path

    def cell(self, sdk: str, row: Row, *, stream: bool, ours: bool) -> tuple[str, float]:
        """What one client makes of one fault: the outcome with the number of requests, and the seconds it took."""
        provider, path, wire, our_path = SDKS[sdk]
        if provider == "ollama":
            return self._at_ollama(row, stream=stream, ours=ours)
        match = {"provider": provider}
        behaviors = [{**behavior, "match": match} for behavior in row.behaviors]
        behaviors.append({"type": "reply", "text": TEXT, "times": None, "match": match})
        control(self.llmock, "POST", "/_llmock/reset")
        control(self.llmock, "POST", "/_llmock/scenario", {"behaviors": behaviors})
        base = self.llmock + (our_path if ours else path)
        outcome, seconds = self._ours(wire, base, stream=stream) if ours else self._sdk(sdk, base, stream=stream)
        requests = control(self.llmock, "GET", "/_llmock/requests")["requests"]
        return f"{outcome}, {len(requests)}×", seconds

    def _at_ollama(self, row: Row, *, stream: bool, ours: bool) -> tuple[str, float]:
        if row.refusals is None:
            return "", 0.0
        server_module = import_module("ollama_server")
        with server_module.OllamaServer() as server:
            server.script.models, server.script.stall_s = ("m",), STALL_S
            server.script.pieces = tuple(TEXT.replace(" ", " |").split("|"))
            server.script.refusals.extend((status, '{"error": "no"}', headers) for status, headers in row.refusals)
            if row.fault:
                server.script.faults.append(row.fault)
            outcome, seconds = (
                self._ours("ollama", server.url, stream=stream)
                if ours
                else self._sdk("ollama", server.url, stream=stream)
            )
            return f"{outcome}, {len(server.requests)}×", seconds

    def version_of(self, sdk: str) -> str:
        """An SDK's version."""
        script = f"import importlib.metadata as m; print(m.version({sdk!r}))"
        return subprocess.run(
            [self.python, "-c", script], capture_output=True, text=True, check=True
        ).stdout.strip()

    def _sdk(self, sdk: str, url: str, *, stream: bool) -> tuple[str, float]:
        words = [self.python, __file__, "--call", sdk, url, *([] if stream else ["--whole"])]
        try:
            done = subprocess.run(words, capture_output=True, timeout=LONGEST_S, check=True)
        except subprocess.TimeoutExpired:
            return "still waiting", float(LONGEST_S)
        outcome, seconds = json.loads(done.stdout)
        return outcome, seconds

    def _ours(self, wire: str, url: str, *, stream: bool) -> tuple[str, float]:
        models = [f'extends = false\n[providers.p]\nwire = "{wire}"\nbase_url = "{url}"\nkey = "none"']
        models.append('[models.m]\nprovider = "p"\n')
        (self.directory / "models.toml").write_text("\n".join(models))
        words = ["test", "m", "Hello", "--json", "--timeout", "5", *([] if stream else ["--no-stream"])]
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "model_manager", *words], cwd=self.directory, capture_output=True, check=False
        )
        seconds = time.monotonic() - started
        answer = json.loads(done.stdout)["results"][0]
        outcome = f"`{answer['error']['kind']}`" if answer["error"] else f"ok: {len(answer['text'])} characters"
        return f"{outcome}, exit {done.returncode}", seconds


def table(bench: Bench, *, stream: bool) -> str:
    """The Markdown of all faults, streamed or not; ours is one cell where it does not differ by provider."""
    names = [f"{sdk} {bench.version_of(sdk)}" for sdk in SDKS]
    lines = [f"| fault | {' | '.join(names)} | ours |", "|---" * (len(names) + 2) + "|"]
    for row in ROWS:
        if stream or not row.streamed_only:
            cells = [shown([bench.cell(sdk, row, stream=stream, ours=False)]) for sdk in SDKS]
            ours = shown([bench.cell(sdk, row, stream=stream, ours=True) for sdk in SDKS])
            lines.append(f"| {row.name} | {' | '.join(cells)} | {ours} |")
            sys.stderr.write(lines[-1] + "\n")
    return "\n".join(lines)


def shown(cells: list[tuple[str, float]]) -> str:
    """Outcomes, each once, with the longest time that it took."""
    longest: dict[str, float] = {}
    for outcome, seconds in cells:
        if outcome:
            longest[outcome] = max(seconds, longest.get(outcome, 0.0))
    return "; ".join(f"{outcome}, {seconds:.1f} s" for outcome, seconds in longest.items()) or "–"


def environment(directory: Path) -> str:
    """The interpreter of an environment with the SDKs; it is made if it is not there."""
    python = directory / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(directory, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return str(python)


def main() -> None:
    """Make the call of --call, or the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--call", nargs=2, metavar=("SDK", "URL"), help="make one call")
    parser.add_argument("--environment", type=Path, metavar="DIR", help="a scratch environment to keep")
    parser.add_argument("--whole", action="store_true", help="ask for one document in place of a stream")
    options = parser.parse_args()
    if options.call:
        call(*options.call, stream=not options.whole)
        return
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))  # for the server of Ollama's kind
    with tempfile.TemporaryDirectory() as scratch:
        python = environment(options.environment or Path(scratch, "environment"))
        with llmock(python) as url:
            sys.stdout.write(table(Bench(python, url, Path(scratch)), stream=not options.whole) + "\n")


if __name__ == "__main__":
    main()
