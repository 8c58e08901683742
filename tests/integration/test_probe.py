"""What `test --probe` finds out, how it judges, and what it costs: on a real server on loopback."""

import json
import struct
import threading
import tomllib
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from command_line import run_cli
from exchange_player import endpoint_of
from model_server import KEY, Answer, Request, Script, by_model, model_server, refusing
from ollama_server import OllamaServer
from projects import catalogue_of

from model_manager.config.workspace import open_workspace
from model_manager.core.models import Model
from model_manager.core.pricing import Price, Rates
from model_manager.errors import ExitCode
from model_manager.live_test import probing
from model_manager.live_test.call_costs import worst_case
from model_manager.live_test.probes import PROBES, flag, output_limit
from model_manager.live_test.report import Event, TestRequest
from model_manager.providers import wire_of
from model_manager.rendering.documents.probe import toml_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CAPABILITIES = {
    "chat",
    "streaming",
    "stream-usage",
    "system-prompt",
    "structured-output",
    "function-calling",
    "vision",
    "temperature",
}


def asked_for(request: Request) -> str:
    """Which probe a request is."""
    body = request.body
    marks = {
        "streaming": body.get("stream"),
        "structured-output": "response_format" in body,
        "function-calling": "tools" in body,
        "vision": isinstance(body["messages"][-1]["content"], list),
        "system-prompt": body["messages"][0]["role"] == "system",
    }
    return next((name for name, is_it in marks.items() if is_it), "temperature")


def call_tool(answer: Answer, name: str = "get_weather", arguments: str = '{"city": "Paris"}') -> None:
    """An answer that asks for a tool."""
    call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    answer.json(
        {
            "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
            "usage": usage,
        }
    )


TEXTS = {
    "system-prompt": "pineapple.",
    "structured-output": '{"name": "Anna", "age": 31}',
    "vision": "Left: Green, right: yellow",
    "temperature": "Hello.",
}


def capable(request: Request, answer: Answer) -> None:
    """A model that can do everything."""
    name = asked_for(request)
    if name == "streaming":
        answer.say(request, "1 ", "2 ", "3")
    elif name == "function-calling":
        call_tool(answer)
    else:
        answer.say(request, TEXTS[name])


def capable_but(capability: str, script: Script) -> Script:
    """A model that can do everything but one thing, where it does what the script says."""

    def run(request: Request, answer: Answer) -> None:
        (script if asked_for(request) == capability else capable)(request, answer)

    return run


def saying_there(text: str, finish: str = "stop") -> Script:
    return lambda request, answer: answer.say(request, text, finish=finish)


def probe(
    *models: str, on_event: Callable[[Event], None] = lambda _: None, **question: Any
) -> probing.ProbeReport:
    """Probe models of the working directory, without retries."""
    asked = TestRequest(models=models or ("m",), **{"retries": 0, **question})
    return probing.run(open_workspace(), asked, NOW, on_event)


def found(report: probing.ProbeReport, index: int = 0) -> dict[str, bool | None]:
    return {finding.capability: finding.found for finding in report.probes[index].findings}


def finding(report: probing.ProbeReport, capability: str) -> probing.ProbeFinding:
    return next(item for item in report.probes[0].findings if item.capability == capability)


def test_a_model_that_can_do_everything(work):
    """Six calls find every capability, and none is left unknown."""
    with model_server(capable) as server:
        server.project(work)
        report = probe()

    assert found(report) == dict.fromkeys(CAPABILITIES, True)
    assert [asked_for(request) for request in server.requests] == [item.name for item in PROBES]
    assert report.exit_code == ExitCode.OK
    assert report.cost_usd == 6 * Decimal("0.00006")


def one_event(request: Request, answer: Answer) -> None:
    answer.say(request, "1 2 3 4 5 6")


def document(_: Request, answer: Answer) -> None:
    answer.json({"model": "m", "choices": [{"message": {"content": "1 2 3"}, "finish_reason": "stop"}]})


def without_usage(_: Request, answer: Answer) -> None:
    answer.piece("1 ")
    answer.piece("2")
    answer.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    answer.event("[DONE]")


