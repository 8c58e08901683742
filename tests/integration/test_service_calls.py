"""What applications call: one form for every provider, sync and async, whole and streamed, with tools and pictures."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from llmock.scenarios import Reply as Scripted
from llmock.scenarios import ToolCall as ScriptedCall
from model_server import ModelServer, model_server, saying
from ollama_server import OllamaServer
from service_calls import WAYS, ask, chunks, project

from model_manager import (
    AIService,
    AnswerFormat,
    ChatMessage,
    Image,
    ProviderError,
    Tool,
    ToolCall,
    UsageError,
)

#: A model of each provider that llmock speaks and the embedded catalogue has.
AT_LLMOCK = {
    "anthropic": "claude-haiku-5-5",
    "openai": "gpt-6-luna",
    "google": "gemini-3.8-flash",
    "groq": "groq/gpt-oss-20b",
}
PIXEL = Image(b"\x89PNG\r\n\x1a\n", "image/png")
WEATHER = Tool(
    name="weather",
    description="The weather of a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, llmock: Any) -> Any:
    """A server in place of every provider, with keys that it does not check."""
    urls = {
        "ANTHROPIC_BASE_URL": llmock.base_url("anthropic"),
        "OPENAI_BASE_URL": llmock.base_url("openai"),
        "GOOGLE_GEMINI_BASE_URL": llmock.base_url("gemini"),
        "GROQ_BASE_URL": llmock.base_url("groq").removesuffix("/openai/v1"),
    }
    for name, url in urls.items():
        monkeypatch.setenv(name, url)
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GOOGLE_API_KEY", "GROQ_API_KEY"):
        monkeypatch.setenv(name, "kq7-0123456789abcdef")
    return llmock


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server(saying("Hello ", "there", usage=(100, 20))) as running:
        yield running


@pytest.fixture
def service(server: ModelServer, work: Path) -> Iterator[AIService]:
    lacking = 'lacks = ["vision", "function-calling", "structured-output", "streaming"]'
    project(work, server.url, ["m", "weak"], {"t": "m"}, weak=lacking)
    with AIService() as running:
        yield running


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("model", AT_LLMOCK.values(), ids=AT_LLMOCK)
@pytest.mark.usefixtures("work")
def test_every_provider_answers_alike(keys, way, model):
    """Text, finish, usage, exact cost, times, attempts and route come the same way from all of them."""
    keys.reply("Grüß dich 🎬")
    with AIService() as service:
        reply = ask(service, way, "chat", "Hello", route=model, max_tokens=64)
        price = next(found for found in service.list_models() if found.id == model).price
    assert (reply.text, reply.model, reply.finish_reason, reply.attempts) == ("Grüß dich 🎬", model, "stop", 1)
    assert (reply.route, reply.reason, reply.complete) == (model, "the route's only model", True)
    usage, rates = reply.usage, price.on(datetime.now(UTC))
    assert reply.cost_usd == (usage.input_tokens * rates.input + usage.output_tokens * rates.output) / 10**6
    assert reply.latency_ms > 0
    assert (reply.ttft_ms is not None) == ("stream" in way)
    keys.assert_resilient(strict=True)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("model", AT_LLMOCK.values(), ids=AT_LLMOCK)
@pytest.mark.usefixtures("work")
def test_tools_are_called_and_their_results_understood(keys, way, model):
    """A tool call comes back with its arguments; with its result the conversation goes on, on every wire."""
    keys.add(Scripted(text=None, tool_calls=(ScriptedCall("weather", {"city": "Oslo"}),), times=1))
    keys.reply("Wear a coat.")
    messages = [ChatMessage("user", "What do I wear in Oslo?")]
    with AIService() as service:
        first = ask(service, way, "chat", messages, route=model, tools=[WEATHER])
        assert first.finish_reason == "tool_calls"
        (call,) = first.tool_calls
        assert (call.name, json.loads(call.arguments)) == ("weather", {"city": "Oslo"})
        messages += [first.message, ChatMessage.tool_result(call, "4 degrees, rain")]
        assert ask(service, way, "chat", messages, route=model, tools=[WEATHER]).text == "Wear a coat."
    assert "4 degrees, rain" in json.dumps(keys.requests[-1].body)


@pytest.mark.parametrize("way", WAYS)
def test_ollama_answers_like_the_others(way, work):
    """The native wire of Ollama takes the same path."""
    with OllamaServer() as server:
        text = f'[providers.here]\nwire = "ollama"\nbase_url = "{server.url}"\nkey = "none"\n'
        text += '[models.local]\nprovider = "here"\nmodel_id = "asked-1"\n[models.local.price]\ninput = 0\noutput = 0\n'
        (work / "models.toml").write_text(text + '[tasks.t]\nmodel = "local"\n')
        with AIService() as service:
            reply = ask(service, way, "t")
    assert (reply.text, reply.cost_usd, reply.usage.input_tokens) == ("Grüß dich 🎬", 0, 12)


@pytest.mark.parametrize("way", WAYS)
def test_a_reply_says_what_it_cost_and_how_it_came(service, way):
    """The fields of a reply, to the last digit of its cost."""
    pieces, reply = chunks(service, way, "t")
    assert reply.text == "Hello there"
    assert pieces == (["Hello ", "there"] if "stream" in way else ["Hello there"])
    assert reply.cost_usd == Decimal("0.000300")
    assert (reply.provider, reply.model_id, reply.served_model, reply.match) == ("at-m", "m", "m", "exact")
    assert (reply.request_id, reply.cost_source, reply.warnings) == (
        None if "stream" in way else "r",
        "catalogue",
        (),
    )


def test_one_given_model_and_routes_of_the_caller(service):
    """A model by its name or as the catalogue's value, or a whole route, without a task."""
    model = service.get_model_for_task("t")
    for named in ("m", "at-m/m", model, "m,weak"):
        assert service.create_chat_completion(named, "Hello").model == "m"
    reply = asyncio.run(service.acreate_chat_completion("m", [("user", "Hello")], system_prompt="Be brief."))
    assert reply.text == "Hello there"


