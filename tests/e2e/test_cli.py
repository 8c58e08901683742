"""The command line as a process: options, exit codes, streams, pipes, and what terminals of each width show."""

import json
import re
import subprocess
import sys
import unicodedata
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import pytest
from command_line import LONGEST_S, environment, run_cli, run_in_terminal
from projects import SMALL, write

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ON = ("--on", "2026-11-23")


@pytest.mark.parametrize(
    "args",
    [
        ("-C", "sub", "--json", "list"),
        ("list", "-C", "sub", "--json"),
        ("--json", "list", "--directory", "sub"),
        ("--directory=sub", "list", "--json"),
    ],
)
def test_shared_options_stand_on_both_sides(work, args):
    """Options that all commands share are taken before and after the command."""
    write(work, "sub/models.toml", SMALL)
    assert [model["id"] for model in run_cli(*args).json["models"]] == ["m"]


def test_shared_options_of_both_sides_add_up(work):
    """Files named before and after the command all count, the last one most; of two directories the nearer one."""
    write(work, "sub/one.env", "AI_CHAT_MODEL=opus\nAI_PREFERENCE_MODEL=opus\n")
    write(work, "sub/two.env", "AI_CHAT_MODEL=haiku\n")
    result = run_cli(
        "-C", "nowhere", "--env-file", "one.env", "--json", "list", "--env-file", "two.env", "-C", "sub"
    )
    routes = {task["task"]: task["route"] for task in result.json["tasks"]}
    assert (routes["chat"], routes["preference_extraction"]) == ("haiku", "opus")


def test_a_named_catalogue_is_taken_on_both_sides(work):
    """`--models-file` works before and after the command."""
    write(work, "m.toml", SMALL)
    for args in (("--models-file", "m.toml", "list", "--ids"), ("list", "--ids", "--models-file", "m.toml")):
        assert run_cli(*args).stdout == "m\n"


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ((), 2, "Usage: model-manager"),
        (("lsit",), 2, "No such command 'lsit'"),
        (("list", "--capabilty", "x"), 2, "No such option: --capabilty"),
        (("list", "extra"), 2, "extra"),
        (("list", "--sort"), 2, "--sort"),
        (("info",), 2, "Missing argument"),
        (("info", "hiaku"), 2, "Error: there is no model or task 'hiaku'\nHint: did you mean haiku"),
        (("cost", "nobody-at-all"), 2, "Error: there is no model 'nobody-at-all' in the catalogue"),
        (("cost", "--task", "chta"), 2, "Error: there is no task 'chta'\nHint: did you mean chat?"),
        (("cost", "--tokens", "many"), 2, "Error: --tokens: 'many' is not a valid number; use 1000"),
        (("cost", "--tokens", "-5"), 2, "--tokens: '-5' is not a valid number"),
        (("cost", "--input", "1", "--file", "-"), 2, "--input and --file cannot be combined"),
        (("cost", "--file", "gone.txt"), 2, "Error: --file: gone.txt: No such file or directory"),
        (("cost", "--per", "week"), 2, "Error: --per: 'week' is neither day nor month"),
        (("list", "--on", "tomorrow"), 2, "Error: --on: 'tomorrow' is not a valid date; use 2026-12-31"),
        (("list", "--max-price", "cheap"), 2, "Error: --max-price: 'cheap' is not a valid amount of US dollars"),
        (
            ("list", "--provider", "opanai"),
            2,
            "Error: --provider: there is no 'opanai'\nHint: did you mean openai",
        ),
        (
            ("list", "--csv", "--markdown"),
            2,
            "Error: --csv and --markdown cannot be combined\nHint: use one of them",
        ),
        (("list", "--ids", "--columns", "id"), 2, "Error: --columns and --ids cannot be combined"),
        (("list", "--columns", "id,prize"), 2, "Error: --columns: there is no column 'prize'\nHint: did you mean"),
        (("-C", "gone", "list"), 2, "Error: -C: there is no directory gone"),
        (("--models-file", "gone", "list"), 2, "Error: --models-file: there is no file gone"),
        (("list", "--env-file", "gone"), 2, "Error: --env-file: there is no file gone"),
        (("list", "--models-file", "."), 3, "Error: 1 problem in .:\n  .: is a directory, not a file"),
        (("list", "--env-file", "."), 3, "Error: . is a directory, not a file"),
    ],
)
def test_wrong_usage_is_one_clear_error(args, code, words):
    """What cannot be done is told on stderr, in plain lines, with the exit code of its kind and no traceback."""
    result = run_cli(*args)
    assert (result.exit_code, result.stdout) == (code, "")
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_an_error_under_json_is_an_object_and_plain_lines():
    """With --json, what goes wrong is an object on stdout and the same in words on stderr."""
    result = run_cli("info", "hiaku", "--json")
    assert result.exit_code == 2
    error = result.json["error"]
    assert error["kind"] == "unknown_name"
    assert result.stderr == f"Error: {error['message']}\nHint: {error['hint']}\n"


