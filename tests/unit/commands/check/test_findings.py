"""What `check` finds, where, and how it says to mend it."""

from datetime import date
from pathlib import Path

import pytest
from checked_project import check_project

from model_manager.commands.check import CheckReport
from model_manager.commands.check.ignores import parse_ignores

TASK = '[tasks.support]\nmodel = "{}"\n'
KEY = {"ANTHROPIC_API_KEY": "sk-ant-" + "api03-Qm7TzR9uVbN2mLp8sXw4"}


def found(report: CheckReport, directory: Path) -> dict[str, tuple[str | None, int | None, str | None]]:
    """Place, from the project's directory, and fix of the findings by code."""
    below = f"{directory}/"
    return {
        one.code: (one.file and one.file.removeprefix(below), one.line, one.fix and one.fix.replace(below, ""))
        for one in report.findings
    }


def codes(report: CheckReport) -> list[str]:
    """The codes of the findings, in their order."""
    return [one.code for one in report.findings]


def test_a_project_without_problems(tmp_path):
    """A task with a current model and a key has no findings."""
    report = check_project(tmp_path, {"models.toml": TASK.format("claude-haiku-5-5")}, environ=KEY)
    assert report.findings == ()
    assert report.exit_code(strict=True) == 0


@pytest.mark.parametrize(
    ("files", "environ", "place", "fix"),
    [
        (
            {"models.toml": TASK.format("gpt-6.1-sol,claude-3-haiku")},
            {},
            ("models.toml", 2),
            'model = "gpt-6.1-sol,claude-haiku-5-5" in models.toml',
        ),
        (
            {
                "models.toml": TASK.format("gpt-6.1-sol"),
                ".env": "\nAI_SUPPORT_MODEL=90:gpt-6.1-sol+10:claude-3-haiku\n",
            },
            {},
            (".env", 2),
            "assign 90:gpt-6.1-sol+10:claude-haiku-5-5 to support",
        ),
        (
            {"models.toml": TASK.format("gpt-6.1-sol")},
            {"AI_SUPPORT_MODEL": "claude-3-haiku"},
            (None, None),
            "set AI_SUPPORT_MODEL=claude-haiku-5-5 in the environment",
        ),
        (
            {"models.toml": TASK.format("gpt-6.1-sol") + '[tasks.support.preferences]\nfast = "claude-3-haiku"\n'},
            {},
            ("models.toml", 4),
            'fast = "claude-haiku-5-5" in models.toml',
        ),
        (
            {"models.toml": TASK.format("gpt-6.1-sol"), ".env": "AI_DEFAULT_MODEL=claude-3-haiku\n"},
            {},
            (".env", 1),
            "assign claude-haiku-5-5 as the default",
        ),
    ],
)
def test_the_fix_of_a_retired_model_is_the_whole_route_where_it_is_written(files, environ, place, fix, tmp_path):
    """The replacement stands in the route, and the fix goes where the value came from."""
    report = check_project(tmp_path, files, environ=environ)
    assert found(report, tmp_path)["MM204"] == (*place, fix)


def test_the_default_is_checked_once_for_all_tasks_that_get_it(tmp_path):
    """A retired AI_DEFAULT_MODEL is one finding, whichever tasks use it."""
    files = {"models.toml": "[tasks.a]\n[tasks.b]\n", ".env": "AI_DEFAULT_MODEL=claude-3-haiku\n"}
    report = check_project(tmp_path, files)
    assert codes(report).count("MM204") == 1


@pytest.mark.parametrize(
    ("on", "gone", "soon"),
    [
        (date(2026, 11, 29), [], ["claude-sonnet-4-5-20250929", "gpt-5-mini"]),
        (date(2026, 11, 30), ["claude-sonnet-4-5-20250929"], ["gpt-5-mini"]),
        (date(2026, 12, 11), ["claude-sonnet-4-5-20250929", "gpt-5-mini"], []),
        (date(2027, 1, 22), ["claude-sonnet-4-5-20250929", "gpt-5-mini", "gpt-4.1"], []),
    ],
)
def test_the_next_retirements_as_a_job_would_see_them(on, gone, soon, tmp_path):
    """On each day the retired models are errors and those that end within 30 days warnings."""
    files = {
        "models.toml": '[tasks.a]\nmodel = "claude-sonnet-4-5"\n[tasks.b]\nmodel = "gpt-5-mini"\n'
        '[tasks.c]\nmodel = "gpt-4.1"\n'
    }
    report = check_project(tmp_path, files, on=on)
    assert [one.model for one in report.findings if one.code == "MM204"] == gone
    assert [one.model for one in report.findings if one.code == "MM205"] == soon
    assert report.exit_code() == (1 if gone else 0)
    assert report.exit_code(strict=True) == 1


def test_days_move_the_warning(tmp_path):
    """With more days a retirement is warned of earlier."""
    files = {"models.toml": TASK.format("gpt-4.1")}
    assert "MM205" not in codes(check_project(tmp_path, files, days=30))
    assert "MM205" in codes(check_project(tmp_path, files, days=60))


