"""A running service and its files: changes count from the next call on, invalid ones do not."""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from counting_server import KeepingServer
from model_server import ModelServer, model_server, saying
from service_calls import WAYS, ask, project

from model_manager import AIService, ConfigurationError, ProviderError, get_model_for_task, get_route_for_task
from model_manager.config.workspace import open_workspace

MODELS = ("one", "two", "three")


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server(saying("fine")) as running:
        yield running


@pytest.fixture
def service(server: ModelServer, work: Path) -> Iterator[AIService]:
    project(work, server.url, MODELS, {"t": "one"})
    with AIService() as running:
        yield running


def write(name: str, text: str) -> None:
    Path(name).write_text(text)


@pytest.mark.parametrize("way", WAYS)
def test_the_next_call_uses_the_new_assignment(service, way):
    """Without a restart: .env, .env.local over it, the environment over both, the catalogue below, and back."""
    assert ask(service, way, "t").model == "one"
    write(".env", "AI_T_MODEL=two\n")
    assert ask(service, way, "t").model == "two"
    write(".env.local", "AI_T_MODEL=three")
    assert ask(service, way, "t").model == "three"
    os.environ["AI_T_MODEL"] = "one"
    assert ask(service, way, "t").model == "one"
    del os.environ["AI_T_MODEL"]
    Path(".env.local").unlink()
    assert ask(service, way, "t").model == "two"
    write(".env", "")
    assert ask(service, way, "t").model == "one"
    models = Path("models.toml").read_text()
    write("models.toml", models.replace('model = "one"', 'model = "three"'))
    assert ask(service, way, "t").model == "three"


def test_a_new_key_and_a_new_price_count_too(service, server):
    """Keys and prices are read again like assignments."""
    models = Path("models.toml").read_text()
    write(
        "models.toml",
        models.replace("output = 10", "output = 20").replace('key = "none"', 'api_key_env = ["X_API_KEY"]'),
    )
    with pytest.raises(Exception, match="no ONE key"):
        service.chat("t", "Hello")
    write(".env", "X_API_KEY=kq7-first-0123456789\n")
    assert service.chat("t", "Hello").cost_usd * 1_000_000 == 10 + 5 * 20
    assert server.requests[-1].headers["authorization"] == "Bearer kq7-first-0123456789"
    write(".env", "X_API_KEY=kq7-other-0123456789\n")
    service.chat("t", "Hello")
    assert server.requests[-1].headers["authorization"] == "Bearer kq7-other-0123456789"


def test_changes_faster_than_the_clock_of_the_file_system(service):
    """Files of the same length, rewritten many times within one tick, are read each time."""
    for n in range(60):
        name = ("one", "two")[n % 2]
        write(".env", f"AI_T_MODEL={name}\n")
        assert service.get_model_for_task("t").id == name


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (".env", "AI_T_MODEL=tw", "tw is not in the catalogue (AI_T_MODEL in .env:1)"),
        (".env", "AI_T_MODEL=50:two", "add up to 100"),
        (".env", "MODEL_MANAGER_RETRIES=many\n", "MODEL_MANAGER_RETRIES"),
        ("models.toml", "[tasks.t\n", "models.toml:1"),
        ("models.toml", "[models.one]\nprice = 3\n", "models.toml"),
        ("models.toml", '[tasks.t]\nmodel = "gone-with-the-wind"\n', "gone-with-the-wind"),
    ],
)
def test_an_invalid_change_keeps_the_last_valid_configuration(service, caplog, file, text, words):
    """A mistake in a file changes nothing, is told once to the log and with every reply, and is forgotten when mended."""
    before = Path(file).read_text() if Path(file).exists() else ""
    with caplog.at_level(logging.WARNING, "model_manager"):
        write(file, text)
        for _ in range(3):
            reply = service.chat("t", "Hello")
            assert reply.model == "one"
            assert words in reply.warnings[-1]
            assert "last valid configuration stays active" in reply.warnings[-1]
        assert [words in record.getMessage() for record in caplog.records] == [True]
        assert service.problem == reply.warnings[-1]
        write(file, before + "\n")
        reply = service.chat("t", "Hello")
        assert (reply.warnings, service.problem) == ((), None)
        assert caplog.records[-1].getMessage() == "the configuration is valid again"


