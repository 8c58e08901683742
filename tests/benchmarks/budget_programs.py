"""The programs, catalogues and the server that the budgets are measured with.

python budget_programs.py DELAY_S    # serves models that begin to answer after so long; prints its port
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: What every Typer application with settings pays before it does anything.
BASE = """
import typer
from pydantic_settings import BaseSettings, SettingsConfigDict

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env")
    timeout: float = 1.0

app = typer.Typer(add_completion=False)

@app.command()
def main(json: bool = False) -> None:
    Settings()

app()
"""
POST = """
import httpx, pydantic_settings, typer
body = {{"model": "served-0", "messages": [{{"role": "user", "content": "hi"}}], "stream": True}}
httpx.post("{url}/v1/chat/completions", json=body).raise_for_status()
"""
LITELLM = """
import litellm
litellm.completion("openai/served-0", api_base="{url}/v1", api_key="x", messages=[{{"role": "user", "content": "hi"}}])
"""
LLM_MODELS = """
- model_id: loop
  model_name: served-0
  api_base: "{url}/v1"
"""
#: Runs a command and prints the largest memory that it had, in MiB.
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""
#: Each prints the milliseconds that completing `list --so` takes inside the shell.
IN_SHELL = {
    "bash": """
source {script}
compopt() {{ :; }}
COMP_WORDS=({command} list --so) COMP_CWORD=2 COMP_LINE="{command} list --so" COMP_POINT=$((${{#COMP_LINE}}))
COMP_WORDBREAKS=$' \\t\\n"\\'@><=;|&(:'
_model_manager
begin=$EPOCHREALTIME
for ((i = 0; i < 20; i++)); do _model_manager; done
end=$EPOCHREALTIME
printf '%d.%03d\\n' $(((${{end/./}} - ${{begin/./}}) / 20000)) $(((${{end/./}} - ${{begin/./}}) / 20 % 1000))
""",
    "zsh": """
zmodload zsh/datetime
compdef() {{ : }}
source {script}
compadd() {{ : }}
_describe() {{ : }}
words=({command} list --so) CURRENT=3
_model_manager
begin=$EPOCHREALTIME
repeat 20 _model_manager
printf '%.3f\\n' $(( (EPOCHREALTIME - begin) * 50 ))
""",
    "fish": """
source {script}
function commandline; test "$argv" = -ct; and printf '%s\\n' --so; or printf '%s\\n' {command} list; end
__model_manager_complete >/dev/null
function twenty
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
        __model_manager_complete >/dev/null
    end
end
twenty
set -l took $CMD_DURATION
echo begin >{script}.begin
twenty
echo end >{script}.end
math (stat -c %.Y {script}.end) x 50 - (stat -c %.Y {script}.begin) x 50
""",
}


def catalogue(models: int) -> str:
    """A models.toml of so many models."""
    provider = '[providers.acme]\nwire = "openai"\nbase_url = "http://127.0.0.1:9/v1"\n'
    return provider + "\n".join(_model(f"acme/model-{number}", number) for number in range(models))


def _model(name: str, number: int) -> str:
    return f"""
[models."{name}"]
name = "Acme Model {number}"
provider = "acme"
model_id = "model-{number}"
capabilities = ["chat", "streaming"]
context_window = 128_000
max_output = 8_192
best_for = "Number {number}"

[models."{name}".price]
input = 0.{number % 90 + 10}
output = 1.5
cache_read = 0.05
"""


def served(url: str, models: int) -> str:
    """A models.toml with models of a server."""
    provider = f'[providers.loop]\nwire = "openai"\nbase_url = "{url}/v1"\nkey = "none"\n'
    return provider + "".join(f'[models.served-{number}]\nprovider = "loop"\n' for number in range(models))


class _Models(asyncio.Protocol):
    """Answers each request after a delay. On one event loop, for threads that answer at once wait for each other."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s, self._received = delay_s, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the request is complete."""
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        if length and len(body) == int(length[1]):
            self._received = b""
            answer = _answer(json.loads(body))
            asyncio.get_running_loop().call_later(self._delay_s, self._transport.write, answer)


def _answer(request: dict[str, Any]) -> bytes:
    """The response to a request, streamed or not."""
    common = {"id": "1", "model": request["model"]}
    if request.get("stream"):
        kind, part, form = "text/event-stream", "delta", "data: {}\n\ndata: [DONE]\n\n"
    else:
        kind, part, form = "application/json", "message", "{}"
    choice = {"index": 0, "finish_reason": "stop", part: {"role": "assistant", "content": "hi"}}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    body = form.format(json.dumps({**common, "choices": [choice], "usage": usage})).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _serve(delay_s: float) -> None:
    running = await asyncio.get_running_loop().create_server(lambda: _Models(delay_s), "127.0.0.1", 0)
    print(running.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - this is its output
    await running.serve_forever()


@contextmanager
def server(delay_s: float) -> Iterator[str]:
    """A server, in a process of its own, that begins to answer after so many seconds; its URL."""
    running = subprocess.Popen([sys.executable, __file__, str(delay_s)], stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout
        yield f"http://127.0.0.1:{running.stdout.readline().strip()}"
    finally:
        running.kill()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
