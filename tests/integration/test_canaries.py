"""Canaries: keys planted wherever a key can be, every command and error path walked, all that comes out searched."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from command_line import Result, run_cli
from model_server import Answer, Request, Script, by_model, model_server
from projects import workspace_of, write

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.config.workspace import open_workspace
from model_manager.core.messages import ChatMessage
from model_manager.core.options import ChatOptions
from model_manager.errors import ProviderError
from model_manager.providers import wire_of
from model_manager.service.model_client import ModelClient

#: Nine in a row of a key are a find: halves of a key must not come out either.
LONGEST_UNSEEN = 9


def canary(place: str, name: str) -> str:
    """A key that looks like nobody's and is like no other."""
    digits = f"{sum(ord(char) * 31**i for i, char in enumerate(place + name)):x}"
    return f"cAnAry{digits[-16:]}{digits[:8]}Zz"


VARIABLES = sorted({name for provider in embedded_catalogue().providers.values() for name in provider.api_key_env})
IN_ENVIRONMENT = {name: canary("environment", name) for name in VARIABLES}
IN_FILES = {file: {name: canary(file, name) for name in VARIABLES} for file in (".env", ".env.local")}
IN_HEADER = canary("models.toml", "header")
PASTED = {kind: f"{kind}{canary('pasted', kind)}" for kind in ("sk-ant-", "sk-proj-", "gsk_", "AIza", "xai-")}
CANARIES = [*IN_ENVIRONMENT.values(), *(key for keys in IN_FILES.values() for key in keys.values()), IN_HEADER]
CANARIES += PASTED.values()
#: All stretches of every canary, without the beginning that they share.
PIECES = {
    key[start : start + LONGEST_UNSEEN]: key
    for key in CANARIES
    for start in range(6, len(key) - LONGEST_UNSEEN + 1)
    if not key[start : start + LONGEST_UNSEEN].startswith("cAnAry")
}


def found_in(text: str) -> list[str]:
    """The stretches of canaries in a text."""
    return [text[i : i + LONGEST_UNSEEN] for i in range(len(text)) if text[i : i + LONGEST_UNSEEN] in PIECES]


def assert_silent(result: Result) -> None:
    """No canary in what a process wrote, and no traceback."""
    assert found_in(result.stdout) == [], f"{result.args}: {result.stdout[:2000]}"
    assert found_in(result.stderr) == [], f"{result.args}: {result.stderr[:2000]}"
    assert "Traceback" not in result.stderr
    assert "a bug in model-manager" not in result.stderr


