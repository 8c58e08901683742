"""`assign`, as a process: what it writes, what it refuses, what it takes back."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from command_line import environment, run_cli, run_in_terminal
from model_server import model_server, saying

from model_manager.commands import assign_new
from model_manager.commands.assign import Order
from model_manager.config.workspace import open_workspace

#: The model that `haiku` stands for.
HAIKU = "claude-haiku-5-5"
ORIGINAL = b"# ours\r\nexport AI_CHAT_MODEL = 'claude-opus-5-5'  # the big one\r\nSECRET=x\r\n"


def chat(work) -> str:
    """The model that the chat task has now."""
    return run_cli("info", "chat", "--json", cwd=work).json["task"]["model"]


def test_a_new_env_file_is_made_where_there_is_none(work):
    """The first assignment in a project makes .env, readable by its owner alone."""
    result = run_cli("assign", "chat", "claude-haiku-5-5")

    assert (result.exit_code, (work / ".env").read_text()) == (0, "AI_CHAT_MODEL=claude-haiku-5-5\n")
    assert (work / ".env").stat().st_mode & 0o777 == 0o600
    assert chat(work) == "claude-haiku-5-5"


def test_only_the_value_of_the_line_changes(work):
    """Comments, export, spaces, quotes and CRLF stay as they were."""
    (work / ".env").write_bytes(ORIGINAL)

    run_cli("assign", "chat", "gpt-6-luna")

    assert (work / ".env").read_bytes() == ORIGINAL.replace(b"claude-opus-5-5", b"gpt-6-luna")


def test_env_local_is_changed_where_there_is_one(work):
    """.env.local, the stronger file, is the one that is written."""
    (work / ".env").write_text("AI_CHAT_MODEL=opus\n")
    (work / ".env.local").write_text("")

    result = run_cli("assign", "chat", "haiku", "--json")

    assert result.json["file"] == ".env.local"
    assert (work / ".env").read_text() == "AI_CHAT_MODEL=opus\n"
    assert chat(work) == "claude-haiku-5-5"


def test_the_last_env_file_that_was_named_is_changed(work):
    """With several --env-file the strongest, the last, is written."""
    for name in ("a.env", "b.env"):
        (work / name).write_text("")

    run_cli("assign", "chat", "haiku", "--env-file", "a.env", "--env-file", "b.env")

    assert ((work / "a.env").read_text(), (work / "b.env").read_text()) == ("", f"AI_CHAT_MODEL={HAIKU}\n")


def test_a_named_env_file_has_to_exist():
    """A mistyped --env-file is an error, not a new file."""
    result = run_cli("assign", "chat", "haiku", "--env-file", "staging.env")

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: --env-file: there is no file staging.env\nHint: ")


@pytest.mark.usefixtures("work")
def test_a_split_makes_the_difference_that_its_shares_make():
    """Half of the traffic on a cheaper model saves half of the difference, in `assign` as in `cost --assigned`."""
    whole = run_cli("assign", "chat", "haiku", "--dry-run", "--json").json["monthly_delta_usd"]
    before = run_cli("cost", "--assigned", "--json").json["total_usd"]

    half = run_cli("assign", "chat", "50:claude-sonnet-5-5+50:haiku", "--json").json["monthly_delta_usd"]

    assert Decimal(str(half)) * 2 == Decimal(str(whole))
    shared = run_cli("cost", "--assigned", "--json").json
    assert shared["notes"] == [
        f"chat is shared (50:claude-sonnet-5-5+50:{HAIKU}): each share counts by its weight"
    ]
    after = shared["total_usd"]
    assert Decimal(str(after)) - Decimal(str(before)) == Decimal(str(half))


def test_the_json_shape(work):
    """The object has the keys that scripts rely on, and the difference a month as an exact number."""
    (work / ".env").write_text("AI_CHAT_MODEL=claude-sonnet-5-5\n")

    result = run_cli("assign", "chat", "haiku", "--json")

    # 150,000 requests a month of 1,200 tokens, 480 of them cached, and 300 back, on each model's rates.
    sonnet = 150_000 * (720 * Decimal(2) + 480 * Decimal("0.1") + 300 * Decimal(10)) / 10**6
    haiku = 150_000 * (720 * Decimal("0.1") + 480 * Decimal("0.01") + 300 * Decimal("0.5")) / 10**6
    document = result.json
    assert Decimal(str(document.pop("monthly_delta_usd"))) == haiku - sonnet
    assert document == {
        "schema": 1,
        "file": ".env",
        "changes": [{"variable": "AI_CHAT_MODEL", "old": "claude-sonnet-5-5", "new": HAIKU}],
        "written": True,
        "diff": f"--- .env\n+++ .env\n@@ -1 +1 @@\n-AI_CHAT_MODEL=claude-sonnet-5-5\n+AI_CHAT_MODEL={HAIKU}\n",
        "models_diff": None,
        "warnings": [f"{HAIKU} has no key: set ANTHROPIC_API_KEY"],
    }


def test_several_tasks_are_written_together():
    """TASK=ROUTE, several times, changes a line each."""
    result = run_cli("assign", "chat=haiku", "mood_search=groq/gpt-oss-20b", "--json")

    assert [change["variable"] for change in result.json["changes"]] == ["AI_CHAT_MODEL", "AI_MOOD_SEARCH_MODEL"]


def test_one_refusal_stops_all(work):
    """If one of several is refused, nothing is written."""
    result = run_cli("assign", "chat=haiku", "mood_search=gpt-3.5-turbo")

    assert (result.exit_code, (work / ".env").exists()) == (1, False)
    assert "gpt-3.5-turbo retired on 2026-10-23; use gpt-6.1-terra" in result.stderr


@pytest.mark.parametrize(
    ("task", "route", "reason"),
    [
        ("chat", "gpt-4-turbo", "gpt-4-turbo retired on 2026-10-23; use gpt-6.1-sol"),
        ("chat", "claude-sonet-5-5", "claude-sonet-5-5 is not in the catalogue"),
        ("chat", "haiku,claude-sonet-5-5", "claude-sonet-5-5 is not in the catalogue"),
        ("recommendations", "groq/llama-3.1-8b-instant", "retired"),
        ("seeing", "groq/gpt-oss-20b", "groq/gpt-oss-20b lacks vision, which seeing requires"),
        (
            "long",
            "groq/gpt-oss-20b",
            "groq/gpt-oss-20b has a context window of 131,072 tokens, long needs 500,000",
        ),
        ("cheap", "sonnet", "claude-sonnet-5-5 costs $2 per million input tokens, cheap allows $0.5"),
    ],
)
def test_what_cannot_work_is_refused(work, task, route, reason):
    """Retired, unknown, too small, too dear, or known to lack something: exit 1 and the reason; --force writes it."""
    (work / "models.toml").write_text(
        "[tasks.chat]\n[tasks.recommendations]\n[tasks.seeing]\nrequires = ['vision']\n"
        "[tasks.long]\nmin_context = 500_000\n[tasks.cheap]\nmax_price = 0.5\n"
    )

    refused, forced = run_cli("assign", task, route), run_cli("assign", task, route, "--force", "--json")

    assert refused.exit_code == 1
    assert reason in refused.stderr
    assert (forced.exit_code, forced.json["written"]) == (0, True)
    assert any(reason in warning for warning in forced.json["warnings"])


def test_an_unknown_model_comes_with_what_was_probably_meant():
    """The refusal says which names come near."""
    assert "claude-sonnet-5-5" in run_cli("assign", "chat", "claude-sonet-5-5").stderr.partition("Hint:")[2]


def test_of_older_models_those_that_retire_last_are_suggested_first(work):
    """A retired model comes after those of similar names that still answer."""
    own = '[models.{0}]\nprovider = "openai"\nmodel_id = "{0}"\nretires = {1}\n'
    ends = {"quux-aa": "2020-01-01", "quux-bb": "2999-01-01"}
    (work / "models.toml").write_text("".join(own.format(*end) for end in ends.items()))

    assert "did you mean quux-bb or quux-aa?" in run_cli("assign", "chat", "quux-zz").stderr


def test_a_model_of_another_provider_in_a_provider_s_variable_warns(work):
    """OPENAI_MODEL may be read by code that calls OpenAI alone, so a model of another provider warns, and no other."""
    (work / "models.toml").write_text('[tasks.chat]\nenv = "OPENAI_MODEL"\nmodel = "gpt-4o"\n')
    told = "code that sends OPENAI_MODEL to OpenAI by itself fails: claude-haiku-5-5 is not a model of OpenAI"

    assert told in run_cli("assign", "chat", HAIKU, "--json").json["warnings"]
    assert "by itself" not in run_cli("assign", "chat", "gpt-6-luna").stderr


def test_what_is_merely_unknown_warns():
    """A capability that nobody has stated does not stop an assignment."""
    result = run_cli("assign", "mood_search", "ollama/mistral")

    assert result.exit_code == 0
    assert "Warning: ollama/mistral may lack fast-response, which mood_search requires" in result.stderr


@pytest.mark.parametrize(
    "route", ["", ",", "haiku,", "50:haiku+sonnet", "60:haiku+50:sonnet", "a b", "haiku;sonnet"]
)
def test_a_route_that_does_not_parse_is_refused_even_with_force(work, route):
    """No --force makes nonsense of an assignment."""
    result = run_cli("assign", "chat", route, "--force")

    assert (result.exit_code, (work / ".env").exists()) == (2, False)
    assert "expected" in result.stderr


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["chat"],
        ["chat", "a", "b"],
        ["chat=haiku", "sonnet"],
        ["chat=haiku", "chat=sonnet"],
        ["nochat", "haiku"],
        ["--unset"],
        ["chat=haiku", "--unset"],
        ["chat", "--undo"],
    ],
)
def test_words_that_are_no_order_are_usage_errors(work, args):
    """Exit 2, an explanation, and no file."""
    result = run_cli("assign", *args)

    assert (result.exit_code, result.stdout, (work / ".env").exists()) == (2, "", False)
    assert result.stderr.startswith("Error: ")


def test_a_route_is_written_without_spaces():
    """What is written needs no quotes in any shell."""
    result = run_cli("assign", "chat", " 90: haiku + 10:sonnet , groq/gpt-oss-20b ", "--json")

    assert result.json["changes"][0]["new"] == "90:claude-haiku-5-5+10:claude-sonnet-5-5,groq/gpt-oss-20b"


def test_a_dry_run_shows_the_diff_and_writes_nothing(work):
    """The lines that would change, and no other line of the file, which may hold keys."""
    (work / ".env").write_bytes(ORIGINAL)

    result = run_cli("assign", "chat", "haiku", "--dry-run")

    assert "-export AI_CHAT_MODEL = 'claude-opus-5-5'  # the big one" in result.stdout
    assert f"+export AI_CHAT_MODEL = '{HAIKU}'  # the big one" in result.stdout
    assert "SECRET" not in result.stdout
    assert (work / ".env").read_bytes() == ORIGINAL


def test_the_default_reaches_tasks_without_a_value_of_their_own(work):
    """--default writes AI_DEFAULT_MODEL, which a task's own variable overrides."""
    (work / ".env").write_text("AI_CHAT_MODEL=opus\n")

    run_cli("assign", "--default", "sonnet")

    tasks = {task["task"]: task["model"] for task in run_cli("list", "--json").json["tasks"]}
    assert tasks["chat"] == "claude-opus-5-5"
    assert tasks["mood_search"] == "claude-sonnet-5-5"