def test_what_is_said_arrives(service, server):
    """Every form of a conversation becomes the same request."""
    wanted = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello"}]
    for messages in (
        "Hello",
        ("user", "Hello"),
        [("user", "Hello")],
        ChatMessage("user", "Hello"),
        [{"role": "user", "content": "Hello"}],
        ({"role": "user", "content": [{"type": "text", "text": "Hello"}]},),
    ):
        service.chat("t", messages, system_prompt="Be kind.")
        assert server.requests[-1].body["messages"] == wanted
    service.chat("t", [("system", "Be kind."), ("user", "Hello")], max_tokens=7, temperature=0.5)
    body = server.requests[-1].body
    assert (body["messages"], body["max_tokens"], body["temperature"]) == (wanted, 7, 0.5)


def test_pictures_and_formats_arrive(service, server):
    """Pictures become data URLs, a schema a response format; a pydantic model's schema will do."""

    class City:
        @classmethod
        def model_json_schema(cls) -> dict[str, Any]:
            return {"type": "object"}

    said = ChatMessage("user", "What is this?", images=(PIXEL,))
    for form in (
        {"type": "object"},
        AnswerFormat(schema={"type": "object"}),
        {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}},
        City,
    ):
        service.chat("t", said, response_format=form)
        body = server.requests[-1].body
        assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    parts = body["messages"][0]["content"]
    url = parts[1]["image_url"]["url"]
    assert url == "data:image/png;base64,iVBORw0KGgo="
    service.chat("t", {"role": "user", "content": parts})
    assert server.requests[-1].body["messages"][0]["content"] == parts


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("options", "messages", "capability"),
    [
        ({"tools": [WEATHER]}, "Hello", "function-calling"),
        ({"response_format": {"type": "object"}}, "Hello", "structured-output"),
        ({}, ChatMessage("user", "Look", images=(PIXEL,)), "vision"),
        ({}, [("user", "x"), ChatMessage("assistant", "", tool_calls=(ToolCall(name="f"),))], "function-calling"),
    ],
)
def test_a_model_that_lacks_what_is_asked_for_is_not_called(  # noqa: PLR0917 - a table's columns
    service, server, way, options, messages, capability
):
    """What the catalogue knows a model to lack is refused before anything is sent, or another option takes it."""
    with pytest.raises(ProviderError) as caught:
        ask(service, way, "t", messages, route="weak", **options)
    assert (caught.value.kind, caught.value.attempts) == ("bad_request", 0)
    assert f"weak lacks {capability}" in caught.value.message
    assert server.requests == []
    assert ask(service, way, "t", messages, route="weak,m", **options).model == "m"


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_model_that_cannot_stream_is_not_asked_to(service, server, way):
    """Its whole answer comes as one piece."""
    assert chunks(service, way, "t", route="weak")[0] == ["Hello there"]
    assert server.requests[-1].body["stream"] is False


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ("", None),
        ([], "nothing to answer"),
        ([("system", "x")], "nothing to answer"),
        ([("robot", "x")], "message 1: expected a message"),
        ([ChatMessage("robot", "x")], "message 1: the role is 'robot'"),
        (["Hello"], "message 1: expected a message, got str"),
        ([("user", "a"), 3], "message 2: expected a message, got int"),
        (3, "expected text or messages, got int"),
        ([{"role": "user", "content": 3}], "message 1: the content is int"),
        ([ChatMessage("user", None)], "message 1: the content is NoneType"),
        ([{"role": "user", "content": [{"type": "audio"}]}], "neither text nor a file of a known type"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "/home/y.png"}}]}],
            "an image must be a URL, or a data URL",
        ),
        ([{"role": "tool", "content": "x"}], "which call it answers"),
        ([{"role": "assistant", "tool_calls": [{"id": "1"}]}], "message 1: a tool call is not in"),
        ([{"role": "assistant", "tool_calls": [{"function": "f"}]}], "message 1: a tool call is not in"),
        ([ChatMessage("assistant", "x", tool_calls=("f",))], "message 1: a tool call is not a ToolCall"),
        ([ChatMessage("user", "x", images=("cat.png",))], "message 1: an image is not an Image"),
        ([ChatMessage("user", "x", images=(Image("text"),))], "message 1: the Image does not hold bytes"),
    ],
)
def test_messages_that_are_none_are_refused(service, messages, words):
    """What cannot be a conversation is named with its position, before anything is sent."""
    if words is None:
        assert service.chat("t", messages).text == "Hello there"
        return
    with pytest.raises(UsageError, match=words):
        service.chat("t", messages)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"temperature": -1}, "temperature"),
        ({"retries": -1}, "retries"),
        ({"timeout": 0}, "timeout"),
        ({"total_timeout": float("nan")}, "total_timeout"),
        ({"max_token": 3}, "unknown option max_token"),
        ({"max_tokens": 1.5}, "`max_tokens`: expected a whole number"),
        ({"temperature": float("inf")}, "temperature"),
        ({"route": 3}, "`route`: expected text"),
        ({"max_tokens": 10**400}, "max_tokens"),
        ({"total_timeout": 1e300}, "total_timeout"),
        ({"system_prompt": 3}, "`system_prompt`: expected text"),
        ({"tools": 3}, "`tools`: expected tools"),
        ({"tools": [{"x": 1}]}, "tool 1"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {"type": "json_object", "schema": 1}}, "response_format"),
    ],
)
@pytest.mark.parametrize("call", ["chat", "stream", "astream", "create_chat_completion"])
def test_options_that_cannot_be_are_refused(service, call, options, words):
    """Wrong options are refused when the call is made, also of streams that nobody has read yet."""
    with pytest.raises(UsageError, match=words):
        getattr(service, call)("t" if "create" not in call else "m", "Hello", **options)


