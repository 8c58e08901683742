"""`AIService.check`: what would be refused, before a call is made; nothing is sent, nothing is held."""

import asyncio
from collections.abc import Callable

import pytest
from model_server import ModelServer, model_server, refusing, saying
from service_calls import project

from model_manager import AIService, CallCheck, ChatMessage, Image, ProviderError, RouteError, Tool, UsageError

TOOL = Tool(name="f")
KEYED = """
[providers.keyed]
name = "Keyed"
wire = "openai"
base_url = "https://llm.keyed.example/v1"
api_key_env = ["KEYED_API_KEY"]
[models.k]
provider = "keyed"
"""


@pytest.fixture(params=["check", "acheck"])
def check(request: pytest.FixtureRequest) -> Callable[..., CallCheck]:
    def checked(*arguments, **options) -> CallCheck:
        with AIService() as service:
            if request.param == "check":
                return service.check(*arguments, **options)
            return asyncio.run(service.acheck(*arguments, **options))

    return checked


@pytest.fixture
def server():
    with model_server(saying("fine")) as running:
        yield running
        assert running.requests == []


def test_a_call_that_would_be_made(work, server, check):
    """The first option's model, the route and the prompt's estimate; nothing is wrong."""
    project(work, server.url, ["a", "b"], {"t": "a,b"})
    found = check("Hello, hello, hello", "t")
    assert (found.ok, found.error, found.model, found.route, found.task) == (True, None, "a", "a,b", "t")
    assert [(option.name, option.provider, option.refusal, option.warnings) for option in found.options] == [
        ("a", "at-a", None, ()),
        ("b", "at-b", None, ()),
    ]
    assert found.prompt_tokens == 5


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('lacks = ["function-calling"]', "bad_request: a lacks function-calling"),
        ('lacks = ["vision"]', "bad_request: a lacks vision"),
        ("max_input = 10", "context_length: the prompt is about 1,0"),
        ("max_output = 10", "bad_request: a answers with at most 10 tokens"),
    ],
)
def test_an_option_that_lacks_something_is_named(work, server, check, line, expected):
    """What the first option cannot take is its refusal; the call goes to the next one."""
    project(work, server.url, ["a", "b"], {"t": "a,b"}, a=line)
    look = ChatMessage("user", "Look", images=(Image(b"1"),))
    found = check([look], "t", tools=[TOOL], max_tokens=11)
    refusal = found.options[0].refusal
    assert isinstance(refusal, ProviderError)
    assert f"{refusal.kind}: {refusal.message}".startswith(expected)
    assert (found.ok, found.model, found.options[1].refusal) == (True, "b", None)


def test_a_missing_key_and_an_untrusted_host(work, check, monkeypatch):
    """Both are found without a call; where nothing is left, the error is the one that the call would end with."""
    (work / "models.toml").write_text(f'{KEYED}[tasks.t]\nmodel = "k"\n')
    found = check("Hello", "t")
    assert isinstance(found.error, ProviderError)
    assert (found.ok, found.model, found.error.kind) == (False, None, "missing_key")

    monkeypatch.delenv("MODEL_MANAGER_TRUST")
    monkeypatch.setenv("KEYED_API_KEY", "kq7-0123456789abcdef")
    found = check("Hello", "t")
    assert isinstance(found.error, ProviderError)
    assert found.error.kind == "untrusted"
    assert found.error is found.options[0].refusal


def test_every_option_is_refused(work, server, check):
    """The error of a call without any option that could be asked has all failures."""
    project(work, server.url, ["a"], {"t": "a"}, KEYED, a='lacks = ["function-calling"]')
    found = check("Hello", "t", tools=[TOOL], route="a,k,nope")
    assert isinstance(found.error, RouteError)
    assert [error.kind for error in found.error.failures] == ["bad_request", "missing_key", "not_found"]
    assert [option.model for option in found.options] == ["a", "k", None]


def test_what_would_be_left_out_is_a_warning(work, server, check):
    """Notices of the request, the lifecycle and cool-downs are told, and refuse nothing."""
    lines = "retires = 2999-01-01\nparameters = { temperature = false }"
    project(work, server.url, ["a"], {"t": "a"}, a=lines)
    (option,) = check("Hello", "t", temperature=0.5).options
    assert option.refusal is None
    assert any("temperature" in warning for warning in option.warnings), option.warnings


def test_what_is_cooling_down_is_told(work):
    """After a failure an option says how long it is left alone, and the other one is asked first."""
    with model_server(refusing(503)) as server:
        project(work, server.url, ["a", "b"], {"t": "a,b", "only": "a"})
        with AIService(retries=0) as service:
            with pytest.raises(ProviderError):
                service.chat("only", "Hello")
            found = service.check("Hello", "t")
            alone = service.check("Hello", "only")
    assert found.model == "b"
    assert "a is cooling down for" in "".join(alone.options[0].warnings)


BUDGET = '[budgets.small]\nlimit = 0.0001\nper = "day"\nthen = "{}"\n'


@pytest.mark.parametrize("then", ["refuse", "b"])
def test_a_budget_without_room(work, server, check, then, monkeypatch):
    """A budget's refusal is found without holding money; one that reroutes is a warning that names the route."""
    monkeypatch.setenv("MODEL_MANAGER_LEDGER", str(work / "ledger.db"))
    project(work, server.url, ["a", "b"], {"t": "a"}, BUDGET.format(then))
    for _ in range(2):
        found = check("Hello", "t", max_tokens=1000)
        option = found.options[0]
        if then == "refuse":
            assert isinstance(found.error, ProviderError)
            assert (found.error.kind, found.ok) == ("budget", False)
            assert "$0 held" in found.error.message
        else:
            assert found.ok
            assert option.warnings[-1].endswith("the call takes the route b")
    assert check("Hello", "t", max_tokens=1).ok


def test_what_cannot_be_meant_is_refused_as_by_a_call(work, server: ModelServer):
    """Wrong arguments are errors, not findings."""
    project(work, server.url, ["a"], {"t": "a"})
    with AIService() as service:
        for arguments, options in ((("Hello", "nope"), {}), (("Hello", "t"), {"max_token": 1}), (([], "t"), {})):
            with pytest.raises(UsageError):
                service.check(*arguments, **options)
        assert service.check("Hello", route="a").task is None
