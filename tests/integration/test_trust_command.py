"""`trust`: a cloned project's hosts are shown, trusted, listed and revoked; and what a refusal tells to do works."""

import json
import os
import pty
import subprocess
import sys

import pytest
from command_line import environment, run_cli
from model_server import model_server, saying
from projects import write

from model_manager import AIService, ProviderError

KEY = "kq7-abcdefghijklmnopqrstuvw"
OTHER = """
[providers.other]
wire = "openai"
base_url = "https://other.example/v1"
api_key_env = ["OTHER_API_KEY"]
[models.o]
provider = "other"
"""


@pytest.fixture
def server(work, monkeypatch):
    """A cloned project whose .env sends a key to a server of this machine that the catalogue does not know."""
    monkeypatch.delenv("MODEL_MANAGER_TRUST")
    monkeypatch.setenv("LOCAL_API_KEY", KEY)
    with model_server(saying("hi")) as running:
        write(work, "models.toml", running.catalogue() + '[tasks.chat]\nmodel = "m"\n')
        yield running


def destinations(*options: str) -> list[dict[str, object]]:
    result = run_cli("trust", "--json", *options)
    assert result.exit_code == 0, result.stderr
    return list(result.json["destinations"])


def test_a_refusal_names_url_file_line_and_both_ways_out(server):
    """Nothing is sent, and what the message says to do makes the call work."""
    refused = run_cli("test", "m", "hi")
    assert refused.exit_code == 1
    assert f"LOCAL_API_KEY is not sent to {server.url}, named by models.toml:3" in refused.stderr
    assert (
        "Hint: to allow it, use --trust for this run, or run model-manager trust to allow it permanently"
        in refused.stderr
    )
    assert server.requests == []
    assert run_cli("test", "m", "hi", "--trust").exit_code == 0
    assert run_cli("test", "m", "hi", env={"MODEL_MANAGER_TRUST": server.url}).exit_code == 0
    assert run_cli("test", "m", "hi", env={"MODEL_MANAGER_TRUST": "https://a.example"}).exit_code == 1
    assert run_cli("trust", "--yes").exit_code == 0
    assert run_cli("test", "m", "hi").exit_code == 0
    assert len(server.requests) == 3


def test_what_would_go_where_is_shown_and_remembered_only_with_yes(server, work):
    """Without a terminal nobody can be asked; the document says what is trusted."""
    host = server.url.removeprefix("http://").removesuffix("/v1")
    row = {
        "provider": "local", "host": host, "base_url": server.url, "variable": "LOCAL_API_KEY",
        "file": "models.toml", "line": 3,
    }  # fmt: skip
    assert destinations() == [{**row, "trusted": False}]
    shown = run_cli("trust")
    assert f"LOCAL_API_KEY  {server.url}" in shown.stdout
    assert shown.stderr == "Nothing was changed; use --yes to trust them.\n"
    assert destinations("--list") == []
    assert destinations("--yes") == [{**row, "trusted": True}]
    assert destinations() == [{**row, "trusted": True}]
    listed = {**row, "file": str(work.resolve() / "models.toml"), "line": None, "trusted": True}
    assert destinations("--list") == [listed]
    assert destinations("--revoke") == [{**listed, "trusted": False}]
    assert destinations() == [{**row, "trusted": False}]
    assert run_cli("trust", "--revoke").stderr == "Nothing in this project was trusted.\n"


@pytest.mark.usefixtures("server")
def test_providers_are_trusted_one_by_one(work):
    """Named providers are trusted alone, a key that is not set yet included, and revoked by any of their names."""
    with (work / "models.toml").open("a") as file:
        file.write(OTHER)
    assert [row["variable"] for row in destinations()] == ["LOCAL_API_KEY", "OTHER_API_KEY"]
    destinations("other", "--yes")
    assert [row["trusted"] for row in destinations()] == [False, True]
    for name in ("other", "other.example", "https://other.example/v1/", str(work.resolve() / "models.toml")):
        assert [row["provider"] for row in destinations("--revoke", name)] == ["other"]
        destinations("other", "--yes")
    assert "did you mean other" in run_cli("trust", "othr").stderr
    assert run_cli("trust", "othr").exit_code == 2
    assert "nothing is trusted under the name 'x'" in run_cli("trust", "--revoke", "x").stderr
    assert run_cli("trust", "--revoke", "--list").exit_code == 2


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(("answer", "count"), [("y", 1), ("", 0), ("n", 0), ("x", 0)])
def test_a_terminal_is_asked(answer, count):
    """Only a yes trusts."""
    controller, terminal = pty.openpty()
    os.write(controller, f"{answer}\n".encode())
    command = [sys.executable, "-m", "model_manager", "trust"]
    done = subprocess.run(
        command, stdin=terminal, capture_output=True, text=True, env=environment(), timeout=60, check=False
    )
    os.close(controller)
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert "Trust them? [y/N]" in done.stderr
    assert len(destinations("--list")) == count


@pytest.mark.usefixtures("server")
def test_a_running_service_takes_trust_up_and_loses_it():
    """`trust=True` holds for the service, and what is remembered or revoked counts from its next call on."""
    with AIService(trust=True) as service:
        assert service.chat("chat", "hi").text == "hi"
    with AIService() as service:
        with pytest.raises(ProviderError) as caught:
            service.chat("chat", "hi")
        assert caught.value.kind == "untrusted"
        assert "`trust`" in str(caught.value.hint)
        run_cli("trust", "--yes")
        assert service.chat("chat", "hi").text == "hi"
        run_cli("trust", "--revoke")
        with pytest.raises(ProviderError):
            service.chat("chat", "hi")


@pytest.mark.usefixtures("server")
def test_the_record_is_for_its_owner_and_holds_no_key(clean_machine):
    """Files, URLs and names of variables are written down, and nothing else."""
    run_cli("trust", "--yes")
    (path,) = (clean_machine / "state").rglob("trust.json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert KEY not in path.read_text()
    assert set(json.loads(path.read_text())["trusted"][0]) == {"file", "provider", "base_url", "variable"}


@pytest.mark.usefixtures("server")
def test_a_url_with_something_of_the_environment_in_it_is_trusted_for_a_run_only(work):
    """What is put together from variables may hold a key, so it is neither shown nor written down."""
    write(work, ".env", "LOCAL_BASE_URL=https://x.example/${LOCAL_API_KEY}\n")
    (row,) = destinations("--yes")
    assert (row["base_url"], row["trusted"]) == (None, False)
    assert "only with --trust" in run_cli("trust").stdout
    assert KEY not in run_cli("trust").stdout
    assert destinations("--list") == []
