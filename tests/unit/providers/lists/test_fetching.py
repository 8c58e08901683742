"""Fetching providers' lists over real connections on loopback."""

import gzip
import json
import time

import pytest
from list_server import list_server

from model_manager.core.endpoints import Endpoint, Secret
from model_manager.core.models import Model, Provider
from model_manager.errors import ProviderError
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.transport import Transport
from model_manager.providers.lists import list_call
from model_manager.providers.lists.fetching import fetch_models

KEY = "kq7-wWx4TzR9uVbN2mLp8s"


def endpoint(url: str, wire: str = "openai") -> Endpoint:
    """Where a provider is, with a key."""
    model = Model(id="m", name="M", provider="acme", model_id="m")
    provider = Provider(id="acme", name="Acme", wire=wire)
    return Endpoint(model=model, provider=provider, base_url=url, key=Secret(KEY))


def fetch(where: Endpoint, seconds: float = 20):
    """The models of a list."""
    deadline = Deadline.starting(time.monotonic(), silence_s=seconds, total_s=seconds)
    with Transport() as transport:
        return fetch_models(where, transport.connect(), deadline)


def test_a_list_is_a_get_with_the_key_and_without_a_body():
    """The request has the key in the wire's header, no body and no content type."""
    with list_server({"/v1/models": {"data": [{"id": "a"}, {"id": "b"}]}}) as server:
        models = fetch(endpoint(f"{server.url}/v1"))
    assert [model.model_id for model in models] == ["a", "b"]
    (request,) = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == b""
    assert not {"content-type", "content-length"} & set(request.headers)


def test_pages_are_followed():
    """Anthropic's further pages are asked for with the last id."""
    pages = {
        "/v1/models?limit=1000": {"data": [{"id": "a"}], "has_more": True, "last_id": "a b"},
        "/v1/models?limit=1000&after_id=a%20b": {"data": [{"id": "c"}], "has_more": False},
    }
    with list_server(pages) as server:
        models = fetch(endpoint(server.url, "anthropic"))
    assert [model.model_id for model in models] == ["a", "c"]
    assert server.requests[1].headers["x-api-key"] == KEY
    assert "anthropic-version" in server.requests[0].headers


MORE = {"data": [{"id": "a"}], "has_more": True}


@pytest.mark.parametrize(
    ("wire", "pages"),
    [
        (
            "gemini",
            {
                "/v1beta/models?pageSize=1000": {"models": [{"name": "models/a"}], "nextPageToken": "x"},
                "/v1beta/models?pageSize=1000&pageToken=x": {"models": [], "nextPageToken": "x"},
            },
        ),
        ("openai", {"/models": {**MORE, "last_id": "a"}}),
        ("anthropic", {"/v1/models?limit=1000": MORE}),
    ],
    ids=["repeated mark", "no way to ask for pages", "no mark"],
)
def test_a_part_of_a_list_is_no_list(wire, pages):
    """A list whose further pages cannot be had is an error: a model that it lacks may be on one of them."""
    with list_server(pages) as server, pytest.raises(ProviderError, match="the list is incomplete"):
        fetch(endpoint(server.url, wire))
    assert len(server.requests) == len(pages)


@pytest.mark.parametrize(
    ("answer", "status", "kind", "words"),
    [
        ({"error": {"message": f"bad key {KEY}"}}, 401, "auth", "HTTP 401"),
        (b"<html>", 200, "protocol", "not JSON"),
        (b'{"data": [', 200, "protocol", "not JSON"),
        ({"hello": "there"}, 200, "protocol", "no list"),
        (b"", 503, "overloaded", "HTTP 503"),
    ],
)
def test_what_is_no_list_is_an_error_of_its_kind(answer, status, kind, words):
    """A refusal, half a document and a foreign document are errors without the key in them."""
    with list_server({"/v1/models": answer}, status=status) as server, pytest.raises(ProviderError) as caught:
        fetch(endpoint(f"{server.url}/v1"))
    assert caught.value.kind == kind
    assert words in caught.value.message
    assert KEY not in caught.value.message


def test_a_redirect_is_not_followed():
    """A key does not go along a redirect."""
    with (
        list_server({"/v1/models": b""}, status=302, location="http://127.0.0.1:9/x") as server,
        pytest.raises(ProviderError, match=r"redirect to 127\.0\.0\.1, which is not followed"),
    ):
        fetch(endpoint(f"{server.url}/v1"))


def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused():
    """The limit of bytes is one of the unpacked list."""
    bomb = gzip.compress(b'{"data": [' + b" " * 30_000_000)
    with (
        list_server({"/v1/models": bomb}, content_encoding="gzip") as server,
        pytest.raises(ProviderError, match="larger than 20 MB"),
    ):
        fetch(endpoint(f"{server.url}/v1"))


def test_a_server_that_is_not_there_is_a_connection_error():
    """Without a server there is an error of kind connection."""
    with list_server({}) as server:
        url = server.url
    with pytest.raises(ProviderError) as caught:
        fetch(endpoint(url))
    assert caught.value.kind == "connection"


def test_the_public_list_of_cerebras_gets_no_key():
    """A public list of a known host is asked for without the key, at its own path."""
    call = list_call(endpoint("https://api.cerebras.ai/v1"))
    assert (call.url, call.secret_headers) == ("https://api.cerebras.ai/public/v1/models", {})
    other = list_call(endpoint("https://api.x.ai/v1"))
    assert other.url == "https://api.x.ai/v1/language-models"
    assert json.dumps(dict(other.headers)).count(KEY) == 0
