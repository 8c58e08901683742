"""The management API over real HTTP: the same values as `--json`, the same refusals, and nobody overwritten."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import httpcore
import httpx
import pytest
from command_line import run_cli
from contract import conforming, contract
from model_server import Answer, ModelServer, Request, by_model, model_server, refusing, saying
from raw_server import Peer, RawServer
from serving import CATALOGUE, TOKEN, Served, events_of, serving, shared_server

from model_manager.config import reload
from model_manager.config.reload import WorkspaceSource
from model_manager.live_test.probes import PROBES
from model_manager.server import run
from model_manager.server.api import live_tests
from model_manager.server.events.broadcaster import Broadcaster
from model_manager.server.workspace_cache import WorkspaceCache

#: What a busy machine may take.
LONG_S = 60
SCRIPTS = {"alpha": saying("Hello ", "there."), "lab/beta": refusing(500, "oops")}


@pytest.fixture(scope="module")
def models() -> Iterator[ModelServer]:
    with model_server(by_model(SCRIPTS)) as running:
        yield running


@pytest.fixture
def served(work: Path, models: ModelServer) -> Iterator[Served]:
    (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
    with serving(work) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, models: ModelServer) -> Iterator[Served]:
    """For tests that change nothing."""
    with shared_server(tmp_path_factory.mktemp("shared"), models.url) as running:
        yield running


def without(document: dict, *names: str) -> dict:
    return {name: value for name, value in document.items() if name not in names}


def kind_of(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    problem = conforming(response.content, "ProblemDetails")
    assert problem["status"] == response.status_code
    assert problem["type"] == f"urn:model-manager:problem:{problem['kind']}"
    assert problem["title"]
    assert problem["detail"]
    return response.status_code, problem["kind"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, []),
        ({"capability": ["vision", "reasoning"], "max_price": "0.5", "sort": "price"},
         ["--capability", "vision", "--capability", "reasoning", "--max-price", "0.5", "--sort", "price"]),
        ({"provider": ["local", "groq"], "search": "beta"}, ["--provider", "local", "--provider", "groq", "--search", "beta"]),
        ({"ready": "true", "min_context": "1000"}, ["--ready", "--min-context", "1000"]),
        ({"all": "true", "recommended": "true", "on": "2027-01-01"}, ["--all", "--recommended", "--on", "2027-01-01"]),
        ({"task": "listening"}, ["--task", "listening"]),
    ],
    ids=str,
)  # fmt: skip
def test_models_are_those_of_list(shared, query, words):
    """The filters of `list` are query parameters, and the answer is its document."""
    response = shared.get("/api/ai/models", **query)
    assert (response.status_code, response.json()) == (
        200,
        run_cli("-C", shared.directory, "list", "--json", *words).json,
    )


def test_money_keeps_its_digits(shared):
    """Prices are numbers with their exact digits."""
    assert '"input": 0.1, "output": 1,' in shared.get("/api/ai/models", search="beta").text


@pytest.mark.parametrize(
    ("path", "name"),
    [("lab/beta", "lab/beta"), ("first", "alpha"), ("local/alpha", "alpha"), ("lab%2Fbeta", "lab/beta")],
)
def test_a_model_with_slashes(shared, path, name):
    """Ids with slashes, aliases and provider/model_id are found as everywhere; the document is that of `info`."""
    assert (
        shared.get(f"/api/ai/models/{path}").json() == run_cli("-C", shared.directory, "info", name, "--json").json
    )


def test_a_model_that_is_not_there(shared):
    """An unknown model is a problem with a did-you-mean."""
    response = shared.get("/api/ai/models/alhpa")
    assert kind_of(response) == (404, "unknown_name")
    assert "alpha" in response.json()["hint"]
    assert kind_of(shared.get("/api/ai/models/chat")) == (404, "unknown_name")


def test_tasks_are_those_of_info(shared):
    """Every task as `info TASK` has it, and a tag."""
    for task in shared.get("/api/ai/tasks").json()["tasks"]:
        assert (
            without(task, "etag") == run_cli("-C", shared.directory, "info", task["task"], "--json").json["task"]
        )
        assert task["etag"].startswith('"')


def test_what_has_not_changed_is_not_sent_again(served):
    """If-None-Match spares the answer until a file changes."""
    first = served.get("/api/ai/tasks")
    again = {"if_none_match": first.headers["etag"]}
    assert served.send("GET", "/api/ai/tasks", **again).status_code == 304
    Path(".env").write_text("AI_CHAT_MODEL=lab/beta\n")
    changed = served.send("GET", "/api/ai/tasks", **again)
    assert (changed.status_code, changed.json()["tasks"][0]["model"]) == (200, "lab/beta")


def test_an_assignment_is_written_as_assign_does(served):
    """PUT changes one line of .env, and answers with the document of `assign`."""
    Path(".env").write_text("# mine\nOTHER='x'\nAI_CHAT_MODEL=alpha  # why\n")
    planned = served.send("PUT", "/api/ai/tasks/chat", {"route": "lab/beta,alpha", "dry_run": True}).json()
    assert planned == run_cli("assign", "chat", "lab/beta,alpha", "--dry-run", "--json").json
    assert planned["diff"].splitlines()[-2:] == [
        "-AI_CHAT_MODEL=alpha  # why",
        "+AI_CHAT_MODEL=lab/beta,alpha  # why",
    ]
    assert planned["monthly_delta_usd"] == -54
    assert "alpha  # why" in Path(".env").read_text()
    written = served.send("PUT", "/api/ai/tasks/chat", {"route": "lab/beta,alpha"})
    assert written.json() == {**planned, "written": True}
    assert Path(".env").read_text() == "# mine\nOTHER='x'\nAI_CHAT_MODEL=lab/beta,alpha  # why\n"
    tasks = served.get("/api/ai/tasks").json()["tasks"]
    assert (tasks[0]["route"], tasks[0]["etag"]) == ("lab/beta,alpha", written.headers["etag"])
    assert run_cli("assign", "--undo").exit_code == 0
    assert "alpha  # why" in Path(".env").read_text()


@pytest.mark.parametrize(
    ("task", "body", "expected"),
    [
        ("chat", {"route": "claude-3-haiku"}, (409, "refused")),
        ("chat", {"route": "nobody"}, (409, "refused")),
        ("listening", {"route": "lab/beta"}, (409, "refused")),
        ("chat", {"route": "alpha,,"}, (409, "route_syntax")),
        ("chat", {"route": "50:alpha+20:lab/beta", "force": True}, (409, "route_syntax")),
        ("nothing", {"route": "alpha"}, (404, "unknown_name")),
        ("AI_DEFAULT_MODEL", {"route": "alpha"}, (404, "unknown_name")),
        ("chat", {}, (422, "usage")),
        ("chat", {"route": ""}, (422, "usage")),
        ("chat", {"route": "alpha", "dry_run": "no"}, (422, "usage")),
        ("chat", {"route": "alpha", "env": "PATH"}, (422, "usage")),
    ],
    ids=str,
)
def test_what_assign_refuses_is_refused(shared, task, body, expected):
    """The same refusals, and nothing is written."""
    assert kind_of(shared.send("PUT", f"/api/ai/tasks/{task}", body)) == expected
    assert not shared.env.exists()


def test_an_id_is_written_for_an_alias(served):
    """What an alias means may change, so that its id is written, unless the alias is to be kept."""
    for more, written in (({}, "claude-haiku-5-5"), ({"keep_alias": True}, "haiku")):
        answer = served.send("PUT", "/api/ai/tasks/chat", {"route": "haiku", **more}).json()
        assert ([one["new"] for one in answer["changes"]], answer["written"]) == ([written], True)
        assert Path(".env").read_text() == f"AI_CHAT_MODEL={written}\n"


def test_what_is_refused_can_be_forced(served):
    """`force` writes what would be refused."""
    answer = served.send("PUT", "/api/ai/tasks/chat", {"route": "nobody", "force": True}).json()
    assert (answer["written"], Path(".env").read_text()) == (True, "AI_CHAT_MODEL=nobody\n")


def test_a_long_route(served):
    """A route of many models is written as the command line writes it."""
    route = ",".join(["alpha", "lab/beta"] * 40)
    assert served.send("PUT", "/api/ai/tasks/chat", {"route": route, "force": True}).json()["written"] is True


def test_a_task_is_unset(served):
    """DELETE removes the line; without one it changes nothing."""
    Path(".env").write_text("OTHER=1\nAI_CHAT_MODEL=lab/beta\n")
    planned = served.send("DELETE", "/api/ai/tasks/chat?dry_run=true").json()
    assert (planned["written"], planned["diff"].splitlines()[-1]) == (False, "-AI_CHAT_MODEL=lab/beta")
    assert served.send("DELETE", "/api/ai/tasks/chat").json()["written"] is True
    assert Path(".env").read_text() == "OTHER=1\n"
    assert served.send("DELETE", "/api/ai/tasks/chat").json()["written"] is False
    assert kind_of(served.send("DELETE", "/api/ai/tasks/nothing")) == (404, "unknown_name")


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", '{"dry_run": true}'),
        ("", "{}"),
        ("", "x"),
        ("?dryrun=true", ""),
        ("?dry_run=true&force=true", ""),
        ("?dry_run=false&dry_run=true", ""),
        ("?dry_run=yes", ""),
    ],
)
def test_a_removal_that_is_not_as_described(served, query, body):
    """What DELETE would have to pass over, a body or a misspelt parameter, is refused, and the line stays."""
    Path(".env").write_text("AI_CHAT_MODEL=lab/beta\n")
    with served.client(Content_Type="application/json") as client:
        answer = client.request("DELETE", f"/api/ai/tasks/chat{query}", content=body)
    assert kind_of(answer) == (422, "usage")
    assert Path(".env").read_text() == "AI_CHAT_MODEL=lab/beta\n"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/ai/tasks?x=1", None),
        ("GET", "/api/ai/models/alpha?x=1", None),
        ("GET", "/api/ai/models?sort=price&sort=id", None),
        ("GET", "/api/ai/models?ready=true&ready=true", None),
        ("GET", "/api/ai/server?x=", None),
        ("PUT", "/api/ai/tasks/chat?dry_run=true", {"route": "lab/beta"}),
        ("POST", "/api/ai/models/test?model=alpha", {"model": "alpha"}),
        ("POST", "/api/ai/costs?tokens=5", {}),
        ("POST", "/api/ai/route?task=chat", {"task": "chat"}),
    ],
)
def test_a_parameter_too_many(shared, method, path, body):
    """A parameter that is not described, or is there twice and means one thing, is refused and named."""
    answer = shared.send(method, path, body)
    assert kind_of(answer) == (422, "usage")
    assert [problem["key"] for problem in answer.json()["problems"]] == [
        f"query.{path.partition('?')[2].partition('=')[0]}"
    ]
    assert not shared.env.exists()


def tag_of(served: Served, task: str = "chat") -> str:
    return next(one["etag"] for one in served.get("/api/ai/tasks").json()["tasks"] if one["task"] == task)


def test_nobody_overwrites_what_he_has_not_seen(served):
    """A change after the task was read, by the command line or an editor, makes If-Match fail."""
    etag = tag_of(served)
    assert run_cli("assign", "chat", "lab/beta").exit_code == 0
    for method in ("PUT", "DELETE"):
        body = {"route": "alpha"} if method == "PUT" else None
        assert kind_of(served.send(method, "/api/ai/tasks/chat", body, If_Match=etag)) == (412, "changed")
    assert Path(".env").read_text() == "AI_CHAT_MODEL=lab/beta\n"
    fresh = f'"other", {tag_of(served)}'
    assert served.send("PUT", "/api/ai/tasks/chat", {"route": "alpha"}, If_Match=fresh).status_code == 200
    assert served.send("DELETE", "/api/ai/tasks/chat", If_Match="*").status_code == 200


def test_another_task_is_nobody_s_conflict(served):
    """A tag is of one task: other lines of the file may change, and move it."""
    etag = tag_of(served)
    Path(".env").write_text("# a comment\n\nAI_LISTENING_MODEL=alpha\n")
    assert served.send("PUT", "/api/ai/tasks/chat", {"route": "lab/beta"}, If_Match=etag).status_code == 200


def test_of_many_editors_one_wins(served):
    """Twelve editors that have read the same write at once: one does, eleven hear of it."""
    etag = tag_of(served)

    def put(_: int) -> int:
        return served.send("PUT", "/api/ai/tasks/chat", {"route": "lab/beta"}, If_Match=etag).status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = sorted(pool.map(put, range(12)))
    assert statuses == [200] + [412] * 11


def test_who_reads_does_not_wait_for_writers(served):
    """Sixty writers, and as many that only ask what would change: all are answered, and who reads is so meanwhile."""
    left: list[int] = []

    async def change(client: httpx.AsyncClient, number: int) -> int:
        body = {"route": ("alpha", "lab/beta")[number // 2 % 2], "dry_run": number % 2 == 1}
        return (await client.put("/api/ai/tasks/chat", json=body)).status_code

    async def all_of_them() -> list[int]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=served.url, headers=headers, timeout=60, limits=limits, verify=False
        ) as client:
            changing = [asyncio.create_task(change(client, number)) for number in range(120)]
            await asyncio.wait(changing, return_when=asyncio.FIRST_COMPLETED)
            while waiting := [task for task in changing if not task.done()]:
                assert (await client.get("/api/ai/models/alpha")).status_code == 200
                left.append(len(waiting))
            return await asyncio.gather(*changing)

    assert set(asyncio.run(all_of_them())) == {200}
    # Who waited for the writers would be answered once, after the last of them.
    assert len(left) >= 20


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, []),
        ({"tokens": 5000, "models": ["alpha", "lab/beta"]}, ["alpha", "lab/beta", "--tokens", "5000"]),
        ({"input_tokens": 1000, "output_tokens": 10, "cache_read_tokens": 500, "requests": 30, "per": "day"},
         ["--input", "1000", "--output", "10", "--cache-read", "500", "--requests", "30", "--per", "day"]),
        ({"task": "chat", "reference": "lab/beta"}, ["--task", "chat", "--reference", "lab/beta"]),
        ({"assigned": True}, ["--assigned"]),
    ],
    ids=str,
)  # fmt: skip
def test_costs_are_those_of_cost(shared, body, words):
    """A workload in JSON brings the document of `cost`."""
    moment = "2026-11-24T12:00:00+00:00"
    answer = shared.send("POST", "/api/ai/costs", {**body, "on": moment}).json()
    assert answer == run_cli("-C", shared.directory, "cost", "--json", "--on", moment, *words).json


@pytest.mark.parametrize(
    "body",
    [{"tokens": 1, "input_tokens": 1}, {"input_tokens": 1, "cache_read_tokens": 2}],
    ids=str,
)
def test_a_workload_that_contradicts_itself(shared, body):
    """What `cost` refuses is a conflict with a reason."""
    assert kind_of(shared.send("POST", "/api/ai/costs", body)) == (409, "usage")


@pytest.mark.parametrize(
    ("on", "status"),
    [
        ("2026-12-01", 200),
        ("2026-12-01T00:00:00+02:00", 200),
        ("9999-12-31T23:59:59-23:59", 422),
        ("0001-01-01T00:00:00+23:59", 422),
        ("yesterday", 422),
        (5, 422),
    ],
)
def test_the_moment_of_prices(shared, on, status):
    """A day or a moment, as --on has it; what no clock can show is refused."""
    assert shared.send("POST", "/api/ai/costs", {"models": ["alpha"], "on": on}).status_code == status


def test_a_route_is_explained(shared):
    """The document of `route`."""
    body = {"task": "chat", "prompt": "Hello", "user": "u1"}
    assert (
        shared.send("POST", "/api/ai/route", body).json()
        == run_cli("-C", shared.directory, "route", "chat", "Hello", "--user", "u1", "--json").json
    )
    assert kind_of(shared.send("POST", "/api/ai/route", {"task": "nothing"})) == (404, "unknown_name")


def test_a_live_test_as_json(shared):
    """The document of `test`: answers and failures, whatever the status."""
    answer = shared.send(
        "POST", "/api/ai/models/test", {"models": ["first", "lab/beta"], "prompt": "Hi", "retries": 0}
    )
    document = answer.json()
    good, bad = document["results"]
    assert answer.status_code == 200
    assert (good["model"], good["ok"], good["text"], good["cost_usd"]) == ("alpha", True, "Hello there.", 0.00006)
    assert (bad["model"], bad["ok"], bad["error"]["kind"]) == ("lab/beta", False, "server")
    assert (document["passed"], document["failed"], document["schema"]) == (1, 1, 1)


def test_a_live_test_as_events(shared):
    """Asked for events, the answers come as they come, and the document at last."""
    body = {"models": ["alpha", "lab/beta"], "prompt": "Hi", "retries": 0}
    with (
        shared.client(Accept="text/event-stream") as client,
        client.stream("POST", "/api/ai/models/test", json=body) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = list(events_of(answer.iter_lines()))
    of_alpha = [(name, event) for name, event in events if event.get("index") == 0]
    assert [name for name, _ in of_alpha] == ["started", "text", "text", "finished"]
    assert [event["text"] for name, event in of_alpha if name == "text"] == ["Hello ", "there."]
    name, done = events[-1]
    assert (name, done["passed"], done["failed"]) == ("done", 1, 1)
    types = {"started": "CallStartedEvent", "text": "CallTextEvent", "finished": "CallFinishedEvent"}
    for name, event in events:
        assert conforming(json.dumps(event), {**types, "done": "TestDocument"}[name])
    assert without(of_alpha[-1][1], "index", "schema") == done["results"][0]


def test_a_repeated_test_and_a_probe(shared, models):
    """Calls are repeated and summed up, and capabilities probed; too many repetitions are refused."""
    body = {"model": "alpha", "repeat": 3}
    document = shared.send("POST", "/api/ai/models/test", body).json()
    assert (document["passed"], [item["runs"] for item in document["repetitions"]]) == (3, [3])
    assert kind_of(shared.send("POST", "/api/ai/models/test", {**body, "repeat": 21})) == (422, "usage")
    models.requests.clear()
    body = {"models": ["alpha", "lab/beta"], "retries": 0}
    answer = shared.send("POST", "/api/ai/models/probe", body, Accept="text/event-stream")
    events = list(events_of(iter(answer.text.splitlines())))
    types = {"notice": "CallTextEvent", "done": "ProbeDocument"}
    for name, event in events:
        assert conforming(json.dumps(event), types.get(name, "ProbeStepEvent"))
    steps = [event for name, event in events if name == "finished" and event["model"] == "alpha"]
    assert [step["number"] for step in steps] == [*range(1, len(PROBES) + 1)]
    alpha, beta = events[-1][1]["probes"]
    found = {item["capability"]: item["found"] for item in alpha["capabilities"]}
    assert (found["chat"], found["streaming"], found["structured-output"]) == (True, True, False)
    assert {item["found"] for item in beta["capabilities"]} == {None}
    assert 2 * len(PROBES) == len(models.requests)


@pytest.mark.parametrize(
    ("accept", "is_stream"),
    [
        ("text/event-stream", True),
        ("TEXT/Event-Stream; charset=utf-8", True),
        ("application/json;q=0.5, text/event-stream;q=0.9", True),
        ("application/json, text/event-stream", True),
        ("text/event-stream, */*;q=0.1", True),
        ("application/json;q=0, */*, text/event-stream;q=0.1", True),
        ("text/event-stream;q=0", False),
        ("text/event-stream; Q=0.000, application/json", False),
        ("application/json, text/event-stream;q=0.9", False),
        ("application/*, text/event-stream;q=0.9", False),
        ("text/event-stream;q=x, application/json", False),
        ("text/event-streams", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_events_only_for_who_prefers_them(shared, accept, is_stream):
    """`Accept` is read as HTTP has it: any case, weights, none of what has the weight 0."""
    answer = shared.send("POST", "/api/ai/models/test", {"model": "alpha"}, Accept=accept)
    media_type = "text/event-stream; charset=utf-8" if is_stream else "application/json"
    assert answer.headers["content-type"] == media_type


def test_a_task_is_tested_with_its_model(shared, models):
    """A task in place of a model; the options reach the call."""
    models.requests.clear()
    body = {
        "task": "chat",
        "prompt": "Hi",
        "system": "Be brief.",
        "max_tokens": 7,
        "temperature": 0.5,
        "stream": False,
    }
    assert shared.send("POST", "/api/ai/models/test", body).json()["results"][0]["text"] == "Hello there."
    sent = models.requests[-1].body
    assert [message["content"] for message in sent["messages"]] == ["Be brief.", "Hi"]
    assert (sent["max_tokens"], sent["temperature"]) == (7, 0.5)
    assert not sent.get("stream")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (422, "usage")),
        ({"model": "alpha", "task": "chat"}, (422, "usage")),
        ({"models": ["alpha"] * 9}, (422, "usage")),
        ({"model": "alpha", "prompt": " "}, (422, "usage")),
        ({"model": "alpha", "prompt": "x" * 100_001}, (422, "usage")),
        ({"model": "alpha", "prompt": 5}, (422, "usage")),
        ({"model": "nobody"}, (404, "unknown_name")),
        ({"model": "chat"}, (404, "unknown_name")),
        ({"task": "nothing"}, (404, "unknown_name")),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_test_that_cannot_be_begun(shared, accept, body, expected):
    """What names nothing, or too much, is refused before anything is called."""
    assert kind_of(shared.send("POST", "/api/ai/models/test", body, Accept=accept)) == expected


@pytest.mark.parametrize(
    ("fields", "key", "words"),
    [
        ({"tool_choice": "required"}, "body", "there are no tools to choose from"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "body", "tool of one provider"),
        ({"files": [{"content": "!!!!", "media_type": "image/png"}]}, "body.files.0.content", "pattern"),
        ({"files": [{"content": "QUJD", "media_type": "text/html"}]}, "body.files.0.media_type", "pattern"),
        ({"files": [{"data": "QUJD", "media_type": "image/png"}]}, "body.files.0.content", "required"),
    ],
)
def test_options_that_cannot_be_meant_are_refused_before_any_call(shared, fields, key, words):
    """In the library's words, with the place in the body."""
    answer = shared.send("POST", "/api/ai/models/test", {"model": "alpha", **fields})
    assert kind_of(answer) == (422, "usage")
    said = {problem["key"]: problem["message"] for problem in answer.json()["problems"]}
    assert words in said[key]


