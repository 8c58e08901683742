"""Routes in service: what falls back and what does not, splits and their stickiness, cool-downs, preferences."""

import asyncio
import copy
import pickle
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from model_server import Answer, ModelServer, Request, model_server, refusing, saying
from service_calls import WAYS, ask, chunks, project

from model_manager import AIService, ProviderError, RouteError, Tool, UsageError
from model_manager.core.routing.choosing import drawn_share, user_scores
from model_manager.core.routing.grammar import parse_route

Script = Callable[[Request, Answer], None]


def cut(_: Request, answer: Answer) -> None:
    """Hang up without a word."""
    answer.hang_up()


def garbled(_: Request, answer: Answer) -> None:
    """Something that is no answer."""
    answer.json(b"<html>gateway</html>", Content_Type="text/html")


def empty_stream(request: Request, answer: Answer) -> None:
    """A stream, or a document, that ends before anything was said."""
    if request.body["stream"]:
        answer.event({"choices": []})
    else:
        answer.json(b"{")


def broken_after_content(request: Request, answer: Answer) -> None:
    """A stream that ends after its first words; a whole answer is fine."""
    if request.body["stream"]:
        answer.piece("Once upon ")
    else:
        answer.say(request, "Once upon a time")


#: Scripts by the model's name; "ok" and "ok2" answer.
SCRIPTS: dict[str, Script] = {
    "ok": saying("fine"),
    "ok2": saying("fine too"),
    "s429": refusing(429, "slow down"),
    "s408": refusing(408, "too slow"),
    "s409": refusing(409, "conflict"),
    "s500": refusing(500, "oops"),
    "s503": refusing(503, "overloaded"),
    "s529": refusing(529, "overloaded"),
    "cut": cut,
    "garbled": garbled,
    "empty": empty_stream,
    "gone": refusing(404, "The model does not exist", "model_not_found"),
    "long": refusing(400, "maximum context length is 10 tokens", "context_length_exceeded"),
    "bad": refusing(400, "unknown field"),
    "toolless": refusing(400, "registry.example/toolless does not support tools"),
    "blind": refusing(404, "No endpoints found that support image input"),
    "unprocessable": refusing(422, "nonsense"),
    "unauthorized": refusing(401, "wrong key", "invalid_api_key"),
    "forbidden": refusing(403, "not for you"),
    "unpaid": refusing(429, "You exceeded your current quota", "insufficient_quota"),
    "payment": refusing(402, "Payment required"),
    "toolarge": refusing(429, "Request too large for m: Limit 30000, Requested 45000", "rate_limit_exceeded"),
    "silent": saying(""),
    "hour": refusing(429, "come back", Retry_After="200"),
    "filtered": saying("", finish="content_filter"),
    "brief": saying("", finish="length"),
    "broken": broken_after_content,
}
PASSED_ON = {
    "toolarge": "context_length",
    "silent": "protocol",
    "s429": "rate_limit",
    "s408": "timeout",
    "s409": "server",
    "s500": "server",
    "s503": "overloaded",
    "s529": "overloaded",
    "cut": "connection",
    "garbled": "protocol",
    "gone": "not_found",
    "long": "context_length",
    "toolless": "bad_request",
    "blind": "not_found",
}
#: What somebody has to see to, and how the warning tells it.
OF_ACCOUNT = {
    "unauthorized": ("auth", "UNAUTHORIZED requires a key, and none is set; answered by OK (ok)"),
    "forbidden": ("permission", "FORBIDDEN does not let the account use forbidden; answered by OK (ok)"),
    "unpaid": ("quota", "UNPAID refused the account for its credit or its limits; answered by OK (ok)"),
    "payment": ("quota", "PAYMENT refused the account for its credit or its limits; answered by OK (ok)"),
}
FINAL = {
    "bad": "bad_request",
    "unprocessable": "bad_request",
    "filtered": "content_filter",
    "brief": "truncated",
}


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    def script(request: Request, answer: Answer) -> None:
        SCRIPTS[request.model](request, answer)

    with model_server(script) as running:
        yield running


@pytest.fixture
def service(server: ModelServer, work: Path) -> Iterator[AIService]:
    server.requests.clear()
    project(work, server.url, SCRIPTS, {"t": "ok"})
    with AIService(retries=0) as running:
        yield running


