"""`init`, as a process: what it finds in an application, what it proposes, writes and takes back."""

import json
import os
import signal
import sys
import tomllib

import pexpect
import pytest
from command_line import environment, run_cli
from projects import write

#: Models of the applications here retire later.
ON = ("--on", "2026-11-28")
KEY = "sk-proj-" + "a1b2c3d4" * 5
APPLICATION = {
    ".env": f"OPENAI_API_KEY={KEY}\nOPENAI_MODEL=gpt-4-turbo\nSUMMARY_MODEL=gpt-4o\nDRAFT_MODEL=gpt-6-luna\nEMBEDDING_MODEL=text-embedding-3-small\n",
    "src/app.py": """\
import os

def answer(messages):
    return client.create(model=os.getenv("OPENAI_MODEL", "gpt-4-turbo"), messages=messages, stream=True)

def extract_invoice(picture):
    return client.create(
        model="gpt-4o-2024-05-13",
        messages=[{"role": "user", "content": [{"type": "image_url", "image_url": picture}]}],
        response_format={"type": "json_object"},
    )
""",
    "src/summary.py": """\
import os

SUMMARY = os.environ["SUMMARY_MODEL"]

def summarise(text):
    return client.create(model=SUMMARY, tools=[look_up], messages=text)
""",
    "src/draft.ts": """\
const model = process.env.DRAFT_MODEL!;
export async function draft(messages) {
  return streamText({ model: openai(model), messages });
}
""",
    "src/title.ts": 'export async function generateTitle(text) {\n  return ask({ model: "anthropic/claude-3-5-haiku-latest", text });\n}\n',
    "cmd/main.go": 'func classify() {\n\tllm.New(llm.WithModel("gpt-4.1-nano"))\n}\n',
    "tests/test_app.py": 'MODEL = "gpt-4"\n',
}
LITELLM = """\
model_list:
  - model_name: support
    litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY, weight: 9}
  - model_name: support
    litellm_params:
      model: anthropic/claude-sonnet-4-5
      weight: 1
  - model_name: backup
    litellm_params: {model: groq/llama-3.1-8b-instant}
  - model_name: embeddings
    litellm_params: {model: openai/text-embedding-3-small}
router_settings:
  fallbacks: [{support: [backup]}]
"""


def application(work, **more):
    """An application that names models in many places."""
    for path, text in {**APPLICATION, **more}.items():
        write(work, path, text)


def tasks_of(work):
    """The tasks of the models.toml that was written."""
    return tomllib.loads((work / "models.toml").read_text())["tasks"]


def test_an_application_becomes_tasks(work):
    """Variables of .env and names in code become tasks with what the code needs, and retired models are replaced."""
    application(work)

    result = run_cli("init", "--yes", *ON)

    assert (result.exit_code, result.stderr) == (0, "")
    tasks = tasks_of(work)
    assert {name: (task["env"], task["model"], task["requires"]) for name, task in tasks.items()} == {
        "chat": ("OPENAI_MODEL", "gpt-6.1-sol", ["chat", "streaming"]),
        "summary": ("SUMMARY_MODEL", "gpt-4o", ["chat", "function-calling"]),
        "draft": ("DRAFT_MODEL", "gpt-6-luna", ["chat", "streaming"]),
        "classify": ("AI_CLASSIFY_MODEL", "gpt-6-luna", ["chat"]),
        "extract_invoice": ("AI_EXTRACT_INVOICE_MODEL", "gpt-4o", ["chat", "structured-output", "vision"]),
        "generate_title": ("AI_GENERATE_TITLE_MODEL", "claude-haiku-5-5", ["chat"]),
    }
    assert tasks["extract_invoice"]["purpose"] == "Extract invoice"
    listed = {task["task"]: task for task in run_cli("list", "--json").json["tasks"]}
    assert listed.keys() == tasks.keys()
    assert listed["summary"]["source"]["variable"] == "SUMMARY_MODEL"