def test_half_a_character_is_refused(shared):
    """Half a surrogate pair is no text."""
    with shared.client(Content_Type="application/json") as client:
        answer = client.post("/api/ai/models/test", content=b'{"model": "alpha", "prompt": "\\ud800"}')
    assert kind_of(answer) == (422, "usage")


def test_what_is_wrong_is_named(shared):
    """Every field that is wrong is named, once, with its place."""
    answer = shared.get("/api/ai/models", sort="nothing", min_context="many", colour="red")
    assert kind_of(answer) == (422, "usage")
    assert sorted(problem["key"] for problem in answer.json()["problems"]) == [
        "query.colour",
        "query.min_context",
        "query.sort",
    ]
    with shared.client(Content_Type="application/json") as client:
        broken = client.post("/api/ai/costs", content=b"{not json")
    assert kind_of(broken)[0] in (400, 422)


@pytest.mark.parametrize(
    "query", [{"max_price": "1_0"}, {"max_price": "\u0661"}, {"min_context": "1_000"}, {"ready": "yes"}], ids=str
)
def test_numbers_and_flags_as_json_writes_them(shared, query):
    """What Python would take for a number or a flag, and JSON does not, is refused."""
    assert kind_of(shared.get("/api/ai/models", **query)) == (422, "usage")