@pytest.mark.parametrize(
    "question",
    [
        lambda service: service.get_model_for_task(["t"]),
        lambda service: service.get_model_for_task("t", preference=["fast"]),
        lambda service: service.create_chat_completion(["m"], "Hello"),
        lambda service: service.create_chat_completion("m", "Hello", route="m"),
        lambda service: service.create_chat_completion("m", "Hello", preference="fast"),
        lambda service: service.chat("t", "Hello", tools=[Tool(name="f", parameters=3)]),
        lambda service: service.find_models(3),
        lambda service: service.find_models([3]),
        lambda service: service.find_models(provider=[]),
        lambda service: service.find_models(min_context="big"),
        lambda service: service.estimate_cost("m", input_tokens=-5, output_tokens=3),
        lambda service: service.estimate_cost("m", input_tokens=1.5, output_tokens=3),
        lambda service: service.estimate_cost(["m"], input_tokens=1, output_tokens=3),
        lambda _: AIService(user_preferences=["fast"]),
        lambda _: AIService(env_files="missing.env"),
    ],
)
def test_questions_that_cannot_be_meant_are_refused(service, question):
    """Wrong types and numbers are the caller's mistakes, and are named as such."""
    with pytest.raises(UsageError):
        question(service)


def test_very_long_times_are_times(service):
    """A limit of centuries is as good as none, for threads and for tasks."""
    for way in WAYS:
        assert ask(service, way, "t", timeout=1e10, total_timeout=1e10).text == "Hello there"