def test_unset_removes_the_line(work):
    """The task is back to what weaker sources say."""
    (work / ".env").write_bytes(ORIGINAL)

    result = run_cli("assign", "chat", "--unset", "--json")

    assert result.json["changes"] == [{"variable": "AI_CHAT_MODEL", "old": "claude-opus-5-5", "new": None}]
    assert (work / ".env").read_bytes() == b"# ours\r\nSECRET=x\r\n"
    assert chat(work) == "claude-sonnet-5-5"


def test_undo_takes_the_last_change_back_once(work):
    """The bytes are as before; a second --undo has nothing to do and says so."""
    (work / ".env").write_bytes(ORIGINAL)
    run_cli("assign", "chat", "haiku")

    first, second = run_cli("assign", "--undo", "--json"), run_cli("assign", "--undo")

    assert first.json["changes"] == [{"variable": "AI_CHAT_MODEL", "old": HAIKU, "new": "claude-opus-5-5"}]
    assert (work / ".env").read_bytes() == ORIGINAL
    assert (second.exit_code, "nothing to undo" in second.stderr) == (1, True)


def test_undo_removes_a_file_that_assign_made(work):
    """Where there was no .env there is none again."""
    run_cli("assign", "chat", "haiku")

    run_cli("assign", "--undo")

    assert not (work / ".env").exists()