def test_a_command_line_that_does_not_parse_prints_on_stderr_alone():
    """Where the command line itself is wrong, stdout stays empty, also with --json."""
    result = run_cli("--json", "list", "--nope")
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_wrong_catalogue_is_told_with_every_problem(work):
    """All problems come at once, each on a line with file and line, and the exit code is 3."""
    write(work, "models.toml", "[models.a]\nprovider = 5\nprice = { input = 'x' }\n")
    result = run_cli("list")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.splitlines() == [
        "Error: 2 problems in models.toml:",
        "  models.toml:2: models.a.provider: expected text, got 5",
        "  models.toml:3: models.a.price.input: expected a number, got 'x'",
        "Hint: correct the file, then run the command again",
    ]


def test_warnings_are_plain_lines_on_stderr(work):
    """What is odd but harmless is told on stderr, and the data on stdout is whole."""
    write(work, ".env", "MODEL_MANAGER_TIMOUT=5\nthis is no binding\nAI_CHAT_MODEL=haiku\n")
    result = run_cli("list", "--json", *ON)
    assert result.exit_code == 0
    assert result.json["tasks"][0]["model"] == "claude-haiku-5-5"
    assert all(
        line.startswith("Warning: .env") or "MODEL_MANAGER_TIMOUT in .env:1" in line
        for line in result.stderr.splitlines()
    )
    assert len(result.stderr.splitlines()) == 2


def test_a_model_that_nobody_knows_does_not_stop_list_and_info(work):
    """An unknown or retired model of a .env is shown as a problem, with exit code 0."""
    write(work, ".env", "AI_CHAT_MODEL=nobody\nAI_PREFERENCE_MODEL=gpt-4-turbo\n")
    listed = run_cli("list", *ON)
    assert listed.exit_code == 0
    problems = listed.stderr.splitlines()
    assert "error: chat: nobody is not in the catalogue" in problems
    assert any(line.startswith("error: preference_extraction: gpt-4-turbo retired on") for line in problems)
    assert any("used by preference_extraction" in line for line in listed.lines)
    shown = run_cli("info", "chat", "--json")
    assert (shown.exit_code, shown.json["task"]["model"]) == (0, None)


def test_nothing_found_is_told_on_stderr():
    """An empty list names the filter that emptied it, and is no failure."""
    result = run_cli("list", "--ids", "--search", "unicorn", "--max-price", "1", *ON)
    assert (result.exit_code, result.stdout) == (0, "")
    assert re.fullmatch(r"No match for --search 'unicorn' among \d+ models\n", result.stderr)