def test_it_says_what_to_change_in_the_code_and_which_assign_ends_a_retired_value(work):
    """The lines are in the language of their file; .env keeps its value until `assign` changes it."""
    application(work)

    told = run_cli("init", "--yes", *ON, "--json").json

    assert {(one["file"], one["new"]) for one in told["code"]} == {
        ("src/app.py", 'return client.create(model=get_model_for_task("chat").model_id, messages=messages, stream=True)'),
        ("src/app.py", 'model=get_model_for_task("extract_invoice").model_id,'),
        ("src/title.ts", 'return ask({ model: "anthropic/" + process.env.AI_GENERATE_TITLE_MODEL, text });'),
        ("cmd/main.go", 'llm.New(llm.WithModel(os.Getenv("AI_CLASSIFY_MODEL")))'),
    }  # fmt: skip
    assert told["assign"] == [{"task": "chat", "route": "gpt-6.1-sol"}]
    assert told["keys"] == [{"variable": "OPENAI_API_KEY", "provider": "openai", "file": ".env"}]
    assert (work / ".env").read_text() == APPLICATION[".env"]
    assert (work / "src/app.py").read_text() == APPLICATION["src/app.py"]
    assert run_cli("assign", "chat", "gpt-6.1-sol").exit_code == 0
    assert "OPENAI_MODEL=gpt-6.1-sol\n" in (work / ".env").read_text()


def test_env_files_of_packages_are_read(work):
    """Those that git ignores too, but not those of ignored and vendored directories; a note says who reads them."""
    for path, text in {
        ".gitignore": ".env*\nold/\n",
        "packages/api/.env": f"OPENAI_API_KEY={KEY}\n\nSUMMARY_MODEL=gpt-4o\n",
        "services/x/.env.local": "TITLE_MODEL=gpt-4.1-nano\n",
        "old/.env": "OLD_MODEL=gpt-4.1\n",
        "node_modules/a/.env": "OTHER_MODEL=gpt-4.1\n",
        "tests/.env": "TEST_MODEL=gpt-4.1\n",
    }.items():
        write(work, path, text)
    done = run_cli("init", "--json", "--dry-run")
    assert KEY not in done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert {(one["file"], one["variable"]) for one in document["keys"]} == {
        ("packages/api/.env", "OPENAI_API_KEY")
    }
    assert {one["env"]: (one["found"][0]["file"], *one["notes"]) for one in document["tasks"]} == {
        "SUMMARY_MODEL": (
            "packages/api/.env",
            "set in packages/api/.env:3, which is read only when started in packages/api",
        ),
        "TITLE_MODEL": (
            "services/x/.env.local",
            "set in services/x/.env.local:1, which is read only when started in services/x",
        ),
    }
    assert "set in packages/api/.env:3" in run_cli("init", "--dry-run").stdout


def test_a_list_of_models_is_told_as_one(work):
    """A picker of many models is no task; where it is, is said."""
    entries = "".join(f'  {{\n    label: "x",\n    model: "gpt-4.{number}",\n  }},\n' for number in range(12))
    write(work, "web/models.ts", f"export const choices = [\n{entries}];\n")
    document = run_cli("init", "--json", "--dry-run").json
    assert (document["tasks"], document["lists"]) == (
        [],
        [{"file": "web/models.ts", "line": 4, "end_line": 48, "models": 12}],
    )
    assert "a list of 12 models in web/models.ts:4-48" in run_cli("init", "--dry-run").stdout


def test_without_yes_nothing_is_written(work):
    """In a pipe, in JSON and in a dry run the tasks are only shown."""
    application(work)

    piped, as_json, dry = run_cli("init"), run_cli("init", "--json"), run_cli("init", "--dry-run", "--yes")

    assert not (work / "models.toml").exists()
    assert "use --yes" in piped.stderr
    assert as_json.json["written"] is False
    assert as_json.json["files"][0]["diff"].startswith("--- /dev/null\n+++ models.toml\n")
    assert "+[tasks.summary]" in dry.lines
    assert "tests/test_app.py" not in piped.stdout
    assert "1 in tests" in piped.stdout