def test_undo_refuses_a_line_that_was_changed_since(work):
    """What somebody wrote by hand afterwards is not overwritten."""
    run_cli("assign", "chat", "haiku")
    (work / ".env").write_text("AI_CHAT_MODEL=opus\n")

    result = run_cli("assign", "--undo")

    assert (result.exit_code, (work / ".env").read_text()) == (1, "AI_CHAT_MODEL=opus\n")


def test_the_environment_that_hides_the_change_is_named():
    """What was written is not what counts: a warning says so, and how to see it."""
    result = run_cli("assign", "chat", "haiku", env={"AI_CHAT_MODEL": "sonnet"})

    assert "Warning: AI_CHAT_MODEL=sonnet in the environment overrides .env" in result.stderr


def test_what_is_there_already_is_not_written_again(work):
    """The file is not touched, and there is no new change to undo."""
    (work / ".env").write_text(f"AI_CHAT_MODEL={HAIKU}\n")

    assert run_cli("assign", "chat", "haiku", "--json").json["written"] is False
    assert run_cli("assign", "--undo").exit_code == 1


def test_an_env_file_that_cannot_be_read_is_an_error_of_the_file(work):
    """A directory called .env: exit 3, one message, no traceback."""
    (work / ".env").mkdir()

    result = run_cli("assign", "chat", "haiku")

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("Error: .env")