def test_tasks_stand_below_models_unless_these_are_filtered(work):
    """The tasks and their problems belong to the whole list, and the problems to stderr; CSV has models alone."""
    whole, filtered = run_cli("list", *ON), run_cli("list", "--provider", "OpenAI", *ON)
    assert whole.lines[-6:-4] == ["Task                   Model              Source", whole.lines[-5]]
    assert whole.lines[-1] == "Examples until models.toml has tasks: model-manager init"
    assert whole.stderr == ""  # nobody has chosen the models of the examples
    chosen = run_cli("list", *ON, env={"AI_CHAT_MODEL": "claude-sonnet-5-5"}).stderr
    assert chosen == "warning: chat: claude-sonnet-5-5 has no key: set ANTHROPIC_API_KEY\n"
    retired = '[models.claude-sonnet-5-5]\nretires = 2026-11-01\nreplacement = "claude-opus-5-5"\n'
    (work / "models.toml").write_text(retired)  # the examples' models end, too
    assert re.fullmatch(r"error: chat: claude-sonnet-5-5 retired on .*\n", run_cli("list", *ON).stderr)
    (work / "models.toml").unlink()
    assert not [line for line in filtered.lines if line.startswith("chat ")]
    assert filtered.stderr == ""
    rows = run_cli("list", "--csv", *ON)
    assert (rows.lines[0].split(",")[:3], rows.stderr) == (["id", "name", "provider"], "")
    assert run_cli("list", "--markdown", "--columns", "id", *ON).lines[:2] == ["| Model |", "| --- |"]


def test_cost_tells_limits_tiers_and_what_is_unknown(work):
    """Below the costs stand what a mark means and the price of smaller requests; a total leaves what it lacks out."""
    shown = run_cli("cost", "haiku", "groq/gpt-oss-20b", "--input", "150k", *ON).lines
    assert [line.split()[2] for line in shown[2:4]] == ["✗", "▲"]
    assert shown[4:] == [
        "✗ cannot take a request of this size: groq/gpt-oss-20b (131k context)",
        "▲ billed by a tier for long prompts. The same tokens in smaller requests:",
        "  claude-haiku-5-5: $0.015 instead of $0.075, prompts of at most 100k tokens",
    ]
    assert "✗ cannot take a request of this size" in run_cli("cost", "--input", "1B", *ON).lines
    profile = "profile = { requests_per_day = 1, input_tokens = 900_000, output_tokens = 0 }\n"
    write(work, "models.toml", f"[tasks.a]\nmodel = 'gpt-6.1-sol'\n{profile}[tasks.b]\nmodel = 'haiku'\n")
    lines = run_cli("cost", "--assigned", *ON).lines
    assert "Total $108.00 and one unknown per month" in lines
    assert any(
        line.startswith("  a on gpt-6.1-sol: $54.00 instead of $108.00, prompts of at most 272k") for line in lines
    )


def test_info_is_three_groups_that_fit_a_screen():
    """A model is what it is, its price and its state; for a retired one there is the line to type."""
    shown = screen(80, "info", "haiku", *ON)
    assert [line for line in shown if line[:1].isalpha()][1:] == [
        *("What it is", "Price  US dollars per million tokens", "State"),
    ]
    assert len(shown) <= 24
    assert (
        "  replace     model-manager assign TASK claude-haiku-5-5" in run_cli("info", "claude-3-haiku", *ON).lines
    )


def test_ids_are_one_a_line():
    """`--ids` prints what `cost` and `info` take, and nothing else."""
    result = run_cli("list", "--provider", "anthropic", "--recommended", "--ids")
    assert result.lines == ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]
    assert run_cli("cost", *result.lines, "--json").exit_code == 0


def test_advice_is_a_table_of_its_own():
    """`--scenarios` shows each kind of work with a model and the reason."""
    result = run_cli("list", "--scenarios")
    assert result.lines[0].split() == ["Scenario", "Model", "Why"]
    assert len(result.lines) == 5