@pytest.fixture
def planted(work: Path, user_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with canaries in the environment, both .env files, and catalogues of the user's and the project's."""
    for name, key in IN_ENVIRONMENT.items():
        monkeypatch.setenv(name, key)
    for file, keys in IN_FILES.items():
        write(work, file, "".join(f"{name}={key}\n" for name, key in keys.items()))
    notes = " ".join(PASTED.values())
    user_models.write_text(f'[models.mine]\nprovider = "openai"\nname = "{PASTED["gsk_"]}"\nnotes = "{notes}"\n')
    write(
        work,
        "models.toml",
        f'[models.theirs]\nprovider = "openai"\nbest_for = "{IN_ENVIRONMENT["GROQ_API_KEY"]}"\n'
        f'parameters = {{ headers = {{ X-Portal-Key = "{IN_HEADER}" }} }}\n',
    )
    return work


KEY_OF_MISTAKE = IN_FILES[".env"]["OPENAI_API_KEY"]
COMMANDS = [
    ["list"],
    ["list", "--all", "--json"],
    ["list", "--scenarios"],
    ["list", "--ids", "-vv"],
    ["list", "--search", KEY_OF_MISTAKE],
    ["list", "--task", KEY_OF_MISTAKE],
    ["list", "--provider", KEY_OF_MISTAKE, "--json"],
    ["cost"],
    ["cost", "--assigned", "--json"],
    ["cost", KEY_OF_MISTAKE],
    ["info", "gpt-6-luna"],
    ["info", "mine", "-v"],
    ["info", "theirs", "--json"],
    ["info", "chat"],
    ["info", KEY_OF_MISTAKE, "--json"],
    ["assign", "chat", "haiku", "--dry-run"],
    ["assign", "chat", KEY_OF_MISTAKE],
    ["assign", "chat", KEY_OF_MISTAKE, "--force", "--dry-run", "--json"],
    ["assign", KEY_OF_MISTAKE, "haiku"],
    ["assign", "--undo"],
    ["test", KEY_OF_MISTAKE],
    ["test", "--curl", "--all"],
    ["test", "--curl", "theirs", KEY_OF_MISTAKE],
    ["test", "--curl", "theirs", "--json", "-vv"],
    ["--env-file", KEY_OF_MISTAKE, "list"],
    ["--models-file", KEY_OF_MISTAKE, "list"],
    ["-C", KEY_OF_MISTAKE, "list"],
]


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_shows_a_key(command: list[str]) -> None:
    """Whatever is listed, priced, assigned or asked for wrongly: no key, not even one that was typed by mistake."""
    if command[0].startswith("-"):
        # Nothing has been read yet: such a word can only be known by its looks, or by the environment.
        command = [PASTED["sk-ant-"] if word == KEY_OF_MISTAKE else word for word in command]
    assert_silent(run_cli(*command))


@pytest.mark.parametrize(
    "line",
    [
        f'[models.m]\nprovider = "{KEY_OF_MISTAKE}"\n',
        f'[models."{KEY_OF_MISTAKE}"]\nmodel_id = "x"\n',
        f"[providers.openai]\napi_key = '{KEY_OF_MISTAKE}'\n",
        f"[providers.openai]\napi_key_env = ['{KEY_OF_MISTAKE}!']\n",
        f"[providers.openai]\nbase_url = 'https://user:{KEY_OF_MISTAKE}@host/'\n",
        f"[providers.openai]\n{KEY_OF_MISTAKE}\n",
        f"{PASTED['sk-proj-']} = 1\n",
        f"default_model = '{PASTED['xai-']}'\n",
    ],
)
def test_no_complaint_about_a_file_shows_a_key(planted: Path, line: str) -> None:
    """A catalogue that is refused is refused without repeating the key that somebody pasted into it."""
    write(planted, "models.toml", line)
    for options in ([], ["--json"], ["-vv"]):
        result = run_cli("list", *options)
        assert result.exit_code == 3
        assert_silent(result)


@pytest.mark.parametrize(
    "line",
    [
        f"MODEL_MANAGER_TIMEOUT={KEY_OF_MISTAKE}",
        f"MODEL_MANAGER_MODELS_FILE={KEY_OF_MISTAKE}",
        f"OPENAI_BASE_URL={KEY_OF_MISTAKE}",
        "OPENAI_BASE_URL=https://host/v1?key=${OPENAI_API_KEY}",
        f"AI_CHAT_MODEL={KEY_OF_MISTAKE}",
        f"AI_CHAT_MODEL=50:{KEY_OF_MISTAKE}+50",
        f"AI_DEFAULT_MODEL={PASTED['gsk_']}",
        f'export {KEY_OF_MISTAKE} "',
        f"OPENAI_API_KEY='{KEY_OF_MISTAKE}\n{KEY_OF_MISTAKE}'",
    ],
)
def test_no_complaint_about_a_variable_shows_a_key(planted: Path, line: str) -> None:
    """A variable that holds a key in place of what belongs there is named, and its value is not."""
    path = planted / ".env.local"
    path.write_text(f"{path.read_text()}{line}\n")
    for command in (
        ["list"],
        ["info", "chat", "--json"],
        ["test", "gpt-6-luna", "hi", "--retries", "0", "--curl"],
    ):
        assert_silent(run_cli(*command))


# A server that repeats the key


def escaped(key: str) -> str:
    """The key in JSON escapes, which hide it from whoever searches the body."""
    return "".join(f"\\u{ord(char):04x}" for char in key)


def echo(request: Request) -> str:
    """The key that came with a request."""
    return request.headers["authorization"].removeprefix("Bearer ")


def _error(message: str) -> dict:
    return {
        "error": {"message": message, "code": message.replace(" ", "_")[:80], "type": message, "param": message}
    }


def message(request: Request, answer: Answer) -> None:
    answer.json(_error(f"Incorrect API key: {echo(request)}"), 401)


def long_message(request: Request, answer: Answer) -> None:
    # Cut to an excerpt in the middle of the key, on one of several lengths.
    answer.json(_error("y" * 285 + echo(request) + " and more"), 400)


def long_escaped_message(request: Request, answer: Answer) -> None:
    answer.json(f'{{"error": {{"message": "{"y" * 285}{escaped(echo(request))}"}}}}'.encode(), 400)


def html(request: Request, answer: Answer) -> None:
    page = f"<html><title>{echo(request)}</title><p>{'z' * 200}{echo(request)}</p>{echo(request)}"
    answer.json(page.encode(), 502, Content_Type="text/html")


def html_as_answer(request: Request, answer: Answer) -> None:
    answer.json(f"<html>{echo(request)}".encode(), 200, Content_Type="text/html")


def quoted(request: Request, answer: Answer) -> None:
    answer.json(f"no such path /v1?key={quote(echo(request), safe='')}".encode(), 404, Content_Type="text/plain")


def in_headers(request: Request, answer: Answer) -> None:
    key = echo(request)
    answer.json(
        _error("no"), 500, x_request_id=key, Location=f"https://x/{key}", Server=key, x_ratelimit_limit=key
    )


def redirect(request: Request, answer: Answer) -> None:
    answer.json(b"", 307, Location=f"https://{echo(request)}.example/{echo(request)}")


def in_text(request: Request, answer: Answer) -> None:
    answer.say(request, "your key is ", echo(request), " indeed")


def in_halves(request: Request, answer: Answer) -> None:
    key = echo(request)
    answer.say(request, *(key[i : i + 3] for i in range(0, len(key), 3)))


def in_halves_cut_off(request: Request, answer: Answer) -> None:
    key = echo(request)
    if not request.body.get("stream"):
        answer.json(_error(key), 500)
        return
    answer.piece(key[:12])
    answer.piece(key[12:])


def in_facts(request: Request, answer: Answer) -> None:
    """Served model, id, finish reason and tool call, escaped and not, in pieces and whole."""
    key = echo(request)
    calls = [{"index": 0, "id": key, "function": {"name": key[:9] + key[9:], "arguments": f'{{"k": "{key}"}}'}}]
    choice = {"index": 0, "message": {"content": None, "tool_calls": calls}, "finish_reason": key}
    if not request.body.get("stream"):
        answer.json({"id": key, "model": key, "choices": [choice]}, x_request_id=key)
        return
    answer.event(f'{{"id": "{escaped(key)}", "model": "{key}", "choices": []}}')
    for piece in (key[:10], key[10:]):
        call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": piece}}
        answer.event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
    answer.event({"choices": [{"index": 0, "delta": {}, "finish_reason": key}]})
    answer.event("[DONE]")


def in_stream_error(request: Request, answer: Answer) -> None:
    if request.body.get("stream"):
        answer.piece("so far")
    answer.event({"error": {"message": f"{'w' * 290}{echo(request)}", "code": echo(request)}})


def in_garbage(request: Request, answer: Answer) -> None:
    answer.event(f"no json {echo(request)}")


def in_refusal(request: Request, answer: Answer) -> None:
    answer.event({"choices": [{"index": 0, "delta": {"refusal": echo(request)}, "finish_reason": echo(request)}]})
    answer.event("[DONE]")


def in_everything_that_came(request: Request, answer: Answer) -> None:
    answer.json({"headers": request.headers, "body": request.body, "path": request.path}, 418)


def of_another(_: Request, answer: Answer) -> None:
    # A table cuts a message in the middle of this key, which is one of another provider.
    answer.json({"error": {"message": "v" * 155 + IN_ENVIRONMENT["GROQ_API_KEY"]}}, 400)


ECHOES = [
    of_another,
    message,
    long_message,
    long_escaped_message,
    html,
    html_as_answer,
    quoted,
    in_headers,
    redirect,
    in_text,
    in_halves,
    in_halves_cut_off,
    in_facts,
    in_stream_error,
    in_garbage,
    in_refusal,
    in_everything_that_came,
]
#: What of these is shown may have no room for the key.
UNSAID = (redirect, in_garbage, in_headers, in_everything_that_came)
WAYS = {
    "plain": ["m", "hi"],
    "no-stream": ["m", "hi", "--no-stream", "-v"],
}
#: A model for each, so that one process meets them all.
ECHOES_BY_MODEL: dict[str, Script] = {f"e{number}": script for number, script in enumerate(ECHOES)}


class Switch:
    """A script that can be changed while the server runs."""

    def __init__(self) -> None:
        self.script: Script = message
        self.requests: list[Request] = []

    def __call__(self, request: Request, answer: Answer) -> None:
        self.requests.append(request)
        self.script(request, answer)


@pytest.fixture
def echoing(planted: Path) -> Iterator[Switch]:
    """What a server answers, and a project that sends it a key."""
    switch = Switch()
    with model_server(switch) as server:
        write(planted, "models.toml", server.catalogue("m", *ECHOES_BY_MODEL))
        with (planted / ".env").open("a") as file:
            file.write(f"LOCAL_API_KEY={IN_ENVIRONMENT['OPENAI_API_KEY']}\n")
        yield switch


@pytest.mark.parametrize("way", WAYS)
def test_no_answer_shows_the_key(echoing: Switch, way: str) -> None:
    """A server that repeats the key in whatever it says gets it neither on stdout nor on stderr."""
    for script in ECHOES:
        echoing.script = script
        before = len(echoing.requests)
        result = run_cli("test", *WAYS[way], "--retries", "0")
        assert len(echoing.requests) > before, result.stderr
        assert echo(echoing.requests[-1]) == IN_ENVIRONMENT["OPENAI_API_KEY"]
        assert "***" in result.stdout + result.stderr or script in UNSAID
        assert_silent(result)


def test_no_answers_of_several_models_show_the_key(echoing: Switch) -> None:
    """Nor does it in one JSON object, or in a table, of answers that each repeat the key in another way."""
    echoing.script = by_model(ECHOES_BY_MODEL)
    words = [word for model in ECHOES_BY_MODEL for word in ("-m", model)]
    document = run_cli("test", "hi", *words, "--json", "-vv", "--retries", "0")
    table = run_cli("test", "hi", *words, "-vv", "--retries", "0")

    assert_silent(document)
    assert_silent(table)
    assert {echo(request) for request in echoing.requests} == {IN_ENVIRONMENT["OPENAI_API_KEY"]}
    assert len(echoing.requests) >= 2 * len(ECHOES)
    for result in document.json["results"]:
        assert "***" in json.dumps(result) or ECHOES_BY_MODEL[result["model"]] in UNSAID
    assert (table.stdout + table.stderr).count("***") >= len(ECHOES) - len(UNSAID)


def test_no_file_that_is_written_holds_a_key(planted: Path, clean_machine: Path) -> None:
    """After every writing command no file but those that hold the keys anyway has one."""
    own = {path for path in clean_machine.rglob("*") if path.is_file()}
    for path in own:
        os.utime(path, (0, 0))  # files that have long been as they are, so that they may be cached
    before = {path: path.read_text() for path in own}
    for command in (
        ["assign", "chat", "haiku"],
        ["assign", "chat=gpt-6-luna", "mood_search=haiku"],
        ["assign", "--default", "haiku"],
        ["assign", "chat", "--unset"],
        ["assign", "--undo"],
    ):
        result = run_cli(*command)
        assert result.exit_code == 0, result.stderr
        assert_silent(result)
    new = [path for path in clean_machine.rglob("*") if path.is_file() and path not in own]
    assert new
    for path in new:
        assert found_in(path.read_text(errors="replace")) == [], path
    assert before.keys() <= set(clean_machine.rglob("*"))
    assert planted.joinpath(".env").read_text() == before[planted / ".env"]


def test_a_route_that_was_a_key_is_not_kept(work: Path, clean_machine: Path) -> None:
    """Where a key stood in a task's variable, the change shows it nowhere on screen."""
    write(work, ".env", f"OPENAI_API_KEY={KEY_OF_MISTAKE}\nAI_CHAT_MODEL={KEY_OF_MISTAKE}\n")
    for options in (["--dry-run"], ["--json"]):
        assert_silent(run_cli("assign", "chat", "haiku", *options))
    assert clean_machine.exists()
    assert_silent(run_cli("assign", "--undo"))


@pytest.mark.usefixtures("planted")
def test_no_repr_shows_a_key() -> None:
    """Neither the values that carry a key nor the error of a failed call shows it when somebody prints them."""
    workspace = open_workspace(environ=dict(os.environ))
    shown = [workspace, workspace.settings, *workspace.env_files, *workspace.places[0].values()]
    for model in workspace.catalogue.models.values():
        provider = workspace.catalogue.provider_of(model)
        shown += [workspace.key(provider), workspace.destination(provider)]
        if workspace.is_ready(provider):
            endpoint = workspace.endpoint(model)
            call = wire_of(provider.wire).build_call(endpoint, [ChatMessage("user", "hi")], ChatOptions())
            shown += [endpoint, endpoint.key, call]
    texts = [text for value in shown for text in (repr(value), str(value), f"{value}")]
    own = [repr(workspace.catalogue.models[name]) for name in ("mine", "theirs")]
    assert any(found_in(text) for text in own)  # a catalogue's own words are shown, and the search does find
    hidden = set(IN_ENVIRONMENT.values()) - {IN_ENVIRONMENT["GROQ_API_KEY"]}
    hidden |= {key for keys in IN_FILES.values() for key in keys.values()}
    assert [key for key in hidden for text in texts if key in text] == []
    assert "***" in str(endpoint.key)


def test_no_error_shows_a_key(echoing: Switch) -> None:
    """The exception of a failed call has the key neither in its words, its arguments, its partial answer nor its causes."""
    workspace = open_workspace(environ=dict(os.environ))
    endpoint = workspace.endpoint(workspace.catalogue.models["m"])
    for script in [script for script in ECHOES if script is not of_another]:
        echoing.script = script
        caller = ModelClient(timeout_s=5, retries=0)
        with suppress(ProviderError):
            try:
                messages, options = [ChatMessage("user", "hi")], ChatOptions(stream=False)
                asyncio.run(caller.acall(endpoint, messages, options, lambda *_: None))
            except ProviderError as error:
                seen: BaseException | None = error
                while seen is not None:
                    assert found_in(f"{seen!r} {seen} {vars(seen) if hasattr(seen, '__dict__') else ''}") == [], (
                        script
                    )
                    seen = seen.__cause__ or seen.__context__
                raise


def test_the_search_finds() -> None:
    """The search that all this rests on finds a key, and a half of one, in text and in JSON."""
    key = CANARIES[0]
    assert found_in(f"a {key} b")
    assert found_in(json.dumps({"x": key[6:18]}))
    assert not found_in(key[:10])
    assert len(set(CANARIES)) == len(CANARIES)
    assert len(PIECES) > 10 * len(CANARIES)
    assert workspace_of(env=IN_ENVIRONMENT).redactor()(" ".join(IN_ENVIRONMENT.values())).count("***") == len(
        VARIABLES
    )