def asked(server: ModelServer) -> list[str]:
    return [request.model for request in server.requests]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("model", "kind"), PASSED_ON.items())
def test_the_next_option_answers_for_one_that_cannot(service, server, way, model, kind):
    """After an outage, a model that is gone or a prompt too long, the next option answers, and the reply says so."""
    reply = ask(service, way, "t", route=f"{model},ok")
    assert (reply.text, reply.model, reply.attempts) == ("fine", "ok", 2)
    assert reply.route == f"{model},ok"
    assert reply.reason == f"fallback after {model}: {kind}"
    assert reply.warnings[0].startswith(f"{model}: {kind} (")
    assert asked(server) == [model, "ok"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("model", "kind"), FINAL.items())
def test_what_another_model_would_not_mend_is_raised(service, server, way, model, kind):
    """A bad request or a refusal is the caller's to mend: no other option is asked."""
    with pytest.raises(ProviderError) as caught:
        ask(service, way, "t", route=f"{model},ok")
    assert caught.value.kind == kind
    assert not isinstance(caught.value, RouteError)
    assert asked(server) == [model]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("model", "kind"), [("unauthorized", "auth"), ("unpaid", "quota")])
def test_an_account_is_shared_by_its_provider(server, work, way, model, kind):
    """A wrong key and an unpaid bill are passed on to another provider, not to the same one's next model."""
    server.requests.clear()
    own = [
        f'[models."{name}"]\nprovider = "at-{model}"\nmodel_id = "{name}"' for name in ("one-more", "and-another")
    ]
    project(work, server.url, SCRIPTS, {"t": "ok"}, "\n".join(own))
    with AIService(retries=0) as service:
        reply = ask(service, way, "t", route=f"{model},one-more,ok")
        assert (reply.model, reply.reason) == ("ok", f"fallback after {model}: {kind}")
        assert reply.warnings[1].startswith(f"{model}: {kind} (")
        assert asked(server) == [model, "ok"]
        with pytest.raises(ProviderError) as caught:
            ask(service, way, "t", route=f"{model},one-more,and-another")
    assert (caught.value.kind, isinstance(caught.value, RouteError)) == (kind, False)
    assert asked(server)[2:] == [model]


@pytest.mark.parametrize("way", WAYS)
def test_a_balanced_share_is_stood_in_for_at_once(server, work, way):
    """Equal shares answer for each other without retries and waits first; the last one is retried as usual."""
    server.requests.clear()
    project(work, server.url, SCRIPTS, {"t": "ok"})
    with AIService(retries=2) as service:
        reply = ask(service, way, "t", user_id=user_of("s503"), route="s503+ok")
        assert (reply.model, asked(server)) == ("ok", ["s503", "ok"])


def user_of(model: str) -> str:
    """A user whose share of s503+ok is this model."""
    score = (user for user in map(str, range(100)) if _drawn(user) == model)
    return next(score)


def _drawn(user: str) -> str:
    route = parse_route("s503+ok")
    return drawn_share(route, 0, user_scores("t", "", user, str)).name


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("model", "expected"), OF_ACCOUNT.items())
def test_another_provider_answers_for_a_wrong_key_or_an_unpaid_bill(service, server, way, model, expected):
    """Its key or bill is another one; the first warning says in plain words who has to see to what."""
    kind, warning = expected
    reply = ask(service, way, "t", route=f"{model},ok")
    assert (reply.text, reply.reason) == ("fine", f"fallback after {model}: {kind}")
    assert reply.warnings[0] == warning
    assert reply.warnings[1].startswith(f"{model}: {kind} (")
    assert asked(server) == [model, "ok"]


