"""`update` against price tables on loopback: what is written, what is held, and what attackers get."""

import gzip
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from command_line import environment, run_cli, run_in_terminal
from contract import conforming
from fact_server import LISTS, TABLES, FactServer, Page, as_bytes, sample

from model_manager import AIService
from model_manager.commands.update_sources import SourceAddress, fetched_copy
from model_manager.config.catalogue.update.sources import SOURCES
from model_manager.providers.io.fetching import FetchedDocument
from model_manager.providers.lists import plain_call

KEY = "sk-ant-a-key-that-must-not-be-seen-0123456789"
NEW_INPUT, NEW_OUTPUT = Decimal("0.12"), Decimal("0.5")


@pytest.fixture
def server() -> Iterator[FactServer]:
    """Serves the samples as they are."""
    with FactServer() as running:
        running.serve_samples()
        yield running


@pytest.fixture
def layer(clean_machine: Path) -> Path:
    """Where the generated layer goes; it is not there yet."""
    return clean_machine / "state" / "model-manager" / "update" / "facts.toml"


def cheaper(server: FactServer, input_: Decimal = NEW_INPUT, output: Decimal = NEW_OUTPUT) -> None:
    """Two families say that gpt-4o-mini has another price."""
    table = sample("models.dev")
    table["openai"]["models"]["gpt-4o-mini"]["cost"] |= {"input": input_, "output": output}
    server.serve("models.dev", table)
    table = sample("litellm")
    row = {"input_cost_per_token": input_ / 10**6, "output_cost_per_token": output / 10**6}
    table["gpt-4o-mini"] |= row
    server.serve("litellm", table)


def price(model: str = "gpt-4o-mini") -> tuple[Decimal, Decimal]:
    """The price that `list` shows."""
    found = json.loads(run_cli("info", model, "--json").stdout, parse_float=Decimal)["model"]["price"]
    return Decimal(found["input"]), Decimal(found["output"])


def changes(result) -> dict[tuple[str, str], dict]:
    return {(one["model"], one["field"]): one for one in result.json["changes"]}


def test_a_refresh_twice_with_an_attacker_in_between(server, layer):
    """A refresh writes what two families say; an attacker's tables change nothing; the next one finds nothing to do."""
    cheaper(server)
    first = run_cli("update", "--yes", *server.options)
    assert first.exit_code == 0, first.stderr
    assert price() == (NEW_INPUT, NEW_OUTPUT)
    good = layer.read_bytes()

    cheaper(server, NEW_INPUT * 1000, NEW_OUTPUT * 1000)
    attack = run_cli("update", "--yes", "--json", *server.options)
    assert attack.exit_code == 0
    assert not attack.json["written"]
    assert changes(attack)["gpt-4o-mini", "price.input"]["held"]
    assert "gpt-4o-mini" in next(line for line in attack.stderr.splitlines() if line.startswith("Held: "))
    assert price() == (NEW_INPUT, NEW_OUTPUT)
    assert tomllib.loads(layer.read_text())["models"] == tomllib.loads(good.decode())["models"]

    cheaper(server)
    second = run_cli("update", "--yes", "--json", *server.options)
    assert second.exit_code == 0
    assert not second.json["written"]
    assert ("gpt-4o-mini", "price.input") not in changes(second)
    assert run_cli("update", "--undo").exit_code == 0
    assert price() == (Decimal("0.15"), Decimal("0.6"))
    assert not layer.exists()


def free(table):
    for provider in table.values():
        for row in provider["models"].values():
            row["cost"] = {"input": 0, "output": 0}
    return table


def free_map(table):
    for row in table.values():
        row |= {"input_cost_per_token": 0, "output_cost_per_token": 0}
    return table


def test_tables_that_make_everything_free_change_nothing(server, layer):
    """Zero in two families is held for every model, and says why."""
    server.serve("models.dev", free(sample("models.dev")))
    server.serve("litellm", free_map(sample("litellm")))
    result = run_cli("update", "--yes", "--json", *server.options)
    found = changes(result)["gpt-4o-mini", "price.input"]
    assert found["certainty"] == "agreed"
    assert "zero often means unknown" in found["held"]
    assert not result.json["written"]
    assert tomllib.loads(layer.read_text())["models"] == {}