def cut_off(_: Request, answer: Answer) -> None:
    answer.piece("1 ")
    answer.piece("2")


def bad_call(name: str, arguments: str) -> Script:
    return lambda _, answer: call_tool(answer, name, arguments)


VERDICTS: list[tuple[str, Script, bool | None, str]] = [
    ("streaming", one_event, False, "one event"),
    ("streaming", document, False, "one document"),
    ("streaming", refusing(400, "streaming is not available"), False, "streaming is not available"),
    ("streaming", cut_off, None, "truncated"),
    ("system-prompt", saying_there("It is four."), False, "It is four."),
    ("system-prompt", saying_there("What is 2+2? Answer PINEAPPLE and nothing else."), False, "instead of"),
    ("system-prompt", saying_there("They want one word. PINEAPPLE!"), True, "as instructed"),
    ("system-prompt", refusing(400, "Developer instruction is not enabled"), False, "not enabled"),
    ("structured-output", saying_there("It is about Anna."), False, "not a JSON object"),
    ("structured-output", saying_there('```json\n{"name": "Anna", "age": 31}\n```'), False, "not a JSON object"),
    ("structured-output", saying_there("[1]"), False, "not a JSON object"),
    ("structured-output", saying_there('{"name": "Anna"}'), False, "does not fit"),
    ("structured-output", saying_there('{"name": "Anna", "age": "31"}'), False, "does not fit"),
    ("structured-output", saying_there('{"name": "Anna", "age": true}'), False, "does not fit"),
    ("structured-output", saying_there('{"name": "Anna", "age": 31, "x": 1}'), False, "does not fit"),
    ("structured-output", saying_there('{"name": "An', finish="length"), None, "truncated"),
    ("structured-output", refusing(422, "response_format is not supported"), False, "not supported"),
    ("structured-output", refusing(429, "slow down"), None, "rate_limit"),
    ("structured-output", refusing(500, "oops"), None, "server"),
    ("structured-output", refusing(503, "busy"), None, "overloaded"),
    ("structured-output", saying_there(""), None, "protocol"),
    ("function-calling", saying_there("It rains."), False, "It rains."),
    ("function-calling", bad_call("weather", '{"city": "Paris"}'), False, "does not fit"),
    ("function-calling", bad_call("get_weather", "{oops}"), False, "does not fit"),
    ("function-calling", bad_call("get_weather", "{"), None, "truncated"),
    ("function-calling", bad_call("get_weather", '{"city": 1}'), False, "does not fit"),
    ("function-calling", refusing(404, "No endpoints found that support tool use"), False, "tool use"),
    ("vision", saying_there("Red and blue"), False, "Red and blue"),
    ("vision", saying_there("Yellow"), False, "Yellow"),
    ("vision", refusing(500, "image input is not supported"), False, "not supported"),
    ("vision", refusing(400, "flagged", "content_policy_violation"), None, "content_filter"),
    ("temperature", refusing(400, "I do not like it"), False, "I do not like it"),
]


@pytest.mark.parametrize(("capability", "script", "verdict", "words"), VERDICTS)
def test_verdicts(work, capability, script, verdict, words):
    """An answer without the capability or a refusal of it is a no; a fault leaves it unknown, with its kind."""
    with model_server(capable_but(capability, script)) as server:
        server.project(work)
        report = probe()

    item = finding(report, capability)
    assert item.found is verdict
    kind = item.error.kind if item.error else "truncated"
    assert words in (kind if verdict is None else item.evidence)
    own = {capability, "stream-usage"} if capability == "streaming" else {capability}
    others = {name: value for name, value in found(report).items() if name not in own}
    assert others == dict.fromkeys(CAPABILITIES - own, True)


def test_a_stream_without_usage(work):
    """A stream that reports no tokens is one all the same."""
    with model_server(capable_but("streaming", without_usage)) as server:
        server.project(work)
        report = probe()

    assert (found(report)["streaming"], found(report)["stream-usage"]) == (True, False)


def dislikes_temperature(request: Request, answer: Answer) -> None:
    if "temperature" in request.body:
        answer.refuse(400, "Unsupported value: 'temperature' does not support 0.5", "unsupported_value")
    else:
        capable(request, answer)