def test_counts_may_be_written_short_on_the_command_line():
    """`100k`, `1.5M` and `100_000` are numbers of tokens."""
    workload = run_cli(
        "cost", "haiku", "--input", "1.5M", "--output", "100_000", "--requests", "2k", "--json"
    ).json["workload"]
    assert (workload["input_tokens"], workload["output_tokens"], workload["requests"]) == (
        1_500_000,
        100_000,
        2000,
    )


def test_a_text_is_estimated_and_it_is_said(work):
    """`--file` and stdin estimate the tokens of a text, and the output says that they are estimated."""
    write(work, "text.txt", "four" * 1000)
    for args, stdin in ((("--file", "text.txt"), ""), (("--file", "-"), "four" * 1000)):
        found = run_cli("cost", "haiku", *args, "--json", stdin=stdin).json
        assert (found["workload"]["input_tokens"], found["workload"]["estimated"]) == (1000, True)
        shown = run_cli("cost", "haiku", *args, "--output", "50", stdin=stdin)
        assert "1,000 input + 50 output tokens, estimated" in shown.lines[0]


def test_the_original_comparison_is_shown(work):
    """100k tokens at the original flat rates cost 5 cents to 1.50 dollars, and are compared."""
    rates = {"a": "0.0005", "b": "0.001", "c": "0.0025", "d": "0.01", "e": "0.015"}
    models = "".join(
        f"[models.{name}]\nprovider = 'acme'\ncost_per_1k_tokens = {rate}\n" for name, rate in rates.items()
    )
    write(work, "models.toml", SMALL.replace('[models.m]\nprovider = "acme"\n', models))
    lines = run_cli("cost", "--tokens", "100k").lines
    rows = [line.split(maxsplit=2) for line in lines[2:]]
    assert [(row[0], row[1]) for row in rows] == [
        ("a", "$0.05"),
        ("b", "$0.10"),
        ("c", "$0.25"),
        ("d", "$1.00"),
        ("e", "$1.50"),
    ]
    assert [" ".join(re.sub("[█▏▎▍▌▋▊▉]+", "", row[2]).split()) for row in rows] == [
        "$0.0375 $0.0125 30× cheaper", "$0.075 $0.025 15× cheaper", "$0.1875 $0.0625 6× cheaper",
        "$0.75 $0.25 1.5× cheaper", "$1.125 $0.375 reference",
    ]  # fmt: skip


def test_the_peak_is_a_matter_of_the_hour():
    """`--on` with a time prices a model by its peak hours."""
    peak, off = (
        run_cli("cost", "deepseek-v4-pro", "--json", "--on", on).json["costs"][0]["cost_usd"]
        for on in ("2026-11-23T02:00:00Z", "2026-11-23T12:00:00Z")
    )
    assert peak == pytest.approx(2 * off)


@pytest.mark.parametrize(
    "command", [("list",), ("cost",), ("info", "haiku"), ("info", "chat"), ("list", "--scenarios")]
)
def test_a_pipe_gets_plain_text(command):
    """In a pipe there are no escapes, no trailing blanks, and no line is broken."""
    result = run_cli(*command, *ON)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert result.lines == [line.rstrip() for line in result.lines]
    assert run_cli(*command, *ON, env={"TERM": "dumb", "LC_ALL": "C"}).stdout == result.stdout


def test_colours_can_be_asked_for_and_refused():
    """FORCE_COLOR colours a pipe; NO_COLOR and --no-color are stronger, and leave no escape at all."""
    coloured = run_cli("info", "haiku", env={"FORCE_COLOR": "1", "TERM": "xterm"})
    assert "\x1b[" in coloured.stdout
    for args, env in (((), {"NO_COLOR": "1"}), (("--no-color",), {})):
        plain = run_cli("info", "haiku", *args, env={"FORCE_COLOR": "1", "TERM": "xterm", **env})
        assert "\x1b" not in plain.stdout