def test_what_json_has_no_form_for_is_refused(service, server):
    """A schema with something strange in it is the caller's mistake, and is not sent."""
    with pytest.raises(UsageError, match="cannot be written as JSON"):
        service.chat("t", "Hello", tools=[Tool(name="f", parameters={"x": object()})])
    with pytest.raises(UsageError, match="a task's name must be a string"):
        service.chat(3, "Hello")
    with pytest.raises(UsageError, match="unknown option stream"):
        service.chat("t", "Hello", stream=True)
    assert server.requests == []


def test_what_does_not_exist_is_named_with_what_was_meant(service):
    """A task or model that is misspelt is refused with the nearest name."""
    with pytest.raises(UsageError, match="there is no task 'tt'") as caught:
        service.chat("tt", "Hello")
    assert caught.value.hint == "did you mean t?"
    with pytest.raises(ProviderError, match="mm is not in the catalogue"):
        service.create_chat_completion("mm", "Hello")


def test_models_are_listed_found_and_priced(service):
    """The catalogue's questions: all models, those that offer something, and what a call would cost."""
    listed = {model.id for model in service.list_models()}
    assert {"m", "weak", "claude-haiku-5-5"} <= listed
    assert "gpt-4-turbo" not in listed
    seeing = service.find_models(["vision", "streaming"], max_price="0.5", min_context=200_000)
    assert seeing
    assert all(model.has("vision") and model.context_window >= 200_000 for model in seeing)
    assert service.find_models(provider="at-m") == (service.get_model_for_task("t"),)
    assert {model.id for model in service.find_models(ready=True)} >= {"m", "weak"}
    assert all(model.recommended for model in service.find_models(recommended=True))
    assert "gpt-4-turbo" in {model.id for model in service.find_models(retired=True)}
    for wrong, words in (
        ({"capabilities": ["sight"]}, "there is no capability"),
        ({"provider": "nobody"}, "there is no provider"),
        ({"max_price": "cheap"}, "`max_price`: 'cheap' is not a valid amount"),
    ):
        with pytest.raises(UsageError, match=words):
            service.find_models(**wrong)
    assert service.estimate_cost("m", input_tokens=1000, output_tokens=100) == Decimal("0.002000")
    assert service.estimate_cost("t", "x" * 4000, output_tokens=100) == Decimal("0.002000")
    assert service.estimate_cost("t") is None


def test_the_profile_of_a_task_prices_it(work, server):
    """Without counts, a task's own profile says what a call of it is."""
    project(work, server.url, ["m"], {"t": "m"}, "[tasks.t.profile]\ninput_tokens = 2000\noutput_tokens = 300\n")
    with AIService() as service:
        assert service.estimate_cost("t") == Decimal("0.005")


def test_a_retired_model_is_called_with_a_warning(work, server):
    """The call is made; the reply says that the model's time is over."""
    project(work, server.url, ["old"], {"t": "old"}, old="retires = 2026-01-01")
    with AIService() as service:
        assert service.chat("t", "Hello").warnings == ("old retired on 2026-01-01",)


def test_keys_are_not_in_what_an_application_logs(work, server):
    """No repr of the service, a reply or an error has the key in it."""
    server.project(work, "m")
    with AIService() as service:
        reply = service.create_chat_completion("m", "Hello")
        shown = repr((service, vars(service), reply, service.get_model_for_task("chat")))
    assert "kq7-wWx4" not in shown


def test_headers_of_a_call_do_not_replace_a_key_in_a_header_of_the_catalogue(work):
    """A key that the catalogue sends in a header of its own is kept, whatever a call adds; other headers are added."""
    with model_server(saying("fine")) as server:
        server.project(work)
        models = work / "models.toml"
        headers = 'parameters = { headers = { X-Gateway-Api-Key = "kq7-gateway-key", x-region = "eu" } }\n'
        models.write_text(models.read_text().replace("[models.m]", f"{headers}[models.m]", 1))
        with AIService(trust=True) as service:
            with pytest.raises(UsageError, match="x-gateway-api-key holds a key in the catalogue"):
                service.create_chat_completion("m", "Hello", extra_headers={"X-Gateway-API-Key": "other"})
            assert server.requests == []
            service.create_chat_completion("m", "Hello", extra_headers={"x-region": "us"})
    sent = server.requests[0].headers
    assert (sent["x-gateway-api-key"], sent["x-region"]) == ("kq7-gateway-key", "us")