def test_a_key_is_not_told_with_a_mistake(service, caplog):
    """The warning has no key in it, wherever the mistake put it."""
    write(".env", "ONE_API_KEY=kq7-wWx4TzR9uVbN2mLp8s\nAI_T_MODEL=kq7-wWx4TzR9uVbN2mLp8s\n")
    service.chat("t", "Hello")
    assert "kq7-wWx4" not in caplog.text


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_is_cut_short_and_invalid_keeps_the_last_valid_configuration(service, way):
    """Half of a value that names no model is ignored with a warning, and the whole of it counts at the next call."""
    write(".env", "AI_T_MODEL=two\n")
    assert ask(service, way, "t").model == "two"
    write(".env", "AI_T_MODEL=thr")
    reply = ask(service, way, "t")
    assert (reply.model, "thr is not in the catalogue" in reply.warnings[-1]) == ("two", True)
    write(".env", "AI_T_MODEL=three\n")
    reply = ask(service, way, "t")
    assert (reply.model, reply.warnings) == ("three", ())


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_is_cut_short_but_valid_is_read_as_it_is(service, way):
    """Nothing is waited for: a call goes by what the file says now, and the next one by the rest of it."""
    write(".env", "AI_T_MODEL=two\n")
    assert ask(service, way, "t").model == "two"
    write(".env", "")
    assert ask(service, way, "t").model == "one"
    write(".env", "AI_T_MODEL=one,th")
    assert ask(service, way, "t").route == "one"
    write(".env", "AI_T_MODEL=one,three\n")
    assert ask(service, way, "t").route == "one,three"