def test_with_test_nothing_is_written_unless_the_call_succeeds(work):
    """A model whose live test fails is not assigned."""
    result = run_cli(
        "assign", "chat", "gpt-6-luna", "--test",
        env={"OPENAI_API_KEY": "sk-test-0123456789", "OPENAI_BASE_URL": "http://127.0.0.1:9", "MODEL_MANAGER_RETRIES": "0"},
    )  # fmt: skip

    assert (result.exit_code, (work / ".env").exists()) == (1, False)
    assert "the live test of gpt-6-luna failed" in result.stderr


def test_twelve_processes_at_once_lose_nothing(work):
    """Every one of twelve writers' lines is in the file afterwards."""
    names = [f"task_{number}" for number in range(12)]
    (work / "models.toml").write_text("".join(f"[tasks.{name}]\n" for name in names))
    command = [sys.executable, "-m", "model_manager", "assign"]
    writers = [
        subprocess.Popen(
            [*command, name, "haiku"], env=environment(), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        for name in names
    ]

    assert [writer.wait() for writer in writers] == [0] * 12
    assert sorted((work / ".env").read_text().split()) == sorted(
        f"AI_{name.upper()}_MODEL={HAIKU}" for name in names
    )


def test_a_link_stays_a_link(work):
    """The file behind the link is changed, with its mode kept."""
    (work / "shared.env").write_text("A=1\n")
    (work / "shared.env").chmod(0o640)
    (work / ".env").symlink_to("shared.env")

    run_cli("assign", "chat", "haiku")

    assert (work / ".env").is_symlink()
    assert (work / "shared.env").read_text() == f"A=1\nAI_CHAT_MODEL={HAIKU}\n"
    assert (work / "shared.env").stat().st_mode & 0o777 == 0o640


def test_ids_are_written_for_aliases_unless_they_are_to_be_kept(work):
    """An alias becomes its id, which is told; --keep-alias and dated snapshots stay; what a provider moves is said."""
    told = run_cli("assign", "chat", "90:haiku+10:sonnet,gpt-5-2025-08-07", "--force")
    assert (work / ".env").read_text() == f"AI_CHAT_MODEL=90:{HAIKU}+10:claude-sonnet-5-5,gpt-5-2025-08-07\n"
    assert (
        f"Note: haiku is an alias, which may mean another model later; --keep-alias keeps it. Assigned: {HAIKU}"
        in (told.stderr)
    )
    assert run_cli("assign", "chat", "haiku", "--keep-alias", "--json").json["changes"][0]["new"] == "haiku"
    moving = run_cli("assign", "chat", "mistral-large-latest", "--dry-run")
    assert "the provider moves mistral-large-latest on to newer models" in moving.stderr


def test_a_new_task_is_added_and_assigned_and_both_are_taken_back(work):
    """--new writes models.toml, comments kept, and .env; --dry-run shows both; --undo restores both files."""
    before = "# ours\n[tasks.chat]\nmodel = 'claude-sonnet-5-5'  # for now\n"
    (work / "models.toml").write_text(before)
    added = '[tasks.summarise]\npurpose = "Summarise"\nenv = "AI_SUMMARISE_MODEL"\n'

    planned = run_cli("assign", "summarise", "haiku", "--new", "--dry-run")
    assert "+[tasks.summarise]" in planned.stdout
    assert f"+AI_SUMMARISE_MODEL={HAIKU}" in planned.stdout
    assert ((work / "models.toml").read_text(), (work / ".env").exists()) == (before, False)

    done = run_cli("assign", "summarise", "haiku", "--new", "--json")
    assert (done.json["written"], "+[tasks.summarise]" in done.json["models_diff"]) == (True, True)
    assert (work / "models.toml").read_text().startswith(f"{before}\n{added}")
    assert (work / ".env").read_text() == f"AI_SUMMARISE_MODEL={HAIKU}\n"
    assert run_cli("assign", "summarise", "opus", "--new").exit_code == 2
    again = run_cli("assign", "summarise", "haiku", "--new")
    assert (again.exit_code, again.stdout.strip()) == (0, ".env already has this; nothing written")

    run_cli("assign", "summarise", "sonnet")
    run_cli("assign", "--undo")
    assert "tasks.summarise" in (work / "models.toml").read_text()


def test_a_new_task_goes_again_where_ctrl_c_comes_between_the_two_files(work, monkeypatch):
    """Interrupted after models.toml and before .env, --new leaves neither."""

    def interrupted(*_, when_locked, **__):
        when_locked()
        assert (work / "models.toml").exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(assign_new, "run_assign", interrupted)
    workspace = open_workspace(directory=work, environ=dict(os.environ))
    with pytest.raises(KeyboardInterrupt):
        assign_new.run(workspace, Order(routes={"summarise": "haiku"}), datetime.now(UTC))
    assert list(work.iterdir()) == []


def test_a_new_task_is_completed_after_a_kill(work):
    """Killed after any file is put in place, --new leaves what list can read; again it completes it, and --undo works."""
    code = (
        "import os, pathlib, signal; from model_manager.cli import app; from model_manager.commands import assign_new\n"
        "real, written = pathlib.Path.replace, []\n"
        "def put(old, new):\n"
        "    real(old, new)\n"
        "    written.extend([new] * old.name.endswith('.model-manager-tmp'))  # no cache of the catalogue\n"
        "    if len(written) == number: os.kill(os.getpid(), signal.SIGKILL)\n"
        "pathlib.Path.replace = put\n"
        "for number in range(1, 5):\n"
        "    if not (child := os.fork()):\n"
        "        os.chdir(str(number))\n"
        "        app(['assign', 'summarise', 'haiku', '--new'])\n"
        "    assert os.waitpid(child, 0)[1] == signal.SIGKILL\n"
    )
    places = [work / str(number) for number in range(1, 5)]
    for place in places:
        place.mkdir()
        (place / ".git").mkdir()  # nothing is looked for above it
    subprocess.run([sys.executable, "-c", code], env=environment(), check=True)
    assert [(place / ".env").exists() for place in places] == [False, False, False, True]
    for place in places:
        listed = run_cli("list", "--json", cwd=place)
        assert (listed.exit_code, [(one["task"], one["model"]) for one in listed.json["tasks"]]) == (
            0,
            [("summarise", HAIKU)],
        )
        again = run_cli("assign", "summarise", "haiku", "--new", "--json", cwd=place)
        assert (again.exit_code, again.json["written"], again.json["models_diff"]) == (0, place.name != "4", None)
        assert (place / ".env").read_text() == f"AI_SUMMARISE_MODEL={HAIKU}\n"
        assert (place / "models.toml").read_text().count("[tasks.summarise]") == 1
        assert run_cli("assign", "--undo", cwd=place).exit_code == 0
        assert not (place / ".env").exists()
    # Killed before the addition was recorded, it stays: it may as well be a colleague's.
    assert [(place / "models.toml").exists() for place in places] == [True, False, False, False]


def test_a_terminal_without_any_task_is_told_how_to_get_one(work):
    """The picker of a catalogue without tasks, or without models, is an error with the next step."""
    (work / "models.toml").write_text("extends = false\n")
    code, shown = run_in_terminal("assign")
    assert code == 2
    assert "there are no tasks yet" in shown
    assert "--new" in shown


def test_undo_takes_a_new_task_out_of_models_toml(work):
    """Both files that --new has made are gone after --undo."""
    run_cli("assign", "summarise", "haiku", "--new")
    undone = run_cli("assign", "--undo")
    assert "undone: removed" in undone.stdout
    assert [path.name for path in work.iterdir()] == []


@pytest.mark.parametrize(
    ("name", "route", "code", "reason"),
    [
        ("1st", "haiku", 2, "letters, digits and _ only"),
        ("opus", "haiku", 2, "a model or provider has it"),
        ("chat", "haiku", 2, "chat is a task already, in models.toml"),
        ("CHAT", "haiku", 2, "chat has its variable, AI_CHAT_MODEL"),
        ("digest", "gpt-4-turbo", 1, "retired"),
        ("digest", "haiku,", 2, "expected a model's name"),
        ("digest", "nobody-at-all", 1, "not in the catalogue"),
    ],
)
def test_a_new_task_that_cannot_be_is_refused_and_nothing_is_written(work, name, route, code, reason):
    """A bad or taken name, a model that would be refused, and a route that does not parse leave both files alone."""
    (work / "models.toml").write_text("[tasks.chat]\n")
    result = run_cli("assign", name, route, "--new")
    assert (result.exit_code, (work / "models.toml").read_text()) == (code, "[tasks.chat]\n")
    assert reason in result.stderr
    assert not (work / ".env").exists()


def test_models_toml_is_restored_if_the_env_file_cannot_be_written(work):
    """A .env that is read-only leaves no task behind."""
    (work / ".env").write_text("A=1\n")
    (work / ".env").chmod(0o400)
    assert run_cli("assign", "digest", "haiku", "--new").exit_code == 3
    assert not (work / "models.toml").exists()


def test_an_unknown_task_comes_with_the_command_that_adds_it():
    """The hint has the very command, ready to be pasted."""
    hint = run_cli("assign", "summarise", "haiku").stderr.partition("Hint:")[2]
    assert "model-manager assign summarise haiku --new" in hint


def test_the_live_test_is_shown_as_test_shows_it(work):
    """The answer is on stdout while it streams, on stderr under --json, and then the assignment is written."""
    with model_server(saying("Hello", " there")) as server:
        server.project(work, "m")
        shown = run_cli("assign", "chat", "local/m", "--test", "--force")
        assert shown.stdout.startswith("Hello there\n")
        assert "m answered" in shown.stderr
        assert "AI_CHAT_MODEL=local/m" in (work / ".env").read_text()
        quiet = run_cli("assign", "chat", "m", "--test", "--force", "--json")
        assert quiet.json["written"] is True
        assert "Hello there" in quiet.stderr
