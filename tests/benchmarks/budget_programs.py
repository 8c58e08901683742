"""The programs, catalogues and the server that the budgets are measured with."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from model_server import Answer, Request, model_server

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


@contextmanager
def server(delay_s: float) -> Iterator[str]:
    """A server that begins to answer after so many seconds; its URL."""

    def script(request: Request, answer: Answer) -> None:
        time.sleep(delay_s)
        if request.body.get("stream"):
            answer.say(request, "hi")
        else:
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}
            answer.json({"id": "1", "object": "chat.completion", "model": request.model, "choices": [choice]})

    with model_server(script) as running:
        yield running.url