@pytest.mark.parametrize("change", ["deleted", "renamed", "emptied", "shortened"])
def test_a_catalogue_that_is_replaced_in_two_steps_counts_when_it_is_whole(server, work, change):
    """Whatever a catalogue is for a moment, the next call after it is whole again has its models and prices."""
    project(work, server.url, ["mine"], {"mine-task": "mine"})
    models = Path("models.toml")
    text = models.read_text()
    with AIService() as service:
        assert service.chat("mine-task", "Hello").model == "mine"
        if change == "deleted":
            models.unlink()
        elif change == "renamed":
            models.rename("models.toml~")
        else:
            models.write_text("" if change == "emptied" else text[: len(text) // 2])
        if change == "shortened":
            assert service.get_model_for_task("mine-task").id == "mine"
        else:
            assert service.get_model_for_task("chat").provider == "anthropic"
        models.write_text(text.replace("output = 10", "output = 20"))
        reply = service.chat("mine-task", "Hello")
        assert (reply.model, reply.cost_usd * 1_000_000) == ("mine", 10 + 5 * 20)


def test_a_last_line_may_stay_without_an_end(service):
    """A file that goes on without a last line end is believed after a moment."""
    write(".env", "AI_T_MODEL=two")
    assert service.chat("t", "Hello").model == "two"


def test_variables_may_go_while_everything_is_read():
    """A variable that another thread takes away during a reading is simply not there."""

    class Vanishing(dict):
        def __iter__(self):
            return iter([*super().__iter__(), "GONE"])

    workspace = open_workspace(environ=Vanishing(AI_T_MODEL="two", HOME=os.environ["HOME"]))
    assert "GONE" not in workspace.places[0]
    assert workspace.places[0]["AI_T_MODEL"].value == "two"


def test_a_new_service_refuses_what_a_running_one_survives():
    """At the start there is no valid configuration to keep: the mistakes are raised, all of them."""
    write("models.toml", "[models.one]\nprice = 3\nx = 1\n")
    with pytest.raises(ConfigurationError) as caught:
        AIService()
    assert len(caught.value.problems) >= 2
    write("models.toml", "")
    write(".env", "AI_CHAT_MODEL=nobody\n")
    with AIService() as service, pytest.raises(ConfigurationError, match="nobody is not in the catalogue"):
        service.get_model_for_task("chat")
    with (
        AIService() as service,
        pytest.raises(ProviderError, match=r"nobody is not in the catalogue \(AI_CHAT_MODEL in"),
    ):
        service.chat("chat", "Hello")


def test_every_call_has_an_old_or_a_new_assignment_while_the_file_is_rewritten(work):
    """A thousand calls from threads and tasks, while .env is replaced and written over in pieces: none fails."""
    server = KeepingServer()
    project(work, server.url, [*MODELS, "base"], {"t": "base"})
    write(".env", "AI_T_MODEL=one\n")
    service = AIService()
    write(".env", "AI_T_MODEL=one\n")
    assert service.chat("t", "Hello").model == "one"
    stopped = threading.Event()

    def rewrite() -> None:
        turn = 0
        while not stopped.is_set():
            turn += 1
            text = f"# {'x' * (turn % 100)}\nAI_T_MODEL={('two', 'three')[turn % 2]}\n"
            if turn % 3 == 1:
                write(".env", text)
            elif turn % 3:
                with Path(".env").open("w") as file:  # in pieces
                    file.write(text[: len(text) // 2])
                    file.flush()
                    time.sleep(0.002)
                    file.write(text[len(text) // 2 :])
            else:
                write(".env.new", text)
                Path(".env.new").replace(".env")
            time.sleep((turn % 4) / 400)

    async def tasks() -> list[str]:
        async def ten() -> list[str]:
            return [(await service.achat("t", "Hello")).model for _ in range(10)]

        found = await asyncio.gather(*(ten() for _ in range(50)))
        return [model for ten_of_them in found for model in ten_of_them]

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        with ThreadPoolExecutor(51) as pool:
            waiting = pool.submit(lambda: asyncio.run(tasks()))
            calls = [pool.submit(lambda: service.chat("t", "Hello").model) for _ in range(500)]
            models = [call.result() for call in calls] + waiting.result()
    finally:
        stopped.set()
        writer.join()
    assert len(models) == 1000
    assert set(models) <= {"one", "two", "three", "base"}  # the catalogue's, where a file was read before its line
    assert {"two", "three"} & set(models)
    write(".env", "AI_T_MODEL=one\n")
    assert service.chat("t", "Hello").model == "one"
    assert service.problem is None
    service.close()
    server.close()


def test_an_invalid_base_url_keeps_the_last_valid_configuration(service):
    """A variable with a broken base URL does not stop a running service."""
    write(".env", "AT_ONE_BASE_URL=not a url\n")
    reply = service.chat("t", "Hello")
    assert (reply.model, "AT_ONE_BASE_URL" in reply.warnings[-1]) == ("one", True)


def test_a_catalogue_that_env_names_is_noticed_when_it_is_mended(service, work):
    """A broken file that was named only now is looked at again, though nobody knew of it before."""
    (work / "other.toml").write_text("[broken\n")
    write(".env", "MODEL_MANAGER_MODELS_FILE=other.toml\n")
    assert "other.toml" in service.chat("t", "Hello").warnings[-1]
    (work / "other.toml").write_text(Path("models.toml").read_text().replace('model = "one"', 'model = "two"'))
    while service.get_model_for_task("t").id == "one":
        time.sleep(0.05)
    assert (service.get_model_for_task("t").id, service.problem) == ("two", None)


def test_an_env_file_of_a_higher_rank_that_appears_is_read(service):
    """A file that was not there at the start counts as soon as it is made, and no longer once it is gone."""
    write(".env", "AI_T_MODEL=two\n")
    assert service.get_model_for_task("t").id == "two"
    write(".env.local", "AI_T_MODEL=three\n")
    assert service.get_model_for_task("t").id == "three"
    Path(".env.local").unlink()
    assert service.get_model_for_task("t").id == "two"


def test_the_module_functions_follow_the_files(work, server):
    """`get_model_for_task` without a service reads the working directory, and again when it changes."""
    project(work, server.url, MODELS, {"t": "one"})
    assert get_model_for_task("t").id == "one"
    write(".env", "AI_T_MODEL=two,three\n")
    assert get_model_for_task("t").model_id == "two"
    assert str(get_route_for_task("t")) == "two,three"
    with pytest.raises(Exception, match="there is no task 'u'"):
        get_model_for_task("u")


def test_named_files_and_another_directory(server, tmp_path):
    """A service of another directory, with its own .env files and catalogue, follows those."""
    project(tmp_path, server.url, MODELS, {"t": "one"})
    (tmp_path / "models.toml").rename(tmp_path / "catalogue.toml")
    (tmp_path / "a.env").write_text("AI_T_MODEL=two\n")
    (tmp_path / "b.env").write_text("")
    with AIService(tmp_path, env_files=["a.env", "b.env"], models_file="catalogue.toml") as service:
        assert service.get_model_for_task("t").id == "two"
        (tmp_path / "b.env").write_text("AI_T_MODEL=three\n")
        assert service.get_model_for_task("t").id == "three"