KEYED = """[providers.at-ok]
name = "OK"
wire = "openai"
key = "none"
base_url = "URL/ok"
[models.ok]
provider = "at-ok"
[providers.keyed]
name = "Keyed"
wire = "openai"
base_url = "URL/keyed"
api_key_env = ["KEYED_API_KEY"]
[models.unauthorized]
provider = "keyed"
[models.unpaid]
provider = "keyed"
[models.twin]
provider = "keyed"
[tasks.t]
model = "ok"
"""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "case",
    [
        ("sk-123456", "unauthorized", "Keyed refused the key of KEYED_API_KEY", ["unauthorized", "ok"]),
        ("sk-123456", "unpaid", "Keyed refused the account of KEYED_API_KEY for its credit or its limits", None),
        ("sk-1234\n56", "unauthorized", "KEYED_API_KEY holds no usable key", ["ok"]),
    ],
)
def test_models_of_the_same_account_are_not_asked(server, work, monkeypatch, way, case):
    """A model with the same key is passed over for one of another provider, and the variable is named."""
    key, model, warning, requests = case
    server.requests.clear()
    monkeypatch.setenv("KEYED_API_KEY", key)
    (work / "models.toml").write_text(KEYED.replace("URL", server.url))
    with AIService(retries=0) as service:
        reply = ask(service, way, "t", route=f"{model},twin,ok")
        with pytest.raises(ProviderError) as caught:
            ask(service, way, "t", route=f"{model},twin")
    assert reply.warnings[0] == f"{warning}; answered by OK (ok)"
    assert asked(server)[: len(requests or [model, "ok"])] == (requests or [model, "ok"])
    assert not isinstance(caught.value, RouteError)
    assert caught.value.kind in {"auth", "quota"}


@pytest.mark.parametrize("way", WAYS)
def test_what_a_model_lacks_is_passed_on(server, work, way):
    """A model that is known to take no tools costs no request where another one takes them."""
    server.requests.clear()
    project(work, server.url, ["ok", "ok2"], {"t": "ok2,ok"}, ok2='lacks = ["function-calling"]')
    with AIService(retries=0) as service:
        reply = ask(service, way, "t", tools=[Tool(name="f")])
    assert (reply.model, reply.attempts) == ("ok", 1)
    assert reply.reason == "fallback after ok2: bad_request"
    assert asked(server) == ["ok"]


def test_shares_with_percents_stand_in_last(service, server):
    """The other side of an A/B test is asked after all other options."""
    with pytest.raises(RouteError):
        service.chat("t", "Hello", route="100:s500+0:ok,gone")
    server.requests.clear()
    users = {}
    for user in range(20):
        with pytest.raises(RouteError):
            service.chat("t", "Hello", route="50:gone+50:long,toolarge", user_id=user)
        users[tuple(asked(server))] = user
        server.requests.clear()
    assert ("long", "toolarge", "gone") in users


def test_an_equal_share_without_its_key_does_not_stand_in(server, work):
    """Where no share could be asked at once, the one that can is asked again as usual."""
    server.requests.clear()
    project(work, server.url, ["s500"], {"t": "s500+locked"}, LOCKED)
    with AIService(retries=1) as service, pytest.raises(RouteError):
        service.chat("t", "Hello")
    assert asked(server) == ["s500", "s500"]


LOCKED = """[providers.vault]
wire = "openai"
base_url = "https://vault.example"
api_key_env = ["VAULT_API_KEY"]
[models.locked]
provider = "vault"
"""


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_that_ends_before_its_first_word_falls_back(service, way):
    """A stream without content, or half a document, is no answer yet."""
    assert ask(service, way, "t", route="empty,ok").text == "fine"


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_nothing_is_asked_again_once_content_has_come(service, server, way):
    """A stream that breaks after its first words raises, with what came, and asks nobody else."""
    with pytest.raises(ProviderError) as caught:
        ask(service, way, "t", route="broken,ok")
    assert caught.value.kind == "truncated"
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Once upon "
    assert asked(server) == ["broken"]


@pytest.mark.parametrize("way", WAYS)
def test_all_failures_are_reported_together(service, way):
    """When every option failed, one error has all their failures, in order, and a kind that exit codes know."""
    with pytest.raises(RouteError) as caught:
        ask(service, way, "t", route="s500,gone,s503")
    assert [failure.kind for failure in caught.value.failures] == ["server", "not_found", "overloaded"]
    assert (caught.value.kind, caught.value.attempts, caught.value.retryable) == ("overloaded", 3, True)
    assert caught.value.exit_code == 1
    for words in ("oops", "does not exist", "HTTP 503"):
        assert words in caught.value.message


def test_failures_before_a_refusal_are_not_lost(service):
    """An outage and then a bad request: both are told."""
    with pytest.raises(RouteError) as caught:
        service.chat("t", "Hello", route="s500,bad,ok")
    assert [failure.kind for failure in caught.value.failures] == ["server", "bad_request"]
    assert caught.value.message.startswith("2 options of the route s500,bad,ok failed: s500: server (")
    assert "; bad: bad_request (" in caught.value.message