MANY = b",".join(b'"%d":{}' % number for number in range(100_001))
BOMB = gzip.compress(b" " * 30_000_000)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (Page(as_bytes(sample("models.dev"))[:5000]), "is not JSON"),
        (Page(as_bytes(sample("models.dev")), length=1_000_000), "middle of the answer"),
        (Page(b'{"a": {"models": {' + b'"a": {"id": "a"}, ' * 1_200_000 + b"}}}"), "larger than 20 MB"),
        (Page(b'{"a": {"id": "a", "env": [], "models": {' + MANY + b"}}}"), "has more than 100,000 models"),
        (Page(BOMB, headers={"Content-Encoding": "gzip"}), "larger than 20 MB"),
        (Page(gzip.compress(BOMB), headers={"Content-Encoding": "gzip, gzip"}), "compressed in a way"),
        (Page(status=302, headers={"Location": "https://evil.example/api.json"}), "redirects to evil.example"),
        (Page(status=301, headers={"Location": "/elsewhere"}), "redirects to 127.0.0.1"),
        (Page(status=302, headers={"Location": "file:///etc/passwd"}), "redirects to nowhere"),
        (Page(status=302, headers={"Location": "http://[::1/"}), "redirects to nowhere"),
        (Page(b"<html>Sign in</html>"), "is not JSON"),
        (Page(b"[" * 200_000), "nested too deeply"),
        (Page(b'{"openai": {"models": {"gpt-4o-mini": {"cost": {"input": NaN}}}}}'), "a number that is too long"),
        (Page(b'{"a": ' + b"9" * 5000 + b"}"), "a number that is too long"),
        (Page(b"\xff\xfe"), "is not UTF-8"),
        (Page(b"{}"), "unknown format"),
        (Page(as_bytes(sample("litellm"))), "has the format of litellm"),
        (Page(status=503), "answers with status 503"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_table_is_refused_as_a_whole(server, layer, page, reason):
    """What is no table is named with its reason; the other sources are used all the same, and nothing else follows."""
    cheaper(server)
    server.pages["/models.dev"] = page
    result = run_cli("update", "--yes", *server.options)
    assert result.exit_code == 0
    assert reason in next(line for line in result.stderr.splitlines() if "models.dev" in line)
    assert "Traceback" not in result.stderr
    assert len(server.headers_of("/models.dev")) == 1
    assert price() == (Decimal("0.15"), Decimal("0.6"))
    assert "gpt-4o-mini" not in tomllib.loads(layer.read_text())["models"]


def test_without_any_source_nothing_is_written(server, layer):
    """If no source can be used it is one error, with an exit code that says whether to try again."""
    for name in TABLES:
        server.pages[f"/{name}"] = Page(status=503)
    result = run_cli("update", "--yes", *server.options)
    assert result.exit_code == 5
    assert "no source can be used" in result.stderr
    for name in TABLES:
        server.pages[f"/{name}"] = Page(b"<html>")
    assert run_cli("update", "--yes", *server.options).exit_code == 1
    assert not layer.exists()


def test_a_copy_that_has_lost_models_is_refused_until_it_is_accepted(server):
    """Fewer than nine tenths of the last accepted copy's models is a refusal; naming the source accepts it."""
    run_cli("update", "--yes", *server.options)
    table = {name: row for name, row in sample("models.dev").items() if name in ("openai", "anthropic")}
    server.serve("models.dev", table)
    result = run_cli("update", "--yes", *server.options)
    assert "models.dev was not used: has 5 models, the last accepted copy had 13" in result.stderr
    accepted = run_cli("update", "--yes", "--accept", "models.dev", *server.options)
    assert "not used" not in accepted.stderr
    assert "not used" not in run_cli("update", "--yes", *server.options).stderr


def test_a_sound_copy_is_used_after_one_that_was_blown_up(server):
    """Many models that nobody knows, and a copy without a date, do not make the next sound one be refused."""
    honest = Page(server.pages["/models.dev"].content, headers={"Last-Modified": "Fri, 27 Nov 2026 10:00:00 GMT"})
    server.pages["/models.dev"] = honest
    run_cli("update", "--yes", *server.options)
    table = sample("models.dev")
    table["openai"]["models"] |= {f"x{number}": {"id": f"x{number}"} for number in range(50)}
    server.serve("models.dev", table)
    assert run_cli("update", "--yes", "--json", *server.options).json["sources"][0]["models"] == 63
    server.pages["/models.dev"] = honest
    assert "not used" not in run_cli("update", "--yes", *server.options).stderr


def test_a_copy_without_a_recommended_model_is_refused(server, work):
    """A model in use that a table had and no longer has speaks against the table."""
    (work / ".env").write_text("AI_CHAT_MODEL=claude-haiku-5-5\n")
    run_cli("update", "--yes", *server.options)
    table = sample("litellm")
    del table["claude-haiku-5-5"]
    server.serve("litellm", table)
    result = run_cli("update", "--yes", *server.options)
    assert "litellm was not used: no longer has claude-haiku-5-5" in result.stderr


def test_old_tables_lose(server):
    """A table that was made before the catalogue's own comparison changes none of its models."""
    cheaper(server)
    for name in ("models.dev", "litellm"):
        page = server.pages[f"/{name}"]
        server.pages[f"/{name}"] = Page(page.content, headers={"Last-Modified": "Fri, 01 May 2026 10:00:00 GMT"})
    result = run_cli("update", "--yes", *server.options)
    assert "models.dev is older than the catalogue's facts" in result.stderr
    assert price() == (Decimal("0.15"), Decimal("0.6"))


def test_a_date_in_a_header_is_in_utc(monkeypatch):
    """A day without a zone of its own (-0000) is not taken as one of this machine's zone."""
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    headers = {"last-modified": "Fri, 01 May 2026 10:00:00 -0000"}
    address = SourceAddress(SOURCES["litellm"], plain_call("http://127.0.0.1/"))
    document = FetchedDocument(as_bytes(sample("litellm")), headers)
    try:
        made = fetched_copy(address, None, None, lambda _: document, datetime.now(UTC)).copy.record.data_at
    finally:
        monkeypatch.undo()
        time.tzset()
    assert made == datetime(2026, 5, 1, 10, tzinfo=UTC)


def test_a_table_that_goes_back_in_time_is_refused(server):
    """A copy that is older than the last accepted one, by what the server says of both, is none to go by."""
    server.serve("litellm", sample("litellm"), Last_Modified="Sat, 02 May 2026 10:00:00 GMT")
    run_cli("update", "--yes", *server.options)
    server.serve("litellm", sample("litellm"), Last_Modified="Fri, 01 May 2026 10:00:00 GMT")
    assert "older than the last accepted copy" in run_cli("update", "--yes", *server.options).stderr


def test_no_host_and_no_key_variable_is_taken_from_a_table(server, layer):
    """Base URLs, key variables, wires and headers of a table reach nothing: only facts are written."""
    cheaper(server)
    table = json.loads(server.pages["/models.dev"].content, parse_float=Decimal)
    table["openai"] |= {"api": "https://evil.example/v1", "env": ["ANTHROPIC_API_KEY"]}
    table["openai"]["models"]["gpt-4o-mini"] |= {"provider": {"api": "https://evil.example"}, "base_url": "x"}
    server.serve("models.dev", table)
    before = run_cli("info", "gpt-4o-mini", "--json").json["model"]
    assert run_cli("update", "--yes", *server.options).exit_code == 0
    after = run_cli("info", "gpt-4o-mini", "--json").json["model"]
    assert "evil" not in layer.read_text()
    assert after["base_url"] == before["base_url"]
    assert after["key_env"] == before["key_env"]
    assert after["price"] != before["price"]


def test_an_unchanged_table_is_not_sent_again(server):
    """The entity tag of the last accepted copy is sent; an answer that nothing has changed brings the same facts."""
    cheaper(server)
    for name in TABLES:
        page = server.pages[f"/{name}"]
        server.pages[f"/{name}"] = Page(page.content, headers={"ETag": f'"{name}"'})
    run_cli("update", "--yes", *server.options)
    again = run_cli("update", "--yes", "--json", *server.options)
    first, second = server.headers_of("/litellm")
    assert "if-none-match" not in first
    assert second["if-none-match"] == '"litellm"'
    assert {one["name"]: one["models"] for one in again.json["sources"]}["litellm"] == 18
    assert price() == (NEW_INPUT, NEW_OUTPUT)


def test_check_writes_nothing_and_exits_1_on_differences(server, clean_machine):
    """`--check` leaves the machine as it was, whatever it finds."""
    cheaper(server)
    result = run_cli("update", "--check", "--only", "gpt-4o-mini", *server.options)
    assert result.exit_code == 1
    assert not (clean_machine / "state" / "model-manager" / "update").exists()
    assert not (clean_machine / "cache" / "model-manager" / "update").exists()
    assert run_cli("update", "--check", "--only", "gemini-3.1-pro-preview", *server.options).exit_code == 0


def test_without_an_answer_nothing_is_written(server, layer):
    """In a pipe, changes are shown with the way to write them; a second look finds them again."""
    cheaper(server)
    result = run_cli("update", *server.options)
    assert result.exit_code == 0
    assert "use --yes to write these changes" in result.stderr
    assert "gpt-4o-mini" in result.stdout
    assert not layer.exists()


@pytest.mark.parametrize(("answer", "is_written"), [("y", True), ("", False), ("n", False)])
def test_a_terminal_is_asked(server, layer, answer, is_written):
    """On a terminal the changes are shown before the question, and only a yes writes them."""
    cheaper(server)
    controller, terminal = pty.openpty()
    os.write(controller, f"{answer}\n".encode())
    command = [sys.executable, "-m", "model_manager", "update", "--only", "gpt-4o-mini", *server.options]
    done = subprocess.run(
        command, stdin=terminal, capture_output=True, text=True, env=environment(), timeout=60, check=False
    )
    os.close(controller)
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert "Write 2 changes? [y/N]" in done.stderr
    assert "0.12" in done.stdout
    assert layer.exists() is is_written


def test_a_running_service_takes_new_facts_up(server, work):
    """What an update writes, and takes back, counts from the next call on, without a restart."""
    (work / ".env").write_text("AI_CHAT_MODEL=gpt-4o-mini\n")

    def input_rate(service: AIService) -> Decimal | None:
        found = service.get_model_for_task("chat").price
        return found.rates.input if found else None

    with AIService() as service:
        assert input_rate(service) == Decimal("0.15")
        cheaper(server)
        run_cli("update", "--yes", *server.options)
        assert input_rate(service) == NEW_INPUT
        run_cli("update", "--undo")
        assert input_rate(service) == Decimal("0.15")


def test_only_a_named_model_changes(server):
    """`--only` compares the named model and no other."""
    cheaper(server)
    result = run_cli("update", "--yes", "--json", "--only", "gpt-4o-mini", *server.options)
    assert {one["model"] for one in result.json["changes"]} == {"gpt-4o-mini"}
    assert run_cli("update", "--only", "gpt-4o-mni", *server.options).exit_code == 2


def test_what_is_held_is_written_when_the_model_is_accepted(server):
    """`--accept` writes a held change of that model, and none of others."""
    cheaper(server, Decimal("0.3"), Decimal("1.2"))
    assert not run_cli("update", "--yes", "--json", *server.options).json["written"]
    result = run_cli("update", "--yes", "--json", "--accept", "gpt-4o-mini", *server.options)
    assert result.json["written"]
    assert price() == (Decimal("0.3"), Decimal("1.2"))


def test_a_price_that_no_catalogue_may_hold_is_not_written_even_if_accepted(server):
    """A rate beyond all bounds stays out: the layer must stay valid."""
    cheaper(server, Decimal(5000), Decimal(9000))
    run_cli("update", "--yes", "--accept", "gpt-4o-mini", *server.options)
    assert price() == (Decimal("0.15"), Decimal("0.6"))
    assert run_cli("list").exit_code == 0


def test_files_stand_for_the_sources(server, work):
    """`--offline` reads files whose shapes tell their sources, and asks nobody."""
    cheaper(server)
    for name in ("models.dev", "litellm"):
        (work / f"{name}.json").write_bytes(server.pages[f"/{name}"].content)
    files = ["--offline", "models.dev.json", "--offline", "litellm.json"]
    result = run_cli("update", "--yes", "--json", *files)
    assert result.json["written"]
    assert [one["name"] for one in result.json["sources"]] == ["models.dev", "litellm"]
    assert server.requests == []
    assert run_cli("update", "--offline", "models.dev.json", "--offline", "models.dev.json").exit_code == 2
    assert run_cli("update", "--offline", "nowhere.json").exit_code == 2
    one_family = run_cli("update", "--undo")
    assert one_family.exit_code == 0
    single = run_cli("update", "--yes", "--json", "--offline", "litellm.json")
    assert changes(single)["gpt-4o-mini", "price.input"]["certainty"] == "single"
    assert not single.json["written"]


def test_undo_restores_the_layer_before_once(server, layer):
    """Undo puts back, byte for byte, what was there before the last change of facts, and only that."""
    cheaper(server)
    run_cli("update", "--yes", *server.options)
    first = layer.read_bytes()
    cheaper(server, Decimal("0.11"), Decimal("0.45"))
    run_cli("update", "--yes", *server.options)
    assert price() == (Decimal("0.11"), Decimal("0.45"))
    assert run_cli("update", "--undo").exit_code == 0
    assert layer.read_bytes() == first
    again = run_cli("update", "--undo")
    assert again.exit_code == 2
    assert "there is no update to undo" in again.stderr


def test_the_users_own_facts_stay_theirs(server, user_models):
    """A price in the user's models.toml is no matter of `update`."""
    user_models.write_text("[models.gpt-4o-mini.price]\ninput = 1\noutput = 2\n")
    cheaper(server)
    result = run_cli("update", "--yes", "--json", *server.options)
    assert not [one for one in result.json["changes"] if one["model"] == "gpt-4o-mini" and "price" in one["field"]]
    assert price() == (Decimal(1), Decimal(2))


def test_a_catalogue_that_extends_nothing_has_no_fetched_facts(server, work):
    """`extends = false` drops the fetched layer with the embedded one."""
    cheaper(server)
    run_cli("update", "--yes", *server.options)
    (work / "models.toml").write_text(
        'extends = false\n[providers.openai]\nwire = "openai"\nbase_url = "https://api.openai.com/v1"\n'
        '[models.gpt-4o-mini]\nprovider = "openai"\n'
    )
    assert run_cli("info", "gpt-4o-mini", "--json").json["model"]["price"] is None


@pytest.mark.parametrize(
    "line",
    [
        '[providers.openai]\nbase_url = "https://evil.example/v1"',
        '[models.gpt-4o-mini]\nparameters = { headers = { x = "y" } }',
        '[models.gpt-4o-mini]\nprovider = "groq"',
        '[tasks.chat]\nmodel = "gpt-4o-mini"',
        'default_model = "gpt-4o-mini"',
    ],
)
def test_a_layer_that_holds_more_than_facts_is_refused(layer, line):
    """Whoever gets to write the generated layer cannot move a key with it."""
    layer.parent.mkdir(parents=True)
    layer.write_text(line + "\n")
    result = run_cli("list")
    assert result.exit_code == 3
    assert "unknown key" in result.stderr
    assert str(layer) in result.stderr


def test_a_damaged_layer_is_named_with_what_to_do(server, layer):
    """A generated file that cannot be read is an error that says to remove it; then the next update writes it."""
    layer.parent.mkdir(parents=True)
    layer.write_text("[models\n")
    result = run_cli("list")
    assert result.exit_code == 3
    assert f"{layer}:1" in result.stderr
    assert "this file is generated: remove it" in result.stderr
    layer.unlink()
    assert run_cli("update", "--yes", *server.options).exit_code == 0


def test_providers_with_a_key_are_asked_with_it_in_their_own_header(server, user_models):
    """The key goes to the provider's own host alone, in its header, once; no table gets one."""
    user_models.write_text(f'[providers.anthropic]\nbase_url = "{server.url}"\n')
    server.pages["/v1/models?limit=1000"] = Page((LISTS / "anthropic.json").read_bytes())
    result = run_cli("update", "--json", *server.options, env={"ANTHROPIC_API_KEY": KEY})
    assert "anthropic" in {one["name"] for one in result.json["sources"]}
    (asked,) = server.headers_of("/v1/models?limit=1000")
    assert asked["x-api-key"] == KEY
    others = [headers for path, headers in server.requests if path != "/v1/models?limit=1000"]
    assert len(others) == len(TABLES)
    assert KEY not in str(others)
    assert KEY not in result.stdout + result.stderr


def test_only_the_providers_own_api_is_believed_alone(server, user_models, work):
    """The list that the provider itself sends is certain; a mirror of it and a file are one voice among others."""
    rows = json.loads((LISTS / "anthropic.json").read_text())
    rows["data"] = [{**row, "max_tokens": 77_000} for row in rows["data"]]
    content = json.dumps(rows).encode()
    (work / "list.json").write_bytes(content)
    server.pages = {"/v1/models?limit=1000": Page(content), "/mirror": Page(content)}
    user_models.write_text(f'[providers.anthropic]\nbase_url = "{server.url}"\n')

    def certainty(*options: str) -> str:
        result = run_cli("update", "--check", "--json", *options, env={"ANTHROPIC_API_KEY": KEY})
        return changes(result)["claude-opus-4-7", "max_output"]["certainty"]

    assert certainty(*server.options) == "host"
    assert certainty(*server.options, "--source", f"anthropic={server.url}/mirror") == "single"
    assert certainty("--offline", "list.json") == "single"


def test_a_part_of_a_providers_list_is_not_used(work):
    """A list that says that it goes on is refused, and why is said."""
    rows = json.loads((LISTS / "anthropic.json").read_text()) | {"has_more": True, "last_id": "x"}
    (work / "list.json").write_text(json.dumps(rows))
    result = run_cli("update", "--offline", "list.json")
    assert result.exit_code == 1
    assert "is incomplete" in result.stderr


def test_sources_are_asked_at_once(server):
    """No source waits for another: each answers only when all of them have been asked."""
    all_asked = threading.Barrier(len(TABLES))
    for page in server.pages.values():
        page.before = lambda: all_asked.wait(30)
    result = run_cli("update", "--check", "--json", *server.options)
    assert [one["name"] for one in result.json["sources"]] == list(TABLES)
    assert not all_asked.broken


def test_a_key_goes_to_no_other_host(server):
    """Neither a base URL of the environment nor a mirror nor a redirect gets a provider's key."""
    env = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.url}
    result = run_cli("update", *server.options, env=env)
    assert "anthropic is skipped: its base URL is not the provider's own" in result.stderr
    mirror = ["--source", f"anthropic={server.url}/mirror"]
    server.pages["/mirror"] = Page((LISTS / "anthropic.json").read_bytes())
    assert run_cli("update", *server.options, *mirror, env=env).exit_code == 0
    assert server.headers_of("/mirror")
    assert KEY not in str(server.requests)


