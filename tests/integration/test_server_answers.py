"""Answers of the server: pages, compressed forms, one task by itself, and refusals of bounded length."""

import gzip
import json

import httpx
import pytest
from model_server import model_server, saying
from serving import CATALOGUE, Served, serving, shared_server

from model_manager.server.compression import LEAST_BYTES


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    """A server whose directory no test changes."""
    with (
        model_server(saying("Hello.")) as models,
        shared_server(tmp_path_factory.mktemp("answers"), models.url) as running,
    ):
        yield running


def serving_project(work, url: str):
    (work / "models.toml").write_text(CATALOGUE.format(url=url))
    return serving(work)


def raw(served: Served, path: str, method: str = "GET", **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer, and its bytes as they came."""
    with served.client(**headers) as client, client.stream(method, path) as answer:
        return answer, b"".join(answer.iter_raw())


def test_a_list_comes_page_by_page(shared):
    """`next` leads through all models in their order, and is null at the end; the rest of the document stays."""
    whole = shared.get("/api/ai/models").json()
    assert "next" not in whole
    found, after = [], {}
    for _ in range(1000):
        page = shared.get("/api/ai/models", limit=50, **after).json()
        found += page["models"]
        rest = {"models": whole["models"], "next": None, "total": len(whole["models"])}
        assert {**page, **rest} == {**whole, **rest}
        assert page["total"] == rest["total"]
        if page["next"] is None:
            break
        assert len(page["models"]) == 50
        after = {"after": page["next"]}
    assert found == whole["models"]


def test_pages_keep_filters_and_order(shared):
    """A page is one of the filtered and sorted list; behind the last model there is nothing."""
    query = {"sort": "price", "capability": "vision"}
    ids = [model["id"] for model in shared.get("/api/ai/models", **query).json()["models"]]
    page = shared.get("/api/ai/models", **query, limit=2, after=ids[1]).json()
    assert [model["id"] for model in page["models"]] == ids[2:4]
    last = shared.get("/api/ai/models", **query, after=ids[-1]).json()
    assert (last["models"], last["next"]) == ([], None)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": 0}, 422),
        ({"limit": 1001}, 422),
        ({"limit": "x"}, 422),
        ({"after": "nobody"}, 404),
        ({"after": ""}, 422),
    ],
)
def test_a_page_that_cannot_be(shared, query, status):
    """Bounds are refused, and a model that is not in the list is not found."""
    assert shared.get("/api/ai/models", **query).status_code == status


@pytest.mark.parametrize(
    "path", ["/api/ai/models", "/openapi.json", "/page/app.js", "/api/ai/models/claude-opus-5-5"]
)
def test_long_answers_are_compressed_for_those_who_take_it(shared, path):
    """The same bytes after unpacking, the same each time, smaller, and told from the plain form."""
    plain, content = raw(shared, path, Accept_Encoding="identity")
    assert len(content) >= LEAST_BYTES
    assert "content-encoding" not in plain.headers
    packed, compressed = raw(shared, path, Accept_Encoding="gzip, deflate")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) == len(compressed) < len(content)
    assert gzip.decompress(compressed) == content
    assert raw(shared, path, Accept_Encoding="gzip")[1] == compressed


@pytest.mark.parametrize(
    ("accept", "is_packed"),
    [("gzip", True), ("*", True), ("br;q=1, gzip;q=0.5", True), ("GZIP ; q=1", True), ("gzip;q=0", False),
     ("gzip;q=0.000", False), ("br", False), ("*;q=0", False), ("gzip;q=0, *", False)],
)  # fmt: skip
def test_what_a_client_takes_is_read_from_its_weights(shared, accept, is_packed):
    """Zero means not at all, a star means any."""
    assert ("content-encoding" in raw(shared, "/api/ai/models", Accept_Encoding=accept)[0].headers) is is_packed


@pytest.mark.parametrize("path", ["/api/ai/models", "/openapi.json", "/page/app.js"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_either_form_is_known_again(shared, path, encoding):
    """The tag of the compressed and of the plain form both mean that nothing has changed."""
    tag = raw(shared, path, Accept_Encoding=encoding)[0].headers["etag"]
    for other in ("gzip", "identity"):
        assert raw(shared, path, Accept_Encoding=other, If_None_Match=tag)[0].status_code == 304


def test_any_form_that_a_client_has_will_do(shared):
    """If-None-Match: * stands for every tag, and the answer says what the document varies with."""
    answer = raw(shared, "/api/ai/models", If_None_Match="*")[0]
    assert (answer.status_code, answer.headers["vary"]) == (304, "Accept-Encoding")


def test_short_answers_and_heads_come_as_they_are(shared):
    """What fits into a packet is not compressed, and HEAD has no body in either form."""
    assert "content-encoding" not in raw(shared, "/healthz", Accept_Encoding="gzip")[0].headers
    answer, content = raw(shared, "/api/ai/models", "HEAD", Accept_Encoding="gzip")
    assert (answer.status_code, content) == (200, b"")


def test_events_are_never_compressed(shared):
    """A stream of events is sent as it comes."""
    with shared.client(Accept_Encoding="gzip", Accept="text/event-stream") as client:
        body = {"model": "alpha"}
        with client.stream("POST", "/api/ai/models/test", json=body) as answer:
            assert "content-encoding" not in answer.headers
            assert "event: done" in answer.read().decode()


def test_a_task_by_itself(work):
    """One task is as the list has it; its ETag is for If-Match, until somebody changes it."""
    with model_server(saying("Hello.")) as models, serving_project(work, models.url) as served:
        answer = served.get("/api/ai/tasks/chat")
        (listed,) = [one for one in served.get("/api/ai/tasks").json()["tasks"] if one["task"] == "chat"]
        assert answer.json() == {"schema": 1, "task": listed}
        tag = answer.headers["etag"]
        assert tag == listed["etag"]
        change = {"route": "lab/beta"}
        assert served.send("PUT", "/api/ai/tasks/chat", change, If_Match=tag).status_code == 200
        assert served.send("PUT", "/api/ai/tasks/chat", change, If_Match=tag).status_code == 412
        assert served.send("DELETE", "/api/ai/tasks/chat", If_Match="*").status_code == 200
        assert served.get("/api/ai/tasks/nothing").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/ai/route", '{"task": "chat", "task": "listening"}'),
        ("/api/ai/costs", '{"models": ["alpha"], "tokens": 1, "tokens": 2}'),
        ("/api/ai/models/test", '{"model": "alpha", "mod\\u0065l": "alpha"}'),
        ("/api/ai/costs", '{"models": [{"a": 1, "a": 1}]}'),
        # Read in an instant: a search that took time for each pair of keys would outlast the client's patience.
        ("/api/ai/costs", "{" + "".join(f'"k{number}": 1, ' for number in range(200_000)) + '"k199999": 1}'),
    ],
    ids=["equal", "different", "escaped", "nested", "last of many"],
)
def test_a_key_that_stands_twice_is_refused(shared, path, body):
    """Two readers of such a body may take different values for it."""
    with shared.client(Content_Type="application/json") as client:
        answer = client.post(path, content=body)
    assert answer.status_code == 400
    assert "more than once" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"models": [None] * 10_000},
        {f"field{number}": 1 for number in range(10_000)},
        {"x" * 100_000: 1},
        {"models": ["\udc80"] * 10_000},
        {"per": "x" * 100_000},
    ],
    ids=["items", "fields", "name", "halves", "word"],
)
def test_a_refusal_is_short_whatever_is_wrong(shared, body):
    """Of thousands of mistakes the first are told, and how many more there are."""
    with shared.client(Content_Type="application/json") as client:
        answer = client.post("/api/ai/costs", content=json.dumps(body))
    assert answer.status_code == 422
    problem = answer.json()
    assert 1 <= len(problem["problems"]) <= 20
    assert len(answer.content) < 10_000
    assert ("more problems" in problem["detail"]) == (len(problem["problems"]) == 20)


#: Options that the library takes as a word or a number, or as a yes or a number.
OF_TWO_TYPES = {"reasoning", "cache", "logprobs"}


def test_bodies_are_described_in_plain_types(shared):
    """A field of a body has one type, which may be null beside; If-Match is a parameter of what changes a task."""
    described = shared.get("/openapi.json").json()
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for path in described["paths"].values()
        for operation in path.values()
        if "requestBody" in operation
    }
    assert {"AssignRequest", "LiveTest", "CostRequest", "RouteRequest"} <= bodies
    for name in bodies:
        schema = described["components"]["schemas"][name]
        assert schema.keys().isdisjoint({"oneOf", "anyOf", "allOf"})
        for name_of_field, field in schema["properties"].items():
            if name_of_field in OF_TWO_TYPES:
                continue
            assert field.keys().isdisjoint({"oneOf", "anyOf", "allOf"})
            kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
            assert len({*kinds} - {"null"}) == 1
    for method in ("put", "delete"):
        parameters = described["paths"]["/api/ai/tasks/{task}"][method]["parameters"]
        (header,) = [one for one in parameters if one["in"] == "header"]
        assert (header["name"], header["required"], header["schema"]["type"]) == ("If-Match", False, "string")
