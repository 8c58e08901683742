"""The public names: few, loaded on demand, documented with examples that run, and typed for mypy and pyright."""

import doctest
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import get_args, get_type_hints

import pytest
from command_line import environment
from model_server import model_server, saying
from readme import APPLICATION, README

import model_manager
from model_manager.errors import ERROR_KINDS, REFUSED_KINDS, UNAVAILABLE_KINDS
from model_manager.service.requests import CallOptions
from model_manager.service.service import AIService

NAMES = sorted(model_manager.__all__)


def test_the_public_names():
    """The names that applications may rely on; adding one is a decision."""
    assert NAMES == [
        "AIService",
        "AnswerFormat",
        "AssignmentRefusedError",
        "Audio",
        "CallCheck",
        "CallContext",
        "CallObserver",
        "CallOptions",
        "CatalogueError",
        "ChatMessage",
        "Chunk",
        "Citation",
        "ConfigurationError",
        "Document",
        "EnvFileError",
        "ErrorKind",
        "FinishReason",
        "Image",
        "LedgerError",
        "Messages",
        "Model",
        "ModelManagerError",
        "OptionCheck",
        "Part",
        "ProviderError",
        "Reasoning",
        "Reply",
        "Role",
        "Route",
        "RouteError",
        "RouteSyntaxError",
        "SettingsError",
        "Text",
        "TokenCount",
        "TokenLogprob",
        "Tool",
        "ToolCall",
        "ToolCallDelta",
        "UnknownNameError",
        "Usage",
        "UsageError",
        "get_model_for_task",
        "get_route_for_task",
    ]
    assert set(NAMES) <= set(dir(model_manager))
    with pytest.raises(AttributeError, match="no attribute 'litellm'"):
        model_manager.litellm  # noqa: B018 - looking is the test


#: Types of words, which have no documentation of their own.
ALIASES = {"ErrorKind", "FinishReason", "Messages", "Part", "Reasoning", "Role"}


@pytest.mark.parametrize("name", sorted(set(NAMES) - ALIASES))
def test_a_public_name_is_documented(name):
    """Each says what it is; what it takes is named in its text or its fields."""
    found = getattr(model_manager, name)
    assert len(inspect.getdoc(found) or "") > 40
    assert found is getattr(import_module(found.__module__), name)


def documented_modules() -> list[str]:
    """The modules whose examples belong to public names."""
    return sorted({"model_manager", *(getattr(model_manager, name).__module__ for name in set(NAMES) - ALIASES)})


def test_every_public_name_has_an_example():
    """Each public name is used in an example of the documentation, and those run."""
    finder = doctest.DocTestFinder()
    found = [test for name in documented_modules() for test in finder.find(import_module(name))]
    sources = "\n".join(example.source for test in found for example in test.examples)
    without = [name for name in NAMES if ">>>" not in (inspect.getdoc(getattr(model_manager, name)) or "")]
    assert [name for name in without if not re.search(rf"\b{name}\b", sources)] == []


def test_the_kinds_of_errors_are_a_type():
    """The type of kinds has the words that errors can have, refusals and outages among them."""
    assert set(get_args(model_manager.ErrorKind)) == ERROR_KINDS > REFUSED_KINDS | UNAVAILABLE_KINDS


@pytest.mark.parametrize("name", ["chat", "achat", "stream", "astream", "create_chat_completion"])
def test_the_help_of_a_call_lists_its_options(name):
    """`help(AIService.chat)` says all that a call takes, in the words of `CallOptions`."""
    text = inspect.getdoc(getattr(AIService, name)) or ""
    listed = text.partition("Options:\n")[2]
    assert [option for option in get_type_hints(CallOptions) if f"    {option}: " not in listed] == []


def test_every_option_is_documented():
    """CallOptions names each of its keys, and nothing else."""
    text = inspect.getdoc(CallOptions) or ""
    attributes = text.partition("Attributes:")[2].splitlines()
    lines = [line.strip().partition(":")[0] for line in attributes if re.match(r" {4}\S", line)]
    assert lines == list(get_type_hints(CallOptions))


@pytest.mark.parametrize("name", [name for name in dir(AIService) if not name.startswith("_")])
def test_every_method_is_documented(name):
    """No public method or property of the service is without a word."""
    assert inspect.getdoc(getattr(AIService, name))


def test_importing_the_package_loads_nothing_else():
    """`import model_manager` is free; a task's model needs no HTTP."""
    script = (
        "import sys, json, model_manager\nfirst = sorted(name for name in sys.modules if 'model_manager' in name)\n"
        "model_manager.get_model_for_task('chat')\n"
        "print(json.dumps([first, [n for n in ('httpx', 'anyio', 'rich', 'typer', 'pydantic') if n in sys.modules]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment()
    )
    assert json.loads(done.stdout) == [["model_manager", "model_manager._version"], []]


def test_a_blocking_service_loads_no_event_loop(work):
    """A script without asyncio does not pay for it."""
    with model_server(saying("hi")) as server:
        server.project(work, "m")
        script = (
            "import sys\nfrom model_manager import AIService\n"
            "print(AIService().create_chat_completion('m', 'Hello').text, 'asyncio' in sys.modules)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment()
        )
    assert done.stdout.split() == ["hi", "False"]