def test_a_redirect_of_a_providers_list_is_not_followed(server, user_models):
    """A provider's host that points elsewhere is not followed, and its key is not in the message."""
    user_models.write_text(f'[providers.anthropic]\nbase_url = "{server.url}"\n')
    to = f"{server.url}/taken?{KEY}"
    server.pages["/v1/models?limit=1000"] = Page(status=307, headers={"Location": to})
    result = run_cli("update", *server.options, env={"ANTHROPIC_API_KEY": KEY})
    assert "anthropic was not used: redirects to 127.0.0.1" in result.stderr
    assert KEY not in result.stdout + result.stderr
    assert not [path for path, _ in server.requests if path.startswith("/taken")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--source", "nobody=https://x.example"], "there is no source 'nobody'"),
        (["--source", "litellm=http://mirror.example/x.json"], "anyone on the network could change the facts"),
        (["--source", "litellm=https://user:secret@mirror.example"], "no password"),
        (["--source", "litellm"], "expected NAME=URL"),
        (["--check", "--yes"], "cannot be combined"),
        (["--undo", "--yes"], "cannot be combined"),
        (["--offline", "x", "--source", "litellm=https://x.example"], "cannot be combined"),
        (["--accept", "gpt-4o-mni"], "did you mean"),
    ],
)
def test_wrong_options_are_one_clear_error(options, words):
    """What cannot be meant is refused before anything is fetched."""
    result = run_cli("update", *options)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "secret" not in result.stderr