def test_examples_and_client_components_are_told_apart(work):
    """Examples count where there is nothing else; a file for browsers gets no variable of the server."""
    write(work, "examples/a.py", 'def poem():\n    ask(model="gpt-4o")\n')
    assert [one["task"] for one in run_cli("init", "--json").json["tasks"]] == ["poem"]
    write(work, "src/page.tsx", '"use client";\nconst start = { model: "gpt-4o" };\n')

    told = run_cli("init", "--json").json

    assert [(one["task"], one["found"][0]["file"]) for one in told["tasks"]] == [("chat", "src/page.tsx")]
    assert told["code"] == []
    assert "1 in examples" in run_cli("init").stdout


def test_on_proposes_as_of_a_day(work):
    """A model that lives today is replaced as of the day on which it does not."""
    write(work, "app.py", 'MODEL = "gpt-4o"\n')

    assert run_cli("init", "--json", "--on", "2026-10-01").json["tasks"][0]["replaces"] is None
    assert run_cli("init", "--json", "--on", "2027-01-22").json["tasks"][0]["replaces"] == "gpt-4o"
    assert run_cli("init", "--on", "someday").exit_code == 2
    assert run_cli("init", "--undo", "--on", "2027-01-22").exit_code == 2


def test_a_litellm_deployment_is_looked_for_at_the_provider_of_its_key(work):
    """The catalogue's model of that host is taken; where it has none, a warning says whose is."""
    key = "api_base: https://openrouter.ai/api/v1, api_key: os.environ/OPENROUTER_API_KEY"
    names = {"first": "anthropic/claude-opus-5.5", "second": "anthropic/claude-opus-5"}
    groups = [f"  - {{model_name: {n}, litellm_params: {{model: openai/{m}, {key}}}}}\n" for n, m in names.items()]
    write(work, "proxy.yaml", f"model_list:\n{''.join(groups)}")

    told = run_cli("init", "--json").json

    assert [one["model"] for one in told["tasks"]] == ["openrouter/claude-opus-5.5", "claude-opus-5"]
    (warning,) = told["warnings"]
    assert warning.startswith("proxy.yaml: openai/anthropic/claude-opus-5 uses OPENROUTER_API_KEY; the task")
    assert warning.endswith("would use anthropic/claude-opus-5")


def test_no_key_is_shown(work):
    """What is shown of files has keys hidden and is at most 200 characters a line."""
    application(
        work,
        **{
            "k.py": f'ask("{KEY}", model="gpt-4o", own="hush-hush-secret-1", filler="{"x" * 500}")\n',
            ".env.local": "MY_SECRET=hush-hush-secret-1\n",
        },
    )

    result = run_cli("init", "--json", "-v")

    assert "a1b2c3" not in result.stdout + result.stderr
    assert "hush-hush" not in result.stdout + result.stderr
    shown = [found["text"] for task in result.json["tasks"] for found in task["found"]]
    assert max(map(len, shown)) <= 200


def test_what_is_there_already_is_extended(work):
    """Tasks that exist stay as they are, byte by byte; only missing ones are added, and the second time none."""
    mine = '# mine\r\n[tasks.summary]\r\nenv = "SUMMARY_MODEL"\r\nmodel = "opus"'
    application(work, **{"models.toml": mine})

    first = run_cli("init", "--yes")
    data = (work / "models.toml").read_bytes()
    second = run_cli("init", "--yes", "--json").json

    assert first.exit_code == 0
    assert data.startswith(mine.encode() + b"\r\n\r\n[tasks.chat]\r\n")
    assert tasks_of(work)["summary"]["model"] == "opus"
    assert (second["tasks"], second["written"]) == ([], False)
    assert (work / "models.toml").read_bytes() == data