@pytest.mark.parametrize("way", WAYS)
def test_a_missing_key_is_passed_on(server, work, way):
    """An option without its key costs no request."""
    server.requests.clear()
    project(work, server.url, ["ok", "locked"], {"t": "locked,ok"})
    models = work / "models.toml"
    needing = 'name = "LOCKED"\nwire = "openai"\napi_key_env = ["LOCKED_API_KEY"]'
    models.write_text(models.read_text().replace('name = "LOCKED"\nwire = "openai"\nkey = "none"', needing))
    with AIService(retries=0) as service:
        reply = ask(service, way, "t")
    assert (reply.text, reply.attempts, reply.reason) == ("fine", 1, "fallback after locked: missing_key")
    assert asked(server) == ["ok"]


def test_a_name_that_is_not_in_the_catalogue_is_passed_on(service):
    """A route of the caller's may name a model that is not there: the next one answers, the last one is refused."""
    assert service.chat("t", "Hello", route="nobody,ok").reason == "fallback after nobody: not_found"
    with pytest.raises(ProviderError) as caught:
        service.chat("t", "Hello", route="nobody")
    assert (caught.value.kind, caught.value.attempts) == ("not_found", 0)
    with pytest.raises(ProviderError) as caught:
        service.create_chat_completion("t", "Hello")
    assert caught.value.hint == "t is a task: chat() and stream() take one"


def test_a_rate_limit_is_not_waited_for_while_another_option_is_there(server, work):
    """Five seconds of Retry-After are not waited for where a fallback can answer now."""
    SCRIPTS["patient"] = refusing(429, "wait", Retry_After="5")
    project(work, server.url, ["patient", "ok"], {"t": "patient,ok"})
    begun = time.monotonic()
    with AIService(retries=2) as service:
        assert service.chat("t", "Hello").text == "fine"
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize("way", WAYS)
def test_what_failed_is_left_alone_for_a_while(service, server, way):
    """The next call passes over what is cooling down, and says so."""
    assert ask(service, way, "t", route="s503,ok").attempts == 2
    server.requests.clear()
    reply = ask(service, way, "t", route="s503,ok")
    assert (reply.text, reply.reason) == ("fine", "option 2 of 2, s503 skipped while cooling down")
    assert asked(server) == ["ok"]


@pytest.mark.parametrize("way", WAYS)
def test_all_options_cooling_down(service, server, way):
    """The one that is free first is asked, and the reason says so."""
    for route in ("hour", "s503"):
        with pytest.raises(ProviderError):
            ask(service, way, "t", route=route)
    server.requests.clear()
    SCRIPTS["s503"], before = SCRIPTS["ok"], SCRIPTS["s503"]
    try:
        reply = ask(service, way, "t", route="hour,s503")
    finally:
        SCRIPTS["s503"] = before
    found = re.fullmatch(r"all options are cooling down; s503 is free first, in (\d) s", reply.reason)
    assert found, reply.reason
    assert 1 <= int(found[1]) <= 5
    assert asked(server) == ["s503"]


def test_a_rate_limit_cools_the_model_and_a_fault_its_provider(server, work):
    """Another model of the provider is asked after a 429, and passed over after a 503."""
    both = "".join(f'[models.{name}]\nprovider = "one"\n' for name in ("s429", "s503", "twin"))
    text = f'[providers.one]\nwire = "openai"\nkey = "none"\nbase_url = "{server.url}/one"\n{both}'
    SCRIPTS["twin"] = saying("twin")
    project(work, server.url, ["ok"], {"t": "ok"}, text)
    with AIService(retries=0) as service:
        assert service.chat("t", "Hello", route="s429,twin,ok").model == "twin"
        assert service.chat("t", "Hello", route="s503,twin,ok").model == "ok"