def test_two_updates_at_once_write_one_sound_layer(server, layer):
    """Updates wait for each other: both end well, and the layer is whole."""
    cheaper(server)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: run_cli("update", "--yes", "--json", *server.options), range(2)))
    assert [result.exit_code for result in results] == [0, 0]
    assert sorted(result.json["written"] for result in results) == [False, True]
    assert tomllib.loads(layer.read_text())["models"]["gpt-4o-mini"]["price"]["input"] == 0.12


def test_ctrl_c_leaves_nothing_half_written(server, layer):
    """An interrupt while a source is silent ends with 130 and no layer."""
    reached, go = threading.Event(), threading.Event()

    def wait() -> None:
        reached.set()
        go.wait(30)

    server.pages["/litellm"] = Page(before=wait)
    command = [sys.executable, "-m", "model_manager", "update", "--yes", *server.options]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert reached.wait(30)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        go.set()
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert not layer.exists()
    assert {path.name for path in layer.parent.iterdir()} <= {"update.lock"}


def test_the_document_is_as_its_type_says(server):
    """`--json` prints the fields of the documented type and no others."""
    cheaper(server)
    result = run_cli("update", "--yes", "--json", *server.options)
    conforming(result.stdout, "UpdateDocument")
    assert {one["name"]: len(one["sha256"]) for one in result.json["sources"]} == dict.fromkeys(TABLES, 64)
    assert '"new": 0.12' in result.stdout


