"""The command `check`: exit codes, formats, files, and what it needs to be told."""

import json
import os
import stat
from xml.etree import ElementTree as ET

import pytest
import yaml
from command_line import run_cli
from contract import conforming
from list_server import list_server
from readme import README

from model_manager.core.checking import RULES

BAD = '[tasks.support]\nmodel = "claude-3-haiku"\n'
GOOD = '[tasks.support]\nmodel = "claude-haiku-5-5"\n'
KEY = {"ANTHROPIC_API_KEY": "sk-ant-" + "api03-Qm7TzR9uVbN2mLp8sXw4"}
ROOT = README.parent


@pytest.fixture
def project(work):
    """A directory with a models.toml that has a retired model."""
    (work / "models.toml").write_text(BAD)
    return work


def check(*args: str, **env: str):
    """What `model-manager check` leaves."""
    return run_cli("check", "--on", "2026-11-28", *args, env={**KEY, **env})


@pytest.mark.parametrize(
    ("text", "args", "code"),
    [
        (GOOD, (), 0),
        (GOOD, ("--strict",), 0),
        (BAD, (), 1),
        (BAD, ("--ignore", "MM204"), 0),
        (BAD, ("--ignore", "mm1,MM2"), 0),
        (GOOD.replace("haiku-5-5", "haiku-4-5"), (), 0),
        (GOOD.replace("haiku-5-5", "haiku-4-5"), ("--strict", "--on", "2027-01-22"), 1),
        ("[tasks", (), 3),
    ],
)
def test_exit_codes(text, args, code, work):
    """0 without errors, 1 with errors or with --strict on warnings, 3 for an invalid file."""
    (work / "models.toml").write_text(text)
    assert check(*args).exit_code == code


@pytest.mark.usefixtures("project")
def test_the_text_has_place_code_message_and_fix():
    """People get a heading, a line for the finding, one for its fix, and a summary."""
    result = check()
    assert result.stderr == ""
    assert result.lines == [
        "Errors",
        "  models.toml:2 MM204 support: claude-3-haiku-20240307 retired on 2026-04-20",
        '    fix: model = "claude-haiku-5-5" in models.toml',
        "",
        "1 error, 0 warnings in 1 task, as of 2026-11-28.",
        "About a code: model-manager check --explain MM204",
    ]


def test_json_has_the_shape_that_scripts_rely_on(project):
    """--json and --format json print the same document, also for an invalid file."""
    document = conforming(check("--json").stdout, "CheckDocument")
    assert document == json.loads(check("--format", "json").stdout)
    assert (document["errors"], document["warnings"]) == (1, 0)
    assert document["findings"][0]["code"] == "MM204"
    (project / "models.toml").write_text(BAD + 'modle = "x"\n')
    invalid = check("--json")
    (one,) = conforming(invalid.stdout, "CheckDocument")["findings"]
    assert (invalid.exit_code, one["code"], one["line"]) == (3, "MM101", 3)