@pytest.mark.parametrize("where", ["call", "service", "environment"])
def test_a_short_time_limit_cools_nobody(server, work, monkeypatch, where):
    """Who is not waited for as long as is usual is asked again by the next call, wherever the limit was set."""
    released = threading.Event()

    def slow(request: Request, answer: Answer) -> None:
        released.wait(20)
        answer.say(request, "late")

    SCRIPTS["slow"] = slow
    project(work, server.url, ["slow", "ok"], {"t": "slow,ok"})
    if where == "environment":
        monkeypatch.setenv("MODEL_MANAGER_TIMEOUT", "1")
    with AIService(retries=0, timeout=1 if where == "service" else None) as service:
        first = service.chat("t", "Hello", **({"timeout": 1} if where == "call" else {}))
    released.set()
    with AIService(retries=0, timeout=60) as service:
        assert (first.model, service.chat("t", "Hello").model) == ("ok", "slow")


def test_other_processes_leave_it_alone_too(service, server):
    """Another service of the same user knows what is cooling down."""
    service.chat("t", "Hello", route="s503,ok")
    server.requests.clear()
    with AIService(retries=0) as other:
        other.chat("t", "Hello", route="s503,ok")
    assert asked(server) == ["ok"]


def test_the_last_resort_is_called_although_it_is_cooling(service, server):
    """When every option is cooling down, the one whose own model is free first is tried: an answer may yet come."""
    for _ in range(2):
        with pytest.raises(ProviderError):
            service.chat("t", "Hello", route="s503")
    assert asked(server) == ["s503", "s503"]


def test_a_user_stays_on_one_side(service):
    """Every user has one side of a split, whatever is asked, and about as many users have it as it says."""
    sides = Counter()
    Path(".env").write_text("AI_T_MODEL=80:ok+20:ok2\n")
    for user in range(1000):
        models = {service.get_model_for_task("t", user_id=user).id for _ in range(3)}
        assert len(models) == 1
        sides.update(models)
    assert 150 < sides["ok2"] < 250


@pytest.mark.parametrize("way", WAYS)
def test_a_call_goes_to_its_users_side(service, way):
    """What `get_model_for_task` says of a user is where the user's calls go, by thread and by task."""
    route = "50:ok+50:ok2"
    Path(".env").write_text(f"AI_T_MODEL={route}\n")
    for user in ("ann", "bob", 7):
        reply = ask(service, way, "t", user_id=user)
        assert reply.model == service.get_model_for_task("t", user_id=user).id
        assert reply.reason == "the user's share (50%)"
    assert service.get_model_for_task("t").id == "ok"


def test_without_a_user_the_weights_decide(service):
    """Calls of nobody in particular are shared out at random, by weight; a share of 0 gets none."""
    served = Counter(service.chat("t", "Hello", route="70:ok+30:ok2+0:s500").model for _ in range(300))
    assert served["s500"] == 0
    assert 55 < served["ok2"] < 130


def test_a_share_that_is_cooling_is_passed_over(service, server):
    """A user whose side is down is served by the other side while it cools, and the reply records it."""
    route = "50:s503+50:ok"
    user = next(
        n for n in range(100) if service.chat("t", "Hello", route=route, user_id=n).reason.startswith("fallback")
    )
    server.requests.clear()
    reply = service.chat("t", "Hello", route=route, user_id=user)
    assert (reply.model, reply.reason) == ("ok", "the user's share (50%), s503 skipped while cooling down")
    assert asked(server) == ["ok"]


def test_equal_shares_balance_the_load(service):
    """Shares without percentages are called about as often as each other, and stand in for each other at once."""
    served = Counter(service.chat("t", "Hello", route="ok+ok2").model for _ in range(200))
    assert min(served.values()) > 60
    assert {service.chat("t", "Hello", route="s500+ok").model for _ in range(10)} == {"ok"}


def test_a_failed_side_of_an_ab_test_falls_back_to_the_next_option(service):
    """After a side fails, the next option answers before the other side does; without one, the other side."""
    assert service.chat("t", "Hello", route="100:s500+0:ok2,ok").model == "ok"
    users = [n for n in range(40) if service.chat("t", "x", route="50:cut+50:ok2,ok", user_id=n).model == "ok"]
    assert users