def test_a_terminal_of_80_columns_shows_whole_lines(server):
    """No line of the report is wider than the screen, and each held change says why."""
    cheaper(server, Decimal(1), Decimal(4))
    code, shown = run_in_terminal("update", "--check", *server.options)
    assert code == 1
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown).replace("\r", "")
    held = plain.partition("Held")[2].partition("Too few")[0]
    assert "\ngpt-4o-mini" in held
    assert "over 1.5× more" in held
    assert all(len(line) <= 80 for line in held.splitlines())


def test_list_says_when_facts_are_old():
    """Thirty days after the last comparison `list` warns, by the day that it is asked about."""
    known = run_cli("list", "--json").json["facts"]["compared"]
    assert "last compared" not in run_cli("list", "--on", known).stderr
    late = run_cli("list", "--on", "2031-01-01")
    assert f"Warning: prices and limits were last compared on {known}" in late.stderr
    assert "run model-manager update" in late.stderr
    document = run_cli("list", "--json", "--on", "2031-01-01").json
    assert [one["code"] for one in document["facts"]["problems"]] == ["stale_facts"]
    assert run_cli("list", "--json", "--on", known).json["facts"]["problems"] == []


def test_an_update_ends_the_warning_of_list_and_check(layer, work):
    """`list` and `check` go by one comparison: both warn of old facts, and neither once an update has compared them."""
    (work / "models.toml").write_text('[tasks.support]\nmodel = "claude-haiku-5-5"\n')

    def warnings():
        listed = run_cli("list", "--json", "--on", "2031-01-01").json["facts"]["problems"]
        found = run_cli("check", "--json", "--on", "2031-01-01").json["findings"]
        return bool(listed), "MM104" in {one["code"] for one in found}

    assert warnings() == (True, True)
    layer.parent.mkdir(parents=True)
    layer.write_text("[fetched]\nat = 2030-12-20T00:00:00Z\n")
    assert warnings() == (False, False)