def test_the_next_commands_name_the_directory_that_was_given(work):
    """What is printed to be typed next works where init was called: it repeats -C."""
    application(work)
    assert f"\n  model-manager -C {work} check --code .\n" in run_cli("-C", str(work), "init").stdout


def test_undo_takes_back_what_was_written_and_nothing_else(work):
    """A file that init made is removed, one that it extended is as before; twice there is nothing to undo."""
    application(work)
    run_cli("init", "--yes")
    assert run_cli("init", "--undo", "--dry-run").exit_code == 0
    assert (work / "models.toml").exists()

    undone = run_cli("init", "--undo", "--json").json

    assert not (work / "models.toml").exists()
    assert undone["written"] is True
    again = run_cli("init", "--undo")
    assert again.exit_code == 1
    assert again.stderr.startswith("Error: models.toml: there is nothing to undo\n")
    write(work, "models.toml", "# mine\n")
    run_cli("init", "--yes")
    run_cli("init", "--undo")
    assert (work / "models.toml").read_text() == "# mine\n"


def test_undo_refuses_a_file_that_has_changed_since(work):
    """What somebody has edited afterwards is not taken away."""
    application(work)
    run_cli("init", "--yes")
    with (work / "models.toml").open("a") as file:
        file.write("# by hand\n")
    before = (work / "models.toml").read_bytes()

    result = run_cli("init", "--undo")

    assert result.exit_code == 1
    assert "has changed since" in result.stderr
    assert (work / "models.toml").read_bytes() == before


def test_a_litellm_configuration_becomes_routes(work):
    """Weights become shares, orders and fallbacks a chain, and what is no chat model is left out, with a warning."""
    write(work, "config.yaml", LITELLM)

    told = run_cli("init", "--yes", *ON, "--json").json

    assert {one["task"]: one["model"] for one in told["tasks"]} == {
        "support": "90:gpt-4o+10:claude-sonnet-5-5,groq/gpt-oss-20b",
        "backup": "groq/gpt-oss-20b",
    }
    assert told["tasks"][0]["found"] == [{"file": "config.yaml", "line": 3, "text": "model_name: support"}]
    assert told["warnings"] == [
        "config.yaml: openai/text-embedding-3-small is not in the catalogue; it is skipped"
    ]
    assert run_cli("list").exit_code == 0


@pytest.mark.parametrize(
    "text",
    [
        "model_list: [\n",
        "model_list: 3\n",
        "model_list: !!python/object/apply:os.system [touch hacked]\n",
        "model_list:\n- &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"- &a{n} [{','.join([f'*a{n - 1}' if n else '*a'] * 10)}]\n" for n in range(8)),
        "model_list: " + "[" * 5000 + "\n",
    ],
    ids=["cut-off", "no-list", "object", "alias-bomb", "deep"],
)
def test_a_broken_configuration_is_left_out_with_a_warning(work, text):
    """A file that is no LiteLLM configuration, or an attack, takes no time, runs nothing, and stops nothing."""
    write(work, "config.yaml", text)
    write(work, "a.py", 'def summarize():\n    ask("gpt-4o")\n')

    told = run_cli("init", "--json").json

    assert [one["task"] for one in told["tasks"]] == ["summarize"]
    assert len(told["warnings"]) == 1
    assert told["warnings"][0].startswith("config.yaml ")
    assert not (work / "hacked").exists()


def test_the_catalogue_that_a_setting_names_is_the_one_that_is_extended(work):
    """Tasks go where they count: into the file that is read in place of models.toml."""
    application(work)
    write(work, "conf/llm.toml", "")
    result = run_cli("init", "--yes", env={"MODEL_MANAGER_MODELS_FILE": "conf/llm.toml"})
    assert (result.exit_code, (work / "models.toml").exists()) == (0, False)
    assert "[tasks.summary]" in (work / "conf/llm.toml").read_text()