@pytest.mark.parametrize("columns", ["40", "0", "-5", "x", "²", "99999999999999999999", "9" * 5000])
def test_columns_may_say_anything(columns):
    """Whatever COLUMNS holds, a table comes out."""
    result = run_cli("list", "--provider", "groq", *ON, env={"COLUMNS": columns})
    assert (result.exit_code, result.stderr) == (0, "")
    assert "groq/gpt-oss-120b" in result.stdout


@pytest.mark.parametrize("args", [("list", *ON), ("list", "--json", *ON), ("list", "--ids", *ON), ("cost",)])
def test_a_reader_that_stops_early_is_no_error(args):
    """`| head -1` ends quietly."""
    shell = 'set -o pipefail; "$@" | head -1'
    command = ["bash", "-c", shell, "-", sys.executable, "-m", "model_manager", *args]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(), timeout=LONGEST_S, check=False
    )
    assert len(done.stdout.splitlines()) == 1
    assert all(line.startswith("warning: ") for line in done.stderr.splitlines())
    assert done.returncode == 0


def test_a_terminal_that_cannot_show_a_star_gets_an_answer():
    """Where the output's encoding lacks a character, it is replaced and nothing breaks."""
    command = [sys.executable, "-m", "model_manager", "list", "--search", "haiku", *ON]
    env = environment({"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    done = subprocess.run(command, capture_output=True, env=env, timeout=LONGEST_S, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"claude-haiku-5-5" in done.stdout


def test_words_from_files_do_nothing_to_a_terminal(work):
    """Escapes and markup in a catalogue or a .env are shown, not obeyed."""
    write(
        work,
        "models.toml",
        '[models.m]\nprovider = "openai"\nname = "[red]N[/red]\\u001b[2J"\nbest_for = "b\\u202e\\u001b]0;t\\u0007"\n',
    )
    write(work, ".env", "AI_CHAT_MODEL=m\nAI_PREFERENCE_MODEL=\x1b[31mx\n")
    for args in (("list",), ("info", "m"), ("info", "chat"), ("cost", "m"), ("info", "\x1b[2J")):
        result = run_cli(*args, env={"FORCE_COLOR": "1", "NO_COLOR": "1"})
        assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout + result.stderr)
    assert "[red]N[/red]\\x1b[2J" in run_cli("info", "m").stdout


def test_a_key_is_not_in_any_output(work):
    """Whatever is asked, no key is printed: not where it is set, and not where it is put by mistake."""
    write(
        work,
        ".env",
        "OPENAI_API_KEY=sk-secret-12345\nAI_CHAT_MODEL=sk-secret-12345\nGROQ_API_KEY=${OPENAI_API_KEY}\n",
    )
    for args in (
        ("list",),
        ("info", "chat"),
        ("info", "gpt-6-luna"),
        ("list", "--json"),
        ("info", "sk-secret-12345"),
    ):
        result = run_cli(*args)
        assert "sk-secret" not in result.stdout + result.stderr
    assert "set by OPENAI_API_KEY in .env:1" in run_cli("info", "gpt-6-luna").stdout


def test_help_and_version_are_there():
    """Each command explains itself, with examples, and the version is one line."""
    assert re.fullmatch(r"model-manager \d+\.\d+\.\d+\S*\n", run_cli("--version").stdout)
    for name in ("list", "cost", "info"):
        for flag in ("-h", "--help"):
            result = run_cli(name, flag)
            assert result.exit_code == 0
            assert f"model-manager {name} " in result.stdout.partition("Examples:")[2]


NONSENSE = [
    *(
        "",
        " ",
        "-",
        "--",
        "---",
        "-h -x",
        "\n",
        "\t",
        "'",
        '"',
        "\\",
        "$(id)",
        "`id`",
        "*",
        "[red]",
        "\x1b[31m",
        "\udcff",
    ),
    *(
        "é",
        "日本語",
        "\u202e",
        "../../etc/passwd",
        "/",
        "//",
        "a/b/c",
        "a:b",
        "50:a",
        "auto",
        "None",
        "null",
        "NaN",
        "inf",
    ),
    *(
        "-1",
        "0",
        "1e999",
        "9" * 400,
        "x" * 4000,
        "%s",
        "{0}",
        "{}",
        "=",
        "a=b",
        "--json=x",
        "@file",
        "!",
        "#",
        ";",
        "|",
    ),
]


def outcomes(lines: list[list[str]]) -> list[tuple[list[str], int, str]]:
    """Run many command lines in one process; each with its exit code and what it wrote on stderr."""
    script = (
        "import sys, json, io, contextlib\n"
        "from model_manager.cli import app\n"
        "for args in json.load(sys.stdin):\n"
        "    out, err, code = io.StringIO(), io.StringIO(), None\n"
        "    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):\n"
        "        try: app(args, prog_name='model-manager')\n"
        "        except SystemExit as end: code = end.code or 0\n"
        "    print(json.dumps([args, code, err.getvalue()]))\n"
    )
    command = [sys.executable, "-c", script]
    env = environment()
    done = subprocess.run(
        command, input=json.dumps(lines), capture_output=True, text=True, timeout=LONGEST_S, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [args for args, _, _ in found] == lines
    return found


@pytest.mark.parametrize(
    "head", [["info"], ["cost"], ["list", "--search"], ["list", "--capability"]], ids=" ".join
)
def test_nonsense_is_never_a_traceback(head):
    """Arguments of many kinds of nonsense end in an answer or in wrong usage."""
    for args, code, complaint in outcomes([[*head, word] for word in NONSENSE]):
        assert code in (0, 2), (args, code, complaint)
        assert "Traceback" not in complaint
        assert "unexpected" not in complaint.replace("Got unexpected extra argument", "")
        assert "\x1b" not in complaint


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *(
            ("cost", name)
            for name in ("--tokens", "--input", "--requests", "--on", "--reference", "--task", "--per")
        ),
        *(("list", name) for name in ("--on", "--task", "--min-context", "--max-price", "--sort", "--provider")),
    ],
)
def test_nonsense_in_an_option_is_wrong_usage(command, option):
    """An option's value that means nothing is refused, naming what it was for, with exit code 2."""
    words = ["-1", "1e9", "NaN", "--", "x\ny", "0001-01-01T00:00:00+23:00", "2026-02-30", "\udcff"]
    for args, code, complaint in outcomes([[command, f"{option}={word}"] for word in words]):
        amount = option == "--max-price" and args[1].endswith("1e9")
        assert code == (0 if amount else 2), (args, complaint)
        assert amount or complaint.startswith(("Error: --", "Error: there is no "))