def test_a_temperature_that_is_fitted_away(work):
    """A model that answers only once the temperature is left out does not take one."""
    with model_server(dislikes_temperature) as server:
        server.project(work)
        report = probe()

    item = finding(report, "temperature")
    assert (item.found, item.catalogue, item.relation) == (False, True, "differs")
    assert report.probes[0].catalogue_entry["parameters"] == {"temperature": False}


def test_a_temperature_that_the_catalogue_denies(work):
    """The probe sends a temperature even where the catalogue keeps it from being sent, and says so if it works."""
    with model_server(capable) as server:
        server.project(work, parameters="{ temperature = false }")
        report = probe()

    item = finding(report, "temperature")
    assert (item.found, item.catalogue, item.relation) == (True, False, "differs")
    assert [request.body["temperature"] for request in server.requests if "temperature" in request.body] == [0.5]


FAILURES = [
    (refusing(401, "wrong key"), "auth", 1, ExitCode.REFUSED),
    (refusing(402, "pay"), "quota", 1, ExitCode.REFUSED),
    (refusing(403, "not yours"), "permission", 1, ExitCode.REFUSED),
    (refusing(404, "no such model"), "not_found", 1, ExitCode.FAILED),
    (refusing(400, "no"), "bad_request", 6, ExitCode.FAILED),
    (refusing(429, "slow down"), "rate_limit", 6, ExitCode.UNAVAILABLE),
    (refusing(503, "busy"), "overloaded", 6, ExitCode.UNAVAILABLE),
]


@pytest.mark.parametrize(("script", "kind", "calls", "code"), FAILURES)
def test_a_model_that_never_answers(work, script, kind, calls, code):
    """Nothing is found out about it, a hopeless failure ends the probes, and the exit code is that of `test`."""
    with model_server(script) as server:
        server.project(work)
        report = probe()

    assert found(report) == dict.fromkeys(CAPABILITIES, None)
    assert {item.error.kind for item in report.probes[0].findings if item.error} == {kind}
    assert (len(server.requests), report.exit_code) == (calls, code)
    assert toml_of(report.probes[0]) is None


def test_without_a_key_nothing_is_sent(work):
    """A key that is missing leaves everything unknown."""
    with model_server(capable) as server:
        (work / "models.toml").write_text(server.catalogue())
        report = probe()

    assert (found(report)["chat"], report.exit_code, server.requests) == (None, ExitCode.REFUSED, [])


def test_an_assignment_to_nothing(work):
    """A name that an assignment has and the catalogue has not is a model about which nothing is known."""
    with model_server(capable) as server:
        server.project(work)
        (work / ".env").write_text("AI_CHAT_MODEL=gone\n")
        report = probing.run(open_workspace(), TestRequest(task="chat", retries=0), NOW, lambda _: None)

    assert (found(report)["chat"], report.exit_code) == (None, ExitCode.FAILED)
    assert finding(report, "chat").error.kind == "not_found"
    assert report.probes[0].target.name == "gone"
    assert server.requests == []


# The catalogue

KNOWN = """
[models.m]
capabilities = ["chat", "audio", "vision"]
lacks = ["pdf", "function-calling"]
"""


def test_relations(work):
    """A finding agrees with the catalogue, differs from it, is new to it, or is none of its words."""
    with model_server(capable_but("vision", saying_there("I see nothing"))) as server:
        server.project(work)
        text = (work / "models.toml").read_text()
        (work / "models.toml").write_text(text.replace("[models.m]\n", KNOWN.lstrip()))
        report = probe()

    assert {item.capability: item.relation for item in report.probes[0].findings} == {
        "chat": "agrees",
        "streaming": "new",
        "stream-usage": None,
        "system-prompt": None,
        "structured-output": "new",
        "function-calling": "differs",
        "vision": "differs",
        "temperature": "agrees",
    }