def test_a_filter_that_names_nothing(shared):
    """Neither a provider nor a task that is not there is found."""
    assert kind_of(shared.get("/api/ai/models", provider="nobody")) == (404, "unknown_name")
    assert kind_of(shared.get("/api/ai/models", task="nothing")) == (404, "unknown_name")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("PATCH", "/api/ai/tasks/chat", "DELETE, GET, PUT"), ("DELETE", "/api/ai/models", "GET"), ("GET", "/api/ai/costs", "POST")],
)  # fmt: skip
def test_what_cannot_be_done_at_a_path(shared, method, path, allow):
    """405 says what can be done."""
    answer = shared.send(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


def test_a_path_that_is_none(shared):
    """404 for a path of which nobody knows, as a problem as well."""
    assert kind_of(shared.get("/api/ai/nothing")) == (404, "not_found")


class Listener:
    """Somebody who listens to the events, but for those of the ledger: they come when its writer has time."""

    def __init__(self, served: Served) -> None:
        self._client = served.client()
        self._stream = self._client.stream("GET", "/api/ai/events")
        self._events = events_of(self._stream.__enter__().iter_lines())

    def next(self) -> tuple[str, dict]:
        return next(event for event in self._events if event[0] != "ledger")

    def close(self) -> None:
        self._stream.__exit__(None, None, None)
        self._client.close()


@pytest.fixture
def listener(served: Served) -> Iterator[Listener]:
    found = Listener(served)
    yield found
    found.close()


def test_changes_are_told(served, listener):
    """Assignments by anybody, changes of the catalogue, files that cannot be used, and tests are told to all."""
    Path(".env").write_text("AI_CHAT_MODEL=lab/beta\n")
    assert listener.next() == ("assignments", {"schema": 1, "tasks": ["chat"]})
    served.send("PUT", "/api/ai/tasks/listening", {"route": "alpha", "force": True})
    assert listener.next() == ("assignments", {"schema": 1, "tasks": ["listening"]})
    served.send("POST", "/api/ai/models/test", {"model": "alpha"})
    name, told = listener.next()
    assert (name, told["model"], told["ok"], told["error"]) == ("test", "alpha", True, None)
    assert conforming(json.dumps(told), "TestedEvent")
    catalogue = Path("models.toml").read_text()
    Path("models.toml").write_text(f"{catalogue}\n[broken")
    name, told = listener.next()
    assert (name, conforming(json.dumps(told), "ErrorDocument")["error"]["kind"]) == ("problem", "catalogue")
    Path("models.toml").write_text(catalogue.replace("input = 1,", "input = 2,"))
    assert [listener.next()[0], listener.next()[0]] == ["catalogue", "assignments"]


def test_a_change_before_the_first_look_is_told(work):
    """A change between the start of the server and its first look at the files, however late that is, is told."""
    (work / "models.toml").write_text(CATALOGUE.format(url="http://127.0.0.1:9"))
    cache, changed = WorkspaceCache(WorkspaceSource(directory=work)), threading.Event()

    async def first_event() -> tuple[str, bytes] | None:
        loop, broadcaster = asyncio.get_running_loop(), Broadcaster(cache)
        loop.set_default_executor(ThreadPoolExecutor(1))
        loop.run_in_executor(None, changed.wait, LONG_S)  # no other thread is free
        subscriber, watching = broadcaster.subscribe(), asyncio.create_task(broadcaster.watch())
        await asyncio.sleep(0)
        (work / ".env").write_text("AI_CHAT_MODEL=lab/beta\n")
        changed.set()
        told = await asyncio.wait_for(subscriber.get(), LONG_S)
        watching.cancel()
        return told

    name, told = asyncio.run(first_event()) or ("", b"")
    assert (name, json.loads(told)) == ("assignments", {"schema": 1, "tasks": ["chat"]})


def test_files_that_cannot_be_used(served):
    """Broken files are a 503 with every mistake; what they said before is not shown as if it held; mended, all is well."""
    catalogue = Path("models.toml").read_text()
    Path("models.toml").write_text(catalogue + "\n[models.alpha.prise]\ninput = 1\n[tasks.chat.nothing]\nx = 1\n")
    for answer in (
        served.get("/api/ai/models"),
        served.get("/api/ai/tasks"),
        served.get("/api/ai/models/alpha"),
        served.send("PUT", "/api/ai/tasks/chat", {"route": "alpha"}),
        served.send("POST", "/api/ai/models/test", {"model": "alpha"}),
    ):
        assert kind_of(answer) == (503, "catalogue")
        assert {problem["file"] for problem in answer.json()["problems"]} == {"models.toml"}
    assert served.get("/healthz").json() == {"status": "ok"}
    Path("models.toml").write_text(catalogue)
    assert served.get("/api/ai/models").status_code == 200


def test_a_directory_that_goes_away(served, work):
    """Nobody's request is to blame for a directory or a file that is not there any more."""
    work.rename(work.with_name("elsewhere"))
    for answer in (served.get("/api/ai/tasks"), served.send("PUT", "/api/ai/tasks/chat", {"route": "alpha"})):
        assert kind_of(answer) == (503, "configuration")
    work.with_name("elsewhere").rename(work)
    assert served.get("/api/ai/tasks").status_code == 200


def test_a_file_that_cannot_be_read(served, monkeypatch):
    """What the system refuses to read is told as such, and watched on."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "models.toml")

    with monkeypatch.context() as broken:
        broken.setattr(reload, "open_workspace", refused)
        Path(".env").write_text("A=1\n")
        answer = served.get("/api/ai/tasks")
        assert (*kind_of(answer), answer.json()["detail"]) == (
            503,
            "configuration",
            "models.toml: Permission denied",
        )
        time.sleep(0.7)  # the watch has seen it as well
    Path(".env").write_text("A=22\n")
    assert served.get("/api/ai/tasks").status_code == 200


def test_an_env_file_that_cannot_be_written(served):
    """A read-only .env is told, not overwritten."""
    Path(".env").write_text("A=1\n")
    Path(".env").chmod(0o444)
    assert kind_of(served.send("PUT", "/api/ai/tasks/chat", {"route": "alpha"})) == (503, "env_file")
    assert Path(".env").read_text() == "A=1\n"


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
@pytest.mark.parametrize("path", ["/api/ai/models/test", "/api/ai/models/probe"])
def test_who_hangs_up_ends_his_call(work, path, accept):
    """A client that goes away takes its call with it: the provider sees the connection end."""
    begun, ended = threading.Event(), threading.Event()

    def endless(_: Request, answer: Answer) -> None:
        try:
            while True:
                answer.piece("word ")
                begun.set()
                time.sleep(0.02)
        except ConnectionError:
            ended.set()

    with model_server(endless) as models:
        (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
        with serving(work) as served, served.client(Accept=accept) as client, ThreadPoolExecutor(1) as pool:
            connection = ClientConnection()
            call = pool.submit(client.post, path, json={"model": "alpha"}, extensions={"trace": connection.trace})
            assert begun.wait(LONG_S)
            assert served.get("/api/ai/server").json()["spending"]["reserved_usd"] > 0
            connection.hang_up()
            assert ended.wait(LONG_S)
            with pytest.raises(httpx.TransportError):
                call.result(LONG_S)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_who_hangs_up_while_nothing_was_said_ends_his_call(work, accept, stream):
    """Also a call that waits for the first word, as those do that people stop, is cut at once."""
    begun, ended = threading.Event(), threading.Event()

    def silent(peer: Peer) -> None:
        begun.set()
        peer.hold()
        ended.set()

    with RawServer({"alpha": [silent]}) as models:
        (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
        with serving(work) as served, served.client(Accept=accept) as client, ThreadPoolExecutor(1) as pool:
            connection, question = ClientConnection(), {"model": "alpha", "stream": stream}
            trace = {"trace": connection.trace}
            call = pool.submit(client.post, "/api/ai/models/test", json=question, extensions=trace)
            assert begun.wait(LONG_S)
            connection.hang_up()
            assert ended.wait(LONG_S)
            with pytest.raises(httpx.TransportError):
                call.result(LONG_S)


class ClientConnection:
    """The connection of a request, as httpx tells it to `extensions={"trace": …}`."""

    def __init__(self) -> None:
        self._streams: list[httpcore.NetworkStream] = []

    def trace(self, event: str, info: dict) -> None:
        if event == "connection.connect_tcp.complete":
            self._streams.append(info["return_value"])

    def hang_up(self) -> None:
        """Cut it, as a process that is killed does."""
        for stream in self._streams:
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def test_spending_is_limited(work, models):
    """`--max-cost`: what an answer may cost is set aside, a call for which too little is left is not made."""
    (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
    with serving(work, max_cost=Decimal("0.0101")) as served:
        first, second = (
            served.send("POST", "/api/ai/models/test", {"model": "alpha", "max_tokens": 990}) for _ in range(2)
        )
        assert first.json()["results"][0]["ok"] is True
        spending = served.get("/api/ai/server").json()["spending"]
        assert spending == {"limit_usd": 0.0101, "spent_usd": 0.00006, "reserved_usd": 0}
        error = second.json()["results"][0]["error"]
        assert error["kind"] == "budget"
        assert 3500 < error["retry_after_s"] <= 3600
        (probe,) = served.send("POST", "/api/ai/models/probe", {"model": "alpha"}).json()["probes"]
        assert {item["error"]["kind"] for item in probe["capabilities"]} == {"budget"}
    with serving(work, max_cost=Decimal(0)) as served:
        assert (
            served.send("POST", "/api/ai/models/test", {"model": "alpha"}).json()["results"][0]["error"]["kind"]
            == "budget"
        )


def test_tests_at_once_are_limited(work, monkeypatch):
    """Who asks for more than the server does at once waits for a turn, and then is told to come again."""
    monkeypatch.setattr(live_tests, "MOST_TESTS", 1)
    monkeypatch.setattr(live_tests, "PATIENCE_S", 0.1)
    free = threading.Event()

    def slow(request: Request, answer: Answer) -> None:
        free.wait(LONG_S)
        answer.say(request, "Done.")

    with model_server(slow) as models:
        (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
        with serving(work) as served, ThreadPoolExecutor(1) as pool:
            first = pool.submit(served.send, "POST", "/api/ai/models/test", {"model": "alpha"})
            while not models.requests:
                time.sleep(0.01)
            second = served.send("POST", "/api/ai/models/test", {"model": "alpha"})
            assert kind_of(second) == (429, "rate_limit")
            assert int(second.headers["retry-after"]) > 0
            free.set()
            assert first.result().json()["passed"] == 1
            assert served.send("POST", "/api/ai/models/test", {"model": "alpha"}).json()["passed"] == 1


def test_who_does_not_read_keeps_nobody_s_turn(work, monkeypatch):
    """A test's turn ends with its call, though its client never reads the answer; what became of it is told all the same."""
    monkeypatch.setattr(live_tests, "MOST_TESTS", 1)
    monkeypatch.setattr(live_tests, "PATIENCE_S", LONG_S)
    with model_server(saying(*["word " * 10_000] * 200)) as models:
        (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
        with serving(work) as served, ExitStack() as clients:
            listening = Listener(served)
            clients.callback(listening.close)
            for number in range(1, 4):
                client = clients.enter_context(served.client(Accept="text/event-stream"))
                test = client.stream("POST", "/api/ai/models/test", json={"model": "alpha"})
                assert clients.enter_context(test).status_code == 200, number
            assert [listening.next()[1]["ok"] for _ in range(3)] == [True] * 3


def test_what_the_limit_never_allows_is_refused_at_once(work, monkeypatch):
    """A call that could cost more than the whole limit waits for nobody; one for which others hold the money not long."""
    free = threading.Event()

    def slow(request: Request, answer: Answer) -> None:
        free.wait(LONG_S)
        answer.say(request, "Done.")

    def ask(served: Served, most: int) -> dict:
        body = {"model": "alpha", "max_tokens": most}
        return served.send("POST", "/api/ai/models/test", body).json()["results"][0]

    with model_server(slow) as models, ThreadPoolExecutor(1) as pool:
        (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
        monkeypatch.setattr(run, "PATIENCE_S", 0.3)
        with serving(work, max_cost=Decimal("0.011")) as served:
            first = pool.submit(ask, served, 990)
            while not models.requests:
                time.sleep(0.01)
            for most, said in (
                (1500, "more than the whole cost limit ($0.011)"),
                (900, "of the cost limit of $0.011 an hour is left: $0 spent, $0.010"),
            ):
                error = ask(served, most)["error"]
                assert (error["kind"], said in error["message"]) == ("budget", True)
            free.set()
            assert first.result()["ok"] is True
            assert ask(served, 900)["ok"] is True


def test_two_hundred_clients_at_once(shared):
    """Two hundred clients, each with its own connection, read and listen at once, and all are answered."""

    async def one(number: int) -> int:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(base_url=shared.url, headers=headers, timeout=30, verify=False) as client:
            if number % 4 == 3:
                async with client.stream("GET", "/api/ai/events") as answer:
                    async for _ in answer.aiter_lines():
                        return answer.status_code
            path = ("/api/ai/tasks", "/api/ai/models", "/api/ai/models/alpha")[number % 4]
            return (await client.get(path)).status_code

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(one(number) for number in range(200)))

    assert asyncio.run(all_of_them()) == [200] * 200


def test_the_description_is_whole(shared):
    """Every operation says what it does, what it answers, and each refusal; every field of a body has a meaning."""
    described = shared.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/ai/models", "/api/ai/models/test", "/api/ai/models/probe", "/api/ai/models/{model}", "/api/ai/tasks", "/api/ai/tasks/{task}",
        "/api/ai/costs", "/api/ai/route", "/api/ai/events", "/api/ai/server", "/healthz", "/metrics", "/api/ai/usage",
        "/api/ai/arms/{task}", "/api/ai/scores", "/api/ai/budgets", "/api/ai/overview",
        "/api/ai/tasks/{task}/history", "/api/ai/tasks/{task}/undo",
    }  # fmt: skip
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation["description"]
            for status, answer in operation["responses"].items():
                assert answer["description"]
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]
            assert path == "/healthz" or {"401", "403", "422"} <= operation["responses"].keys()
    for name, schema in described["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, meaning in schema["properties"].items():
            assert meaning.get("description"), f"{name}.{field}"


def test_the_description_has_the_types_of_the_documents(shared):
    """Answers are described by the types of `--json`: their fields and no others, amounts as numbers of US dollars."""
    schemas = shared.get("/openapi.json").json()["components"]["schemas"]
    answers = schemas.keys() & contract().keys()
    assert {"ListDocument", "ModelInfoDocument", "TasksDocument", "TestDocument", "ProblemDetails"} <= answers
    for name in answers:
        properties = schemas[name]["properties"]
        assert schemas[name]["additionalProperties"] is False
        assert properties.keys() == contract()[name].__annotations__.keys()
        assert set(schemas[name].get("required", ())) == contract()[name].__required_keys__
        for field, schema in properties.items():
            if field.endswith("_usd"):
                kinds = schema.get("anyOf", [schema])
                assert kinds[0]["type"] == "number"
                assert {kind["type"] for kind in kinds} <= {"number", "null"}
    assert schemas["PriceObject"]["properties"]["input"]["anyOf"][0]["description"].startswith("US dollars")


@pytest.mark.parametrize(
    ("name", "method", "path", "body"),
    [
        ("ListDocument", "GET", "/api/ai/models?all=true", None),
        ("ModelInfoDocument", "GET", "/api/ai/models/claude-opus-5-5", None),
        ("TasksDocument", "GET", "/api/ai/tasks", None),
        ("TaggedTaskDocument", "GET", "/api/ai/tasks/chat", None),
        ("ListDocument", "GET", "/api/ai/models?limit=1", None),
        ("AssignDocument", "PUT", "/api/ai/tasks/chat", {"route": "lab/beta", "dry_run": True}),
        ("HistoryDocument", "GET", "/api/ai/tasks/chat/history", None),
        ("CostDocument", "POST", "/api/ai/costs", {"assigned": True}),
        ("RouteDocument", "POST", "/api/ai/route", {"task": "chat"}),
        ("TestDocument", "POST", "/api/ai/models/test", {"models": ["alpha", "lab/beta"], "retries": 0}),
        ("ProbeDocument", "POST", "/api/ai/models/probe", {"model": "alpha", "retries": 0}),
        ("ServerDocument", "GET", "/api/ai/server", None),
        ("HealthObject", "GET", "/healthz", None),
    ],
)
def test_an_answer_is_of_its_type(shared, name, method, path, body):
    """What is answered has all fields of its type, no others, and values of their types."""
    answer = shared.send(method, path, body)
    assert answer.status_code == 200
    assert conforming(answer.content, name)


def test_the_server_tells_of_itself(shared):
    """What is shared, and the version, but no path of the machine."""
    about = shared.get("/api/ai/server").json()
    assert (about["directory"], about["file"], about["read_only"]) == ("work", ".env", False)
    assert json.dumps(about).count("/") == 0