def test_every_mistake_of_a_file_is_a_finding_with_its_line(tmp_path):
    """An invalid models.toml gives a finding for each mistake, and the exit code of an invalid catalogue."""
    text = TASK.format("nope") + 'require = ["chat"]\n[models.x]\nprovider = "nobody"\n'
    report = check_project(tmp_path, {"models.toml": text})
    assert set(codes(report)) == {"MM101"}
    assert {one.line for one in report.findings} >= {3, 5}
    assert report.exit_code() == 3


def test_one_finding_for_a_missing_key_however_many_tasks(tmp_path):
    """A key that several tasks need is one finding that names them."""
    files = {"models.toml": '[tasks.a]\nmodel = "claude-haiku-5-5"\n[tasks.b]\nmodel = "claude-sonnet-5-5"\n'}
    (one,) = check_project(tmp_path, files).findings
    assert (one.code, one.task) == ("MM501", None)
    assert "a, b" in one.message


def test_a_chain_of_one_provider_is_one_finding(tmp_path):
    """Where every option has one provider, that is said once, and not for each option too."""
    files = {"models.toml": TASK.format("claude-sonnet-5-5,claude-haiku-5-5,claude-opus-5-5")}
    report = check_project(tmp_path, files, environ=KEY)
    assert codes(report) == ["MM302"]


def test_plain_http_to_another_machine_is_refused(tmp_path):
    """A key that would go over plain http is an error that names the way out."""
    environ = {**KEY, "ANTHROPIC_BASE_URL": "http://llm.acme.example"}
    report = check_project(tmp_path, {"models.toml": TASK.format("claude-haiku-5-5")}, environ=environ)
    (one,) = report.findings
    assert one.code == "MM505"
    assert "https" in (one.fix or "")


@pytest.mark.parametrize(
    ("line", "ignored"),
    [
        ('model = "claude-3-haiku"  # model-manager: ignore[MM204]', True),
        ('model = "claude-3-haiku"  # model-manager: ignore[mm205, MM204]', True),
        ('model = "claude-3-haiku"  # model-manager: ignore[MM205]', False),
        ('# model-manager: ignore-file[MM204]\nmodel = "claude-3-haiku"', True),
        ('# model-manager: ignore[MM204]\nmodel = "claude-3-haiku"', False),
    ],
)
def test_comments_ignore_a_rule_on_their_line_or_in_their_file(line, ignored, tmp_path):
    """A code counts on its own line, and in the whole file where the comment says so."""
    report = check_project(tmp_path, {"models.toml": f"[tasks.support]\n{line}\n"}, environ=KEY)
    assert ("MM204" not in codes(report)) is ignored
    assert bool(report.ignored) is ignored


def test_comments_of_env_files_ignore_too(tmp_path):
    """A comment behind a value in .env ignores its line."""
    files = {
        "models.toml": TASK.format("claude-haiku-5-5"),
        ".env": "AI_SUPPORT_MODEL=claude-3-haiku # model-manager: ignore[MM204]\n",
    }
    assert "MM204" not in codes(check_project(tmp_path, files))


@pytest.mark.parametrize("comment", ["// {}", "/* {} */", "-- {}", "<!-- {} -->", "; {}", "x = 1  # {}"])
def test_comments_of_any_language(comment):
    """The comment of a language is known by what stands before it."""
    assert parse_ignores(comment.format("model-manager: ignore[MM404]")).lines == {1: frozenset({"MM404"})}


def test_a_text_that_is_no_comment_ignores_nothing():
    """The words alone, without a comment's sign, are words."""
    assert parse_ignores('say("model-manager: ignore[MM404]")').lines == {}


@pytest.mark.parametrize("words", ["ignore", "ignore[]", "ignore[MM404 MM405]", "ignore[E501]"])
def test_a_comment_that_names_no_rule_is_told(words, tmp_path):
    """What ignores nothing is a finding at its line."""
    files = {"models.toml": TASK.format("claude-haiku-5-5") + f"# model-manager: {words}\n"}
    report = check_project(tmp_path, files, environ=KEY)
    assert [(one.code, one.line) for one in report.findings] == [("MM105", 3)]


def test_budgets_of_other_projects_are_left_alone(tmp_path):
    """A user's budget whose tasks are none of this project's is for another one."""
    files = {
        "models.toml": TASK.format("claude-haiku-5-5"),
        "user/models.toml": '[budgets.day]\nlimit = 5\nper = "day"\ntasks = ["translation"]\n',
    }
    assert check_project(tmp_path, files, environ=KEY).findings == ()


@pytest.mark.parametrize(
    ("env", "line"),
    [
        (b"X=1\nMODEL_MANAGER_TIMEOUTS=30\n", 2),
        (b"X=1\nY=\xff\n", 2),
        (b"X=1\n\n'Z\n", 3),
        (b"MODEL_MANAGER_TRUST=1\n", 1),
    ],
)
def test_what_is_not_read_has_the_line_where_it_stands(env, line, tmp_path):
    """Settings that do not count, lines that do not parse and stray bytes are warnings at their line."""
    (tmp_path / ".env").write_bytes(env)
    report = check_project(tmp_path, {"models.toml": TASK.format("claude-haiku-5-5")}, environ=KEY)
    assert [(one.code, one.file, one.line) for one in report.findings] == [("MM103", ".env", line)]