def test_preferences_are_routes_of_their_own(server, work):
    """A preference of the call, or of the user, chooses another route; one that does not exist is refused."""
    extra = '[tasks.t.preferences]\nfast = "ok2"\n[tasks.u]\nmodel = "ok"\n'
    project(work, server.url, ["ok", "ok2"], {"t": "ok"}, extra)
    with AIService(user_preferences={"hasty": "fast"}) as service:
        assert service.chat("t", "Hello").model == "ok"
        assert service.chat("t", "Hello", preference="fast").model == "ok2"
        assert service.chat("t", "Hello", user_id="hasty").model == "ok2"
        assert service.chat("u", "Hello", user_id="hasty").model == "ok"
        assert service.get_model_for_task("t", preference="fast").id == "ok2"
        assert str(service.get_route_for_task("t", user_id="hasty")) == "ok2"
        with pytest.raises(UsageError, match="no preference 'fats'") as caught:
            service.chat("t", "Hello", preference="fats")
        assert caught.value.hint == "did you mean fast?"
    with AIService(user_preferences={42: "fast"}) as service:
        assert [service.chat("t", "Hello", user_id=user).model for user in (42, "42")] == ["ok2", "ok2"]
    with AIService(user_preferences=lambda user: "fast" if user == "1" else None) as service:
        assert [service.chat("t", "Hello", user_id=user).model for user in (1, 2)] == ["ok2", "ok"]


def test_auto_chooses_by_the_query(server, work):
    """The query decides among the tiers' models; the reply says what was found in it."""
    extra = '[tasks.t.auto]\nsimple = "ok"\ncomplex = "ok2"\n'
    project(work, server.url, ["ok", "ok2"], {"t": "auto"}, extra)
    with AIService() as service:
        easy = service.chat("t", "Hi there!")
        hard = service.chat(
            "t", "Prove that there are infinitely many primes, and explain why each step is needed."
        )
        assert (easy.model, hard.model) == ("ok", "ok2")
        assert easy.reason.startswith("auto: simple, 0.00")
        assert "proof 1" in hard.reason
        assert service.get_model_for_task("t").id == "ok2"
        with pytest.raises(ProviderError):
            service.create_chat_completion("nobody", "Hello")


@pytest.mark.parametrize("route", ["ok,", "ok++ok2", "50:ok", "60:ok+30:ok2", "ok ok2", ":ok"])
def test_a_route_that_does_not_parse_is_refused_at_once(service, server, route):
    """A wrong route is an error of the caller's with its position, before anything is sent, streams included."""
    for call in (service.chat, service.stream, service.astream):
        with pytest.raises(UsageError, match="position"):
            call("t", "Hello", route=route)
    assert asked(server) == []


def test_a_broken_fallback_does_not_break_a_stream(service):
    """A stream that falls back before its first word shows the second option's words only."""
    pieces, reply = chunks(service, "astream", "t", route="s500,ok")
    assert (pieces, reply.text) == (["fine"], "fine")


def test_many_tasks_of_one_loop(service):
    """A hundred calls at once in one event loop each get their answer."""

    async def main() -> list[str]:
        replies = await asyncio.gather(*(service.achat("t", f"Hello {n}", route="ok+ok2") for n in range(100)))
        return [reply.text for reply in replies]

    assert set(asyncio.run(main())) == {"fine", "fine too"}


def test_a_model_is_asked_once_whatever_its_names(server, work):
    """An alias, and what auto chooses, are the model that they stand for: it is not asked again as a backup."""
    server.requests.clear()
    project(
        work, server.url, ["s500", "ok"], {"t": "auto,s500,other,ok"}, AUTO_TO_S500, s500='aliases = ["other"]'
    )
    with AIService(retries=0) as service:
        assert service.chat("t", "hi").text == "fine"
    assert asked(server) == ["s500", "ok"]


def test_a_repeated_model_keeps_its_first_place(server, work):
    """A route that names a model again at its end, by an alias, still begins with it."""
    server.requests.clear()
    project(work, server.url, ["ok", "ok2"], {"t": "ok,ok2,other"}, ok='aliases = ["other"]')
    with AIService(retries=0) as service:
        assert service.chat("t", "hi").model == "ok"
    assert asked(server) == ["ok"]


AUTO_TO_S500 = '[tasks.t.auto]\nsimple = "s500"\n'


def test_errors_can_be_pickled_and_copied(service):
    """A worker's failure reaches its parent as it was."""
    with pytest.raises(RouteError) as caught:
        service.chat("t", "Hello", route="s500,gone")
    for made in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value), copy.deepcopy(caught.value)):
        assert type(made) is RouteError
        assert (str(made), made.kind, made.exit_code) == (str(caught.value), "not_found", caught.value.exit_code)
        assert [failure.kind for failure in made.failures] == ["server", "not_found"]
