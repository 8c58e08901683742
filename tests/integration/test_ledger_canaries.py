"""Canaries: secrets and texts planted in all that a call consists of, a server that repeats them everywhere."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import anyio
import pytest
from ledger_calls import read_calls
from model_server import Answer, ModelServer, Request, by_model, counts, model_server

from model_manager import AIService, ProviderError
from model_manager.ledger.storage import writers
from model_manager.ledger.storage.file import LedgerFile

KEY, HEADER = "cAnAry7Kq2xV9mZ4pL8wT1", "cAnAryH5bN3sR6yD0gF2jX"
#: What is planted, by its place; all of them contain the same word.
WORD = b"cAnAry"
TEXTS = {
    place: f"cAnAry-{place}"
    for place in (
        *("system", "prompt", "answer", "thought", "tool", "argument", "parameter", "user"),
        *("error", "hint", "code", "refusal", "citation"),
    )
}
MODELS = ("m", "odd", "bad", "cut")
ECHO = " ".join([KEY, HEADER, *TEXTS.values()])


def echo(request: Request, answer: Answer) -> None:
    """Repeat all that was planted, in an answer of each field that a client may read, or in a stream of it."""
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": TEXTS["tool"], "arguments": json.dumps({"a": ECHO})},
    }
    message = {"content": ECHO, "reasoning_content": ECHO, "tool_calls": [{"index": 0, **call}]}
    if request.model == "odd":
        message["refusal"] = ECHO
    finish = ECHO if request.model == "odd" else "stop"
    document = {"id": KEY, "model": ECHO, "system_fingerprint": ECHO, "usage": counts(10, 5)}
    if not request.body.get("stream"):
        answer.json(
            {**document, "choices": [{"index": 0, "message": message, "finish_reason": finish}]}, **IDENTITY
        )
        return
    answer.event({**document, "usage": None, "choices": [{"index": 0, "delta": message}]})
    answer.event({**document, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    answer.event("[DONE]")


IDENTITY = {"x_request_id": f"{KEY} {HEADER} {TEXTS['prompt']}", "X_Trace": ECHO}


def refuse(_: Request, answer: Answer) -> None:
    """Repeat it in an error."""
    error = {"message": ECHO, "code": TEXTS["code"], "type": ECHO, "param": ECHO}
    answer.json({"error": error, "request_id": ECHO}, 400, **IDENTITY)


def break_off(_: Request, answer: Answer) -> None:
    """Repeat it, and break off in the midst of the stream."""
    answer.event({"id": KEY, "model": ECHO, "choices": [{"index": 0, "delta": {"content": ECHO}}]})
    answer.hang_up()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server(by_model({"m": echo, "odd": echo, "bad": refuse, "cut": break_off})) as running:
        yield running


@pytest.fixture
def ledger(clean_machine: Path) -> Path:
    return clean_machine / "state" / "model-manager" / "ledger" / "ledger.db"


def planted(server: ModelServer, work: Path) -> None:
    """A project with a key, a secret header and tasks."""
    catalogue = server.catalogue(*MODELS)
    headers = f'parameters = {{ headers = {{ X-Portal-Key = "{HEADER}" }} }}'
    for name in MODELS:
        catalogue = catalogue.replace(f"[models.{name}]", f"[models.{name}]\n{headers}")
        catalogue += f'[tasks.t-{name}]\nmodel = "{name}"\n'
    (work / "models.toml").write_text(catalogue)
    (work / ".env").write_text(f"LOCAL_API_KEY={KEY}\n")


OPTIONS = {
    "user_id": TEXTS["user"],
    "system_prompt": TEXTS["system"],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": TEXTS["tool"],
                "description": TEXTS["prompt"],
                "parameters": {"type": "object", "properties": {TEXTS["parameter"]: {"type": "string"}}},
            },
        }
    ],
}


def call_in_all_ways(service: AIService) -> None:
    """Whole answers and streams that end well, in an error, broken off, and given up."""
    for task in (f"t-{name}" for name in MODELS):
        for call in (
            lambda task=task: service.chat(task, TEXTS["prompt"], **OPTIONS),
            lambda task=task: list(service.stream(task, TEXTS["prompt"], **OPTIONS)),
            lambda task=task: anyio.run(lambda: service.achat(task, TEXTS["prompt"], **OPTIONS)),
        ):
            with suppress(ProviderError):
                call()
    stream = service.stream("t-m", TEXTS["prompt"], **OPTIONS)
    next(stream)
    stream.close()


def test_nothing_of_what_was_said_and_no_secret_is_in_any_file(server, work, ledger):
    """Whatever a server repeats in whichever field, no file of the ledger has it: log, freed pages and all."""
    planted(server, work)
    with AIService(retries=0) as service:
        call_in_all_ways(service)
        assert writers.writer_for(ledger).flush(60)
        assert Path(f"{ledger}-wal").stat().st_size
        assert_clean(ledger)
    sent = " ".join(json.dumps([request.headers, request.body]) for request in server.requests)
    assert all(text in sent for text in (KEY, HEADER, TEXTS["prompt"], TEXTS["parameter"]))
    writers.end_all(60)
    assert_clean(ledger)
    rows = read_calls(ledger)
    assert {row["outcome"] for row in rows} == {"ok", "failed", "cancelled"}
    assert all(re.fullmatch(r"[0-9a-f]{16}", row["user"]) for row in rows)
    file = LedgerFile(ledger)
    with file.exclusive() as connection:
        connection.execute("DELETE FROM calls")
    file.close()
    assert_clean(ledger)


def assert_clean(ledger: Path) -> None:
    """No canary in any file beside the ledger."""
    for path in ledger.parent.iterdir():
        content = path.read_bytes()
        place = content.find(WORD)
        assert place < 0, (path.name, content[max(0, place - 100) : place + 200])