def test_the_toml_makes_the_catalogue_right(work):
    """What is to be pasted, laid over the catalogue, has every finding and keeps what was not probed."""
    script = capable_but("vision", saying_there("I see nothing"))
    with model_server(script) as server:
        server.project(work)
        text = (work / "models.toml").read_text().replace("[models.m]\n", KNOWN.lstrip())
        (work / "models.toml").write_text(text)
        report = probe()

    entry = tomllib.loads(toml_of(report.probes[0]))["models"]["m"]
    lines = [line for line in text.splitlines() if not line.startswith(("capabilities", "lacks"))]
    own = f"[models.m]\ncapabilities = {entry['capabilities']}\nlacks = {entry['lacks']}"
    model = catalogue_of("\n".join(lines).replace("[models.m]", own)).models["m"]

    assert set(model.capabilities) == {"chat", "audio", "streaming", "structured-output", "function-calling"}
    assert set(model.lacks) == {"pdf", "vision"}
    assert set(entry) == {"capabilities", "lacks"}


# Money


def test_no_call_above_the_limit(work):
    """With --max-cost the calls that could bring the sum above it are not made, and are unknown for that."""
    with model_server(capable) as server:
        server.project(work)
        report = probe(max_cost=Decimal("0.012"), max_tokens=1000)

    kinds = {item.error.kind for item in report.probes[0].findings if item.error}
    assert kinds == {"budget"}
    assert 0 < len(server.requests) < 6
    assert report.cost_usd <= Decimal("0.012")
    assert found(report)["vision"] is None
    assert report.exit_code == ExitCode.FAILED


def test_the_worst_case(work):
    """It is known before any call, covers what the calls cost, and is unknown without a price."""
    with model_server(capable) as server:
        server.project(work, "m", "n")
        report = probe("m", "n")
        one, both = (
            probing.worst_case_of(open_workspace(), TestRequest(models=names), NOW)
            for names in (["m"], ["m", "n"])
        )
        text = server.catalogue().replace("[models.m.price]\ninput = 1\noutput = 10\n", "")
        (work / "models.toml").write_text(text)
        unknown = probing.worst_case_of(open_workspace(), TestRequest(models=["m"]), NOW)

    assert both == 2 * one == report.worst_case_usd
    assert report.cost_usd < both
    # Six answers of 1,000 tokens at $10, a picture, and some prompt at $1.
    assert Decimal("0.0685") < one < Decimal("0.08")
    assert unknown is None


@pytest.mark.parametrize("item", PROBES, ids=lambda item: item.name)
def test_the_worst_case_has_room_for_the_whole_request(item):
    """The prompt of the worst case has a token for each byte that is sent, pictures left out."""
    endpoint = endpoint_of("openai", price=Price(rates=Rates(input=Decimal(1), output=Decimal(0))))
    call = wire_of("openai").build_call(
        endpoint, [replace(each, images=()) for each in item.messages], item.options
    )
    most = worst_case(endpoint, item.messages, replace(item.options, max_tokens=1), NOW)

    assert most * 10**6 >= len(json.dumps({**call.body, "stream_options": None}))


@pytest.mark.parametrize(
    ("model", "limit"),
    [
        ({}, 1024),
        ({"capabilities": ("reasoning",)}, 1024),
        ({"lacks": ("reasoning",)}, 256),
        ({"lacks": ("reasoning",), "max_output": 100}, 100),
    ],
)
def test_the_output_limit(model, limit):
    """A probe asks for few tokens, but for more where the model may reason first, and never for more than it gives."""
    assert output_limit(Model(id="m", name="M", provider="p", model_id="m", **model)) == limit


def test_the_asked_limit_wins(work):
    """--max-tokens is the limit of every call."""
    with model_server(capable) as server:
        server.project(work)
        probe(max_tokens=77)

    assert {request.body["max_tokens"] for request in server.requests} == {77}


# Running


def test_models_are_probed_at_the_same_time(work):
    """The first calls of two models are under way together."""
    together = threading.Barrier(2, timeout=20)

    def script(request: Request, answer: Answer) -> None:
        if asked_for(request) == "streaming":
            together.wait()
        capable(request, answer)

    with model_server(script) as server:
        server.project(work, "a", "b")
        report = probe("a", "b")

    assert [found(report, index)["streaming"] for index in (0, 1)] == [True, True]