def test_rules_and_explanations(work):
    """--rules lists every rule, --explain has all about one, both as JSON too; neither reads the project."""
    (work / "models.toml").write_text("[tasks")
    assert [code for code in RULES if code in check("--rules").stdout] == list(RULES)
    told = check("--explain", "mm204")
    assert told.exit_code == 0
    assert RULES["MM204"].explanation in told.stdout.replace("\n", " ")
    assert "ignore[MM204]" in told.stdout
    document = conforming(check("--rules", "--json").stdout, "CheckRulesDocument")
    assert [rule["code"] for rule in document["rules"]] == list(RULES)
    wrong = check("--explain", "MM999")
    assert (wrong.exit_code, wrong.stdout) == (2, "")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--format", "sarf"), "sarif"),
        (("--output", "check.json"), "FORMAT=FILE"),
        (("--output", "xml=check.xml"), "there is no format 'xml'"),
        (("--json", "--format", "sarif"), "exclude each other"),
        (("--ignore", "E501"), "no rule begins with"),
        (("--days", "soon"), "--days"),
        (("--code", "nowhere"), "there is no such directory"),
    ],
)
def test_wrong_usage_is_one_clear_error(args, words):
    """What cannot be meant is exit code 2, with what is wrong and how to mend it."""
    result = check(*args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_output_writes_reports_beside_the_one_on_stdout(project):
    """Each --output is a whole file for everybody to read, and an existing one is replaced with its mode."""
    (project / "old.json").write_text("[]")
    (project / "old.json").chmod(0o640)
    files = ("sarif=check.sarif", "gitlab=old.json", "junit=check.xml", "json=check.json", "text=check.txt")
    result = check(*(word for file in files for word in ("--output", file)), "--format", "github")
    assert result.exit_code == 1
    assert result.lines[0].startswith("::error file=models.toml,line=2,title=MM204")
    assert json.loads((project / "check.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "MM204"
    assert json.loads((project / "old.json").read_text())[0]["check_name"] == "MM204"
    assert ET.fromstring((project / "check.xml").read_text()).get("failures") == "1"
    conforming((project / "check.json").read_text(), "CheckDocument")
    assert "MM204" in (project / "check.txt").read_text()
    umask = os.umask(0)
    os.umask(umask)
    modes = {name: stat.S_IMODE((project / name).stat().st_mode) for name in ("check.sarif", "old.json")}
    assert modes == {"check.sarif": 0o666 & ~umask, "old.json": 0o640}
    assert not list(project.glob("*tmp*"))


def test_an_output_that_cannot_be_written_is_an_error(project):
    """A missing directory, and a directory in the file's place, are told by name, and nothing is left behind."""
    (project / "there").mkdir()
    for target in ("nowhere/check.sarif", "there"):
        result = check("--output", f"sarif={target}")
        assert result.exit_code == 1
        assert target.partition("/")[0] in result.stderr
        assert result.stdout == ""
    assert sorted(path.name for path in project.iterdir()) == ["models.toml", "there"]


def test_a_link_is_followed_and_stays(project):
    """An --output that is a link writes what the link points to."""
    (project / "real.json").write_text("")
    (project / "link.json").symlink_to("real.json")
    check("--output", "gitlab=link.json")
    assert (project / "link.json").is_symlink()
    assert json.loads((project / "real.json").read_text())


def test_paths_are_those_of_the_repository(project):
    """Below the repository's root, formats name files from the root, as their readers want it."""
    (project / ".git").mkdir()
    (project / "service").mkdir()
    (project / "models.toml").rename(project / "service" / "models.toml")
    (project / "service" / ".env").write_text("AI_SUPORT_MODEL=haiku\n")
    (project / "service" / "app.py").write_text('a = "gpt-3.5-turbo"\n')
    for words, where in ((("-C", "service", "--code", "."), project), (("--code", "."), project / "service")):
        result = run_cli("check", *words, "--format", "gitlab", env=KEY, cwd=where)
        paths = {issue["location"]["path"] for issue in json.loads(result.stdout)}
        assert paths == {"service/models.toml", "service/.env", "service/app.py"}
    (project / "service" / "models.toml").write_text("[tasks")
    (invalid,) = json.loads(run_cli("check", "-C", "service", "--format", "gitlab").stdout)
    assert invalid["location"]["path"] == "service/models.toml"


def test_code_is_read_only_where_it_is_asked_for(work):
    """--code finds ids with line, column and the task to use; an ignore comment counts there too."""
    (work / "models.toml").write_text(GOOD)
    (work / "src").mkdir()
    source = 'a = "claude-haiku-5-5"\nb = "gpt-3.5-turbo"  # model-manager: ignore[MM401]\nc = "gpt-3.5-turbo"\n'
    (work / "src" / "app.py").write_text(source)
    assert check("--json").json["findings"] == []
    document = check("--json", "--code", "src").json
    assert [(one["code"], one["file"], one["line"], one["column"]) for one in document["findings"]] == [
        ("MM401", "src/app.py", 3, 6),
        ("MM404", "src/app.py", 1, 6),
    ]
    assert document["ignored"] == 1
    assert "support" in document["findings"][1]["fix"]
    assert "model-manager init" in check("--code", "src").stdout
    (work / "src" / "app.py").write_text('a = "claude-haiku-5-5"\n')
    assert "model-manager init" not in check("--code", "src").stdout


def test_live_asks_the_provider_and_tells_what_differs(work):
    """--live reads the list with the key, and says what differs as TOML to paste; the key is nowhere."""
    (work / "models.toml").write_text(GOOD)
    rows = [{"id": "claude-haiku-5-5", "max_input_tokens": 500_000, "retires_at": "2027-05-01T00:00:00Z"}]
    with list_server({"/v1/models?limit=1000": {"data": rows}}) as server:
        result = check("--live", ANTHROPIC_BASE_URL=server.url)
        assert [request.headers["x-api-key"] for request in server.requests] == [KEY["ANTHROPIC_API_KEY"]]
    assert result.exit_code == 0
    assert "retires = 2027-05-01" in result.stdout
    assert "context_window = 500_000" in result.stdout
    assert KEY["ANTHROPIC_API_KEY"] not in result.stdout + result.stderr


def test_keys_are_in_no_report(project):
    """A key that stands where a model belongs is in none of the formats."""
    secret = KEY["ANTHROPIC_API_KEY"]
    (project / ".env").write_text(f"AI_SUPPORT_MODEL={secret}\nMODEL_MANAGER_{secret.replace('-', '_')}=1\n")
    for name in ("text", "json", "github", "gitlab", "junit", "sarif"):
        result = check("--format", name)
        assert secret not in result.stdout + result.stderr


def test_the_hooks_of_pre_commit_run(work):
    """Each hook has what pre-commit demands, and its command works in a project."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (work / "models.toml").write_text(GOOD)
    assert [hook["id"] for hook in hooks] == ["model-manager-check", "model-manager-code"]
    for hook in hooks:
        assert {"id", "name", "entry", "language"} <= set(hook)
        program, *words = hook["entry"].split()
        assert program == "model-manager"
        assert run_cli(*words, env={"ANTHROPIC_API_KEY": None}).exit_code == 0


def test_the_commands_of_the_recipes_work(work):
    """The commands of README's recipes for GitHub and GitLab run without a key and leave their reports."""
    (work / "models.toml").write_text(GOOD)
    (work / "src").mkdir()
    recipes = [
        line.partition("model-manager check")[2]
        for line in README.read_text().splitlines()
        if "check --code src --ignore MM5" in line
    ]
    assert len(recipes) == 2
    for words in recipes:
        assert run_cli("check", *words.split(), env={"ANTHROPIC_API_KEY": None}).exit_code == 0
    assert {path.name for path in work.iterdir()} >= {"check.sarif", "check.json", "check.xml"}