def screen(columns: int, *args: str, env: dict[str, str | None] | None = None) -> list[str]:
    """The lines that a terminal of this width shows, without escapes."""
    code, text = run_in_terminal(*args, columns=columns, rows=500, env=env)
    assert code == 0
    assert "\x1b" in text or env
    return ESCAPE.sub("", text).replace("\r\n", "\n").splitlines()


def width_of(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


WIDE = [
    ("list", "--all"),
    ("cost",),
    ("cost", "--requests", "5k", "--per", "day"),
    ("cost", "--assigned", "--reference", "gpt-5"),
]
WIDE += [
    ("info", "haiku"),
    ("info", "chat"),
    ("info", "gemini-2.5-flash-lite"),
    ("list", "--scenarios"),
    ("list", "--sort", "price"),
]


@pytest.mark.parametrize("columns", [80, 100, 140])
@pytest.mark.parametrize("args", WIDE, ids=" ".join)
def test_no_line_is_longer_than_the_terminal(args, columns):
    """At each usual width, all lines of a table fit, and nothing is cut with an ellipsis; stderr's are plain."""
    lines = [line for line in screen(columns, *args, *ON) if not line.startswith("warning: ")]
    assert max(map(width_of, lines)) <= columns
    assert "…" not in "".join(lines)


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_list_shows_what_matters_at_each_width(columns):
    """Ids are whole and on one line, with rates and window beside them; older models take a line a provider."""
    lines = screen(columns, "list", *ON)
    report = run_cli("list", "--json", *ON).json
    older = [model for model in report["models"] if model["status"] in ("legacy", "deprecated")]
    assert not {model["id"] for model in older}.intersection(" ".join(lines).split())
    folded = [line.split() for line in lines if line.startswith("  + ")]
    assert sum(int(words[1]) for words in folded) == len(older)
    assert len(folded) == len({model["provider"] for model in older})
    for model in (model for model in report["models"] if model not in older):
        row = next(line for line in lines if model["id"] in line.removeprefix("★").split()[:1])
        if model["price"] and model["price"]["input"]:
            rate = Decimal(str(model["price"]["input"])).quantize(Decimal("0.01"), ROUND_DOWN)
            assert re.search(rf"\b{rate}", row)
    for task in report["tasks"]:
        assert any(line.startswith(task["task"]) for line in lines[-24:])
    assert "Examples until models.toml has tasks: model-manager init" in lines


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_cost_shows_one_line_a_model_at_each_width(columns):
    """Each current model's id, cost and comparison are on one line, and the bar does not break it."""
    lines = screen(columns, "cost", *ON)
    rows = [line for line in lines if re.search(r" \$[\d,.]+ ", line)]
    models = run_cli("list", "--json", *ON).json["models"]
    current = {model["id"] for model in models if model["status"] not in ("legacy", "deprecated")}
    costs = run_cli("cost", "--json", *ON).json["costs"]
    assert len(rows) == len([row for row in costs if row["model"] in current and row["cost_usd"] is not None])
    assert all(re.search(r"(cheaper|as expensive|reference|the same|free|not free)\b", line) for line in rows)
    assert any("█" in line for line in rows)


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_a_bar_is_as_long_as_there_is_room_for(columns):
    """No bar goes on in a second line, also beside a column for the tasks."""
    lines = screen(columns, "cost", "--assigned", "--reference", "gpt-5", *ON)
    assert any("█" in line for line in lines)
    assert not [line for line in lines if line.strip() and not line.strip("█▏▎▍▌▋▊▉ ")]


def test_a_terminal_may_refuse_colours():
    """NO_COLOR and --no-color hold on a terminal, too."""
    for args, env in ((("--no-color",), {}), ((), {"NO_COLOR": "1"})):
        _, shown = run_in_terminal("info", "haiku", *args, env=env)
        assert "Claude Haiku" in shown
        assert "\x1b" not in shown


def test_the_module_and_the_command_are_the_same():
    """`python -m model_manager` and `model-manager` do the same."""
    command = Path(sys.executable).with_name("model-manager")
    done = subprocess.run(
        [command, "list", "--ids"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=LONGEST_S,
        check=True,
    )
    assert done.stdout == run_cli("list", "--ids").stdout


def test_json_is_one_line_in_a_pipe_and_indented_on_a_terminal():
    """Scripts read a document a line; people read it indented."""
    piped = run_cli("info", "haiku", "--json").stdout
    assert (piped.count("\n"), piped[-1]) == (1, "\n")
    _, shown = run_in_terminal("info", "haiku", "--json")
    assert shown.replace("\r\n", "\n").startswith('{\n  "schema": 1,\n')


def test_a_comparison_without_anything_to_compare_says_so(work):
    """A reference whose price is unknown is named as that, and no models or tasks at all are told."""
    (work / "models.toml").write_text("[models.b]\nprovider = 'openai'\n")
    assert "compared with b, whose cost is unknown" in run_cli("cost", "haiku", "--reference", "b").stdout
    (work / "models.toml").write_text("extends = false\n")
    assert "There are no models to compare" in run_cli("cost").stdout
    assert "There are no tasks" in run_cli("cost", "--assigned").stdout