@pytest.fixture
def saying_hello(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Anthropic's place is taken by a server that says hello."""

    def script(request, answer):
        answer.json(
            {"type": "message", "model": request.model, "stop_reason": "end_turn",
             "content": [{"type": "text", "text": "Hello!"}], "usage": {"input_tokens": 1, "output_tokens": 1}}
        )  # fmt: skip

    with model_server(script) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url.removesuffix("/v1"))
        monkeypatch.setenv("ANTHROPIC_API_KEY", "kq7-0123456789abcdef")
        yield


@pytest.mark.usefixtures("saying_hello")
def test_the_examples_of_the_docstrings_run():
    """Every example in the documentation of a public name does what it shows."""
    modules = {"model_manager", "model_manager.testing.answers", "model_manager.testing.fake_service"}
    modules |= {*(getattr(model_manager, name).__module__ for name in NAMES)}
    results = [doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS) for name in documented_modules()]
    assert sum(result.failed for result in results) == 0
    assert sum(result.attempted for result in results) >= 8


TYPED = '''
import asyncio
from decimal import Decimal
from model_manager import AIService, ChatMessage, Chunk, Image, Model, ProviderError, Reply, RouteError, Tool
from model_manager import CallCheck, TokenCount, get_model_for_task, get_route_for_task
from model_manager.testing import FakeAnswer, FakeService
import httpx

service = AIService("somewhere", timeout=3, user_preferences={"1": "fast"})
reply: Reply = service.chat("chat", "Hello", user_id=3, max_tokens=10, tools=[Tool(name="f")])
cost: Decimal | None = reply.cost_usd
sources: list[str | None] = [citation.url for citation in reply.citations]
chances: list[float] = [token.logprob for token in reply.logprobs]
fields: dict[str, object] = reply.to_dict()


def weather(city: str) -> str:
    """The weather of a city."""
    return city


service.chat("chat", "Hello", tools=[weather], response_format={"type": "json_object"})
chunk: Chunk
for chunk in service.stream("chat", [("user", "Hello"), ChatMessage("assistant", "Hi")]):
    text: str = chunk.text + chunk.reasoning
    names: list[str] = [piece.name for piece in chunk.tool_calls]
model: Model = get_model_for_task("chat")
route: str = str(get_route_for_task("chat", preference="fast"))
models: tuple[Model, ...] = service.find_models(["vision"], max_price=1)
check: CallCheck = service.check("Hello", "chat", max_tokens=10)
left: list[str] = [warning for option in check.options for warning in option.warnings]
count: TokenCount = service.count_tokens("Hello", model="haiku", tools=[Tool(name="f")])
own_client: AIService = AIService(http_client=httpx.Client(), async_http_client=httpx.AsyncClient())
fake: AIService = FakeService(["Hello", FakeAnswer(["a", "b"], delay=1), ProviderError("server", "down"), reply])
also: FakeService = FakeService(lambda call: call.text.upper())
asked: str | None = also.calls[0].task


async def main() -> str:
    async with AIService() as own:
        async for piece in own.astream("chat", {"role": "user", "content": "Hello"}, temperature=0.5):
            if piece.reply:
                return piece.reply.text
        return (await own.acreate_chat_completion(model, ChatMessage("user", "x", images=(Image(b""),)))).text


try:
    asyncio.run(main())
except RouteError as error:
    print(error.failures[0].kind)
except ProviderError as error:
    print(error.kind, error.retry_after_s, error.partial and error.partial.text)
'''
WRONG = [
    "service.chat('chat')",
    "service.chat('chat', 'Hello', max_token=3)",
    "service.chat('chat', 'Hello', max_tokens='3')",
    "service.stream('chat', 3)",
    "x: int = service.chat('chat', 'Hello').text",
    "service.find_models(max_prise=3)",
    "service.chat('chat', 'Hello').citations[0].link",
    "service.check('Hello', 'chat', max_token=3)",
    "service.count_tokens('Hello', modell='haiku')",
    "AIService(http_client='proxy')",
]


ROOT = README.parent
#: With the package's own options, strict, and its cache: mypy reads nothing twice.
MYPY = ("mypy", f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={ROOT / '.mypy_cache'}")


@pytest.mark.parametrize("tool", [MYPY, ("basedpyright", "--pythonpath", sys.executable)], ids=["mypy", "pyright"])
def test_type_checkers_accept_applications_and_find_their_mistakes(tool, tmp_path):
    """Both mypy and pyright, strict, know the service's types: README's and other applications pass, wrong lines are found."""
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict"}))
    texts = {name: text for name, text in APPLICATION.findall(README.read_text()) if name.endswith(".py")}
    del texts["own_sdk.py"]  # an SDK's types are many, and not ours
    texts["typed.py"] = TYPED
    texts["wrong.py"] = "from model_manager import AIService\nservice = AIService()\n" + "\n".join(WRONG) + "\n"
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", *tool, *texts]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert len(texts) == 15
    errors = [line for line in done.stdout.splitlines() if " error: " in line or " error " in line]
    assert [line for line in errors if "wrong.py:" not in line] == [], done.stdout
    for number in range(3, 3 + len(WRONG)):
        assert f"wrong.py:{number}:" in done.stdout, WRONG[number - 3]