def test_the_calls_of_a_model_follow_each_other(work):
    """A model never has two probes at a time."""
    running, most, lock, never = 0, 0, threading.Lock(), threading.Event()

    def script(request: Request, answer: Answer) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        never.wait(0.02)  # time for another one to come
        with lock:
            running -= 1
        capable(request, answer)

    with model_server(script) as server:
        server.project(work)
        probe()

    assert (len(server.requests), most) == (6, 1)


def test_interrupted(work):
    """Ctrl-C keeps what was found; the rest is unknown."""

    def interrupt(event: Event) -> None:
        if event.kind == "finished":
            raise KeyboardInterrupt

    with model_server(capable) as server:
        server.project(work)
        report = probe(on_event=interrupt)

    assert report.exit_code == ExitCode.INTERRUPTED
    assert found(report)["streaming"] is True
    assert finding(report, "temperature").error.kind == "cancelled"


def test_every_call_is_reported(work):
    """Each probe starts and finishes once, those that are left out for a hopeless failure included."""
    events: list[Event] = []
    with model_server(refusing(401, "wrong key")) as server:
        server.project(work)
        probe(on_event=events.append)

    assert [event.kind for event in events] == ["started", "finished"] * 6
    assert sorted({event.index for event in events}) == list(range(6))


def test_a_key_is_not_cut_in_two(work):
    """Evidence that ends inside a key that the server repeats, hidden by an escape, shows nothing of it."""

    def script(_: Request, answer: Answer) -> None:
        text = "x" * 70 + f"\\u{ord(KEY[0]):04x}{KEY[1:]}"
        choice = {"message": {"content": "TEXT"}, "finish_reason": "stop"}
        answer.json(json.dumps({"model": "m", "choices": [choice]}).replace("TEXT", text).encode())

    with model_server(capable_but("system-prompt", script)) as server:
        server.project(work)
        report = probe()

    assert KEY[:6] not in repr(report)
    assert "***" in finding(report, "system-prompt").evidence


# The other wires


@pytest.mark.parametrize(
    ("wire", "path", "has"),
    [
        ("openai", "openai", {"structured-output"}),
        ("gemini", "gemini", {"structured-output"}),
        # It knows but the old name of Anthropic's field.
        ("anthropic", "anthropic", set()),
    ],
)
def test_a_mock_of_each_provider(work, llmock, wire, path, has):
    """A server that streams, calls tools and keeps to schemas, but sees nothing, is found to be so on each wire."""
    toml = f'[providers.p]\nwire = "{wire}"\nbase_url = "{llmock.base_url(path)}"\nkey = "none"\n[models.m]\nprovider = "p"\n'
    (work / "models.toml").write_text(toml)
    report = probe()

    yes = {"chat", "streaming", "stream-usage", "function-calling", "temperature", *has}
    answers = found(report)
    answers.pop("system-prompt")  # it may echo the prompt
    assert {name for name, value in answers.items() if value} == yes
    assert None not in answers.values()
    llmock.assert_resilient(strict=True)


def test_ollama(work):
    """Ollama's requests carry picture, schema and tool; a server that says the same to all can but stream."""
    with OllamaServer() as server:
        toml = f'[providers.p]\nwire = "ollama"\nbase_url = "{server.url}"\nkey = "none"\n[models.m]\nprovider = "p"\nmodel_id = "asked-1"\n'
        (work / "models.toml").write_text(toml)
        report = probe()
        bodies = [body for _, _, body in server.requests]

    assert {name for name, value in found(report).items() if value} == {
        "chat",
        "streaming",
        "stream-usage",
        "temperature",
    }
    assert len(bodies) == 6
    assert [body["messages"][0].get("images", []) != [] for body in bodies].count(True) == 1
    assert [("format" in body, "tools" in body) for body in bodies].count((True, False)) == 1
    assert [("format" in body, "tools" in body) for body in bodies].count((False, True)) == 1


# The picture