def test_models_that_the_catalogue_lacks_are_offered_and_not_added(server, layer):
    """A model of a provider that can be called, which two tables have, is named; the layer does not have it."""
    table = sample("models.dev")
    table["openai"]["models"]["gpt-9"] = {**table["openai"]["models"]["gpt-4o-mini"], "id": "gpt-9"}
    server.serve("models.dev", table)
    other = sample("litellm")
    other["gpt-9"] = {**other["gpt-4o-mini"]}
    server.serve("litellm", other)
    result = run_cli("update", "--yes", "--json", *server.options, env={"OPENAI_API_KEY": ""})
    assert result.json["new_models"] == []
    env = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:9"}
    result = run_cli("update", "--yes", "--json", *server.options, env=env)
    assert {"provider": "openai", "model_id": "gpt-9", "sources": ["models.dev", "litellm"]} in result.json[
        "new_models"
    ]
    assert "gpt-9" not in layer.read_text()


def test_maintainers_get_the_changes_as_toml(server, work):
    """The module prints what two families agree on as TOML to paste, with the sources, and writes nothing."""
    cheaper(server)
    for name in ("models.dev", "litellm"):
        (work / f"{name}.json").write_bytes(server.pages[f"/{name}"].content)
    command = [sys.executable, "-m", "model_manager.config.catalogue.update", "models.dev.json", "litellm.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment())
    pasted = tomllib.loads(done.stdout)["models"]["gpt-4o-mini"]
    assert pasted["price"]["input"] == 0.12
    assert "# price.input: 0.15 → 0.12 (models.dev, litellm)" in done.stdout
    assert sorted(path.name for path in work.iterdir()) == ["litellm.json", "models.dev.json"]