def test_names_from_files_cannot_write_more_than_names(work):
    """A value with a line end is no model's name: nothing of it gets into models.toml."""
    write(work, ".env", 'A_MODEL="x\nevil = 1\n[tasks.evil]/gpt-4"\nB_MODEL="gpt-4"\n')

    run_cli("init", "--yes")

    assert [task["env"] for task in tasks_of(work).values()] == ["B_MODEL"]


@pytest.mark.parametrize("kind", ["link", "fifo", "directory"])
def test_a_models_toml_that_is_no_file_is_refused(work, kind):
    """A link, a FIFO or a directory in its place is an error at once, and nothing is written."""
    application(work)
    outside = write(work, "elsewhere/target.toml", "")
    if kind == "link":
        (work / "models.toml").symlink_to(outside)
    elif kind == "fifo":
        os.mkfifo(work / "models.toml")
    else:
        (work / "models.toml").mkdir()

    result = run_cli("init", "--yes")

    assert result.exit_code == 3
    assert "models.toml" in result.stderr
    assert outside.read_text() == ""


def test_a_file_to_which_tables_cannot_be_added_is_left_as_it_is(work):
    """An inline table of tasks cannot be extended: it says how to write it, and changes nothing."""
    text = 'tasks = { summary = { model = "opus" } }\n'
    application(work, **{"models.toml": text})

    result = run_cli("init", "--yes")

    assert result.exit_code == 3
    assert "Hint: write the tasks there as tables of their own" in result.stderr
    assert (work / "models.toml").read_text() == text


def test_an_application_without_models_is_told_so(work):
    """Nothing found, nothing written, no error, and how to begin with a task."""
    write(work, "a.py", "print('hello')\n")

    result = run_cli("init", "--yes")

    assert result.exit_code == 0
    assert "No use of a model was found" in result.stdout
    assert "assign chat MODEL --new" in result.stdout
    assert not (work / "models.toml").exists()


def terminal(work, *words):
    """`model-manager init` on a terminal of 80 columns."""
    return pexpect.spawn(
        sys.executable, ["-m", "model_manager", "init", *words], cwd=work, env=environment({"TERM": "xterm", "NO_COLOR": "1"}),
        encoding="utf-8", dimensions=(50, 80), timeout=60,
    )  # fmt: skip


def test_on_a_terminal_tasks_are_renamed_left_out_and_written(work):
    """Names can be edited task by task before anything is written."""
    write(work, "a.py", 'def summarize():\n    ask("gpt-4o")\n\ndef translate():\n    ask("gpt-4o")\n')
    child = terminal(work)
    child.expect(r"Write 2 tasks to models.toml\? ")
    child.sendline("e")
    child.expect("summarize .*: ")
    child.sendline("digest")
    child.expect("translate .*: ")
    child.sendline("-")
    child.expect(r"Write 1 task to models.toml\? ")
    child.sendline("y")
    child.expect(pexpect.EOF)
    assert list(tasks_of(work)) == ["digest"]
    assert tasks_of(work)["digest"]["env"] == "AI_DIGEST_MODEL"


@pytest.mark.parametrize("answer", ["n", "", "interrupt", "name"])
def test_on_a_terminal_anything_but_yes_writes_nothing(work, answer):
    """No, Enter, Ctrl-C, and a name that no task can have leave everything as it was."""
    write(work, "a.py", 'def summarize():\n    ask("gpt-4o")\n')
    child = terminal(work)
    child.expect(r"Write 1 task to models.toml\? ")
    if answer == "interrupt":
        child.kill(signal.SIGINT)
    elif answer == "name":
        child.sendline("e")
        child.expect("summarize .*: ")
        child.sendline("gpt-4o")
        child.expect("cannot be a task's name")
        child.expect(r"Write 1 task to models.toml\? ")
        child.sendline("n")
    else:
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (130 if answer == "interrupt" else 0)
    assert [path.name for path in work.iterdir()] == ["a.py"]