def test_the_picture_is_a_picture():
    """The PNG has two halves, green and yellow, in rows of the stated width."""
    data, kinds, pixels = flag(8), [], b""
    position = 8
    while position < len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        content = data[position + 8 : position + 8 + size]
        assert struct.unpack_from(">I", data, position + 8 + size)[0] == zlib.crc32(kind + content)
        kinds.append(kind)
        pixels += content if kind == b"IDAT" else b""
        position += 12 + size

    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack_from(">II", data, 16) == (8, 8)
    assert zlib.decompress(pixels) == (b"\0" + b"\0\x80\0" * 4 + b"\xff\xff\0" * 4) * 8
    assert len(flag()) < 2000


# The command line


def test_the_json(work):
    """The object holds every finding with the catalogue's word for it, the evidence, and the TOML to paste."""
    script = capable_but("vision", refusing(429, "slow down", Retry_After="0"))
    with model_server(by_model({"m": script, "n": capable})) as server:
        server.project(work, "m", "n")
        result = run_cli("test", "--probe", "-m", "m", "-m", "n", "--json", "--retries", "0")

    document = result.json
    assert set(document) == {"schema", "probes", "worst_case_usd", "cost_usd"}
    first = document["probes"][0]
    assert set(first) == {
        "model",
        "provider",
        "model_id",
        "capabilities",
        "cost_usd",
        "key_env",
        "warnings",
        "toml",
    }
    by_name = {item["capability"]: item for item in first["capabilities"]}
    assert set(by_name) == CAPABILITIES
    assert by_name["chat"] == {
        "capability": "chat",
        "catalogue": None,
        "found": True,
        "relation": "new",
        "evidence": "answered 5 of 6 probes",
        "error": None,
    }
    assert by_name["vision"]["found"] is None
    assert by_name["vision"]["error"]["kind"] == "rate_limit"
    assert (document["cost_usd"], first["cost_usd"]) == (0.00066, 0.0003)
    assert "vision" not in first["toml"]
    assert tomllib.loads(document["probes"][1]["toml"])["models"]["n"]["lacks"] == []
    assert result.exit_code == 5
    assert "Error: m: rate_limit: local answered HTTP 429" in result.stderr


def test_the_table(work):
    """The table says what differs, then comes TOML that can be pasted; what it may cost is said before on stderr."""
    with model_server(capable_but("vision", saying_there("\x1b[31mnothing[/] at all"))) as server:
        server.project(work)
        result = run_cli("test", "m", "--probe")

    assert result.exit_code == 0
    assert result.stderr.splitlines()[0].startswith("6 small calls for $0.0")
    assert "Keys: LOCAL_API_KEY" in result.stderr
    assert next(line for line in result.lines if "vision" in line).split()[:4] == [
        "vision",
        "unknown",
        "no",
        "new",
    ]
    assert "\\x1b[31mnothing[/] at all" in result.stdout
    table, _, toml = result.stdout.partition("# Add to models.toml")
    assert tomllib.loads(f"#{toml}")["models"]["m"]["lacks"] == ["vision"]
    assert "$0.00036 total" in table


def test_nothing_to_paste(work):
    """A catalogue that is right is left alone, and a price that is unknown is said to be."""
    with model_server(capable) as server:
        server.project(work)
        text = (work / "models.toml").read_text()
        words = json.dumps(["chat", "streaming", "structured-output", "function-calling", "vision"])
        text = text.replace("[models.m]\n", f"[models.m]\ncapabilities = {words}\n")
        (work / "models.toml").write_text(text.replace("[models.m.price]\ninput = 1\noutput = 10\n", ""))
        result = run_cli("test", "m", "--probe")

    assert result.exit_code == 0
    assert "models.toml" not in result.stdout
    assert "6 small calls at an unknown cost" in result.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["Hello"], "a prompt"),
        (["--system", "x"], "--system"),
        (["--no-stream"], "--no-stream"),
        (["--temperature", "1"], "--temperature"),
        (["--repeat", "2"], "--repeat"),
        (["--curl"], "--curl"),
    ],
)
def test_what_a_probe_decides_itself(work, words, named):
    """An option that the probes have their own mind about is wrong usage, and nothing is sent."""
    with model_server(capable) as server:
        server.project(work)
        result = run_cli("test", "m", "--probe", *words)

    assert (result.exit_code, server.requests) == (2, [])
    assert f"--probe sends its own prompts and cannot be combined with {named}" in result.stderr
    assert Path(".env").exists()
