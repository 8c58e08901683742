"""A base URL that a variable overrides: named by a 404 before the model is doubted, with the usual slips."""

import json

import pytest
from command_line import run_cli
from model_server import KEY, model_server, refusing, saying

NOT_FOUND = refusing(404, "The model `m` does not exist", code="model_not_found")


def page(_, answer):
    """What a server says that knows no such path."""
    answer.json(b"404 page not found", status=404, Content_Type="text/plain")


def hint_of(**variables: str) -> str:
    result = run_cli("test", "m", "hi", "--retries", "0", "--json", env=variables)
    assert result.exit_code == 1
    error = json.loads(result.stdout)["results"][0]["error"]
    assert error["kind"] == "not_found"
    return error["hint"]


@pytest.mark.parametrize("script", [NOT_FOUND, page], ids=["json", "text"])
def test_the_overridden_url_comes_first(work, script):
    """A 404 names the URL, its variable and its place, and only then the model."""
    with model_server(script) as server:
        server.project(work)
        hint = hint_of(LOCAL_BASE_URL=server.url)
    assert hint == (f"check the base URL {server.url} (LOCAL_BASE_URL in the environment), then the model id m")


@pytest.mark.parametrize("script", [NOT_FOUND, page], ids=["json", "text"])
def test_a_missing_version_is_told(work, script):
    """A base URL without the /v1 that the wire does not add is told so, overridden or not."""
    with model_server(script) as server:
        server.project(work)
        bare = server.url.removesuffix("/v1")
        assert hint_of(LOCAL_BASE_URL=bare).startswith(
            f"check the base URL {bare} (LOCAL_BASE_URL in the environment), which does not end in /v1, then "
        )
        (work / "models.toml").write_text(server.catalogue().replace(server.url, bare))
        assert f"the base URL {bare}, which does not end in /v1" in hint_of()


def test_a_version_too_many_is_told(work):
    """Of the anthropic wire, which adds /v1 itself, a base URL that ends in it is the slip."""
    with model_server(page) as server:
        server.project(work, wire='"anthropic"')
        hint = hint_of(LOCAL_BASE_URL=server.url)
    assert (
        f"{server.url} (LOCAL_BASE_URL in the environment), which ends in /v1 although /v1/messages is added"
        in hint
    )


def test_googles_version_is_added_too(work):
    """A base URL that has it already is the slip."""
    with model_server(page) as server:
        url = server.url.removesuffix("/v1") + "/gemini/v1beta"
        server.project(work, wire='"gemini"')
        hint = hint_of(LOCAL_BASE_URL=url)
    assert "which ends in /v1beta although /v1beta/models is added" in hint


def test_a_server_of_ollama_is_named_beside_the_way_to_get_a_model(work):
    """With OLLAMA_HOST set, a model that is not there may be on another machine."""
    with model_server(lambda _, answer: answer.json({"error": "model 'x' not found"}, status=404)) as server:
        (work / "models.toml").write_text('[models.m]\nprovider = "ollama"\nmodel_id = "x"\n')
        host = server.url.removesuffix("/v1")
        hint = hint_of(OLLAMA_HOST=host)
    assert hint == f"check the base URL {host} (OLLAMA_HOST in the environment), then get it with: ollama pull x"


def test_nothing_overridden_is_not_doubted(work):
    """Where the catalogue's own URL is called, the model comes first."""
    with model_server(NOT_FOUND) as server:
        server.project(work)
        assert hint_of() == f"check the model id m and the base URL {server.url}"


def test_the_address_of_all_interfaces_is_this_machine(work):
    """0.0.0.0, as servers print where they listen, is called as 127.0.0.1 and gets the key, if the user says so."""
    with model_server(saying("fine")) as server:
        server.project(work)
        everywhere = server.url.replace("127.0.0.1", "0.0.0.0")
        result = run_cli("test", "m", "hi", env={"LOCAL_BASE_URL": everywhere})
        assert (result.exit_code, result.stdout) == (0, "fine\n"), result.stderr
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert server.requests[0].headers["host"].startswith("127.0.0.1:")


def test_the_address_of_all_interfaces_in_a_file_is_explained(work):
    """From a project's file it is not taken for this machine; the refusal says what to write."""
    with model_server(saying("fine")) as server:
        server.project(work)
        with (work / ".env").open("a") as file:
            file.write(f"LOCAL_BASE_URL={server.url.replace('127.0.0.1', '0.0.0.0')}\n")
        result = run_cli("test", "m", "hi")
    assert result.exit_code == 1
    assert "write 127.0.0.1: 0.0.0.0 is where a server listens, not where it is called" in result.stderr


def error_of(url: str) -> dict[str, str]:
    result = run_cli("test", "m", "hi", "--retries", "0", "--json", env={"LOCAL_BASE_URL": url})
    return json.loads(result.stdout)["results"][0]["error"]


def empty(_, answer):
    """An answer without anything in it."""
    answer.json(b"", status=200)


def away(_, answer):
    """An answer that sends its client elsewhere."""
    answer.json(b"", status=302, Location="https://login.example/sso")


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (refusing(401, "Incorrect API key provided", code="invalid_api_key"), "auth"),
        (refusing(503, "down for maintenance"), "overloaded"),
        (refusing(500, "oops"), "server"),
        (empty, "protocol"),
        (away, "protocol"),
    ],
    ids=["key", "maintenance", "server", "empty", "redirect"],
)
def test_every_failure_that_the_url_may_have_caused_names_it(work, script, kind):
    """A variable that is in the way is seen in the message: who answers there need not be the provider."""
    with model_server(script) as server:
        server.project(work)
        error = error_of(server.url)
    assert error["kind"] == kind
    assert f"{server.url} (LOCAL_BASE_URL in the environment)" in error["hint"]


def test_a_url_where_nobody_is_is_named(work):
    """So is one whose host does not exist, or refuses the connection."""
    with model_server(saying("hi")) as server:
        server.project(work)
    for url in (server.url, "https://nobody.invalid/v1"):
        assert f"the base URL {url} (LOCAL_BASE_URL in the environment)" in error_of(url)["hint"]


def test_a_typing_error_in_a_route_is_told_with_what_was_meant(work):
    """A task whose variable names a model that is not there gets the name that comes near, alone and in a chain."""
    with model_server(saying("hi")) as server:
        server.project(work)
        (work / "models.toml").write_text(
            server.catalogue("alpha-large") + '[tasks.chat]\nmodel = "alpha-large"\n'
        )
        for arguments, route in (
            (("--task", "chat"), "alpha-larg"),
            (("--task", "chat", "--each"), "alpha-larg,alpha-large"),
        ):
            result = run_cli("test", *arguments, "--json", env={"AI_CHAT_MODEL": route})
            assert json.loads(result.stdout)["results"][0]["error"]["hint"] == "did you mean alpha-large?"
