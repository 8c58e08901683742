"""The findings of `check` in the formats of other programs, held to what their readers demand."""

import json
import re
from dataclasses import replace
from datetime import date
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from model_manager.commands.check import CheckReport
from model_manager.core.checking import RULES, CheckFinding
from model_manager.rendering.findings import FORMATS, RepositoryPaths

ODD = 'a "b" <c> & 100%, x: y\x1b[31m\x00 é\ud800\n::error::no'
_COMMAND = re.compile(r"::(error|warning) ((?:[a-z]+=[^,:]*,?)+)::(.*)")


def finding(code: str = "MM204", **fields: object) -> CheckFinding:
    """A finding at a line of models.toml."""
    about = {"message": "chat: m is retired", "file": "models.toml", "line": 2, "task": "chat", "model": "m"}
    return CheckFinding(code=code, severity=RULES[code].severity, **{**about, **fields})  # type: ignore[arg-type]


def report(*findings: CheckFinding, tasks: tuple[str, ...] = ("chat", "search")) -> CheckReport:
    """A report of one day."""
    return CheckReport(on=date(2026, 11, 28), findings=findings, tasks=tasks)


@pytest.fixture
def paths(tmp_path):
    """The paths of a directory inside a repository."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub dir").mkdir()
    return RepositoryPaths(tmp_path / "sub dir")


ODD_REPORT = report(
    finding(message=ODD, fix=ODD),
    finding(message=ODD, file="../other, dir/a:b.toml", subject=ODD),
    finding(),
    finding(),
    finding("MM501", file=None, line=None),
    finding("MM401", file="\udcff.py", task=None),
    finding("MM401", file="\udcfe.py", task=None),
    finding("MM703", file="/elsewhere/models.toml", fix="[models.m]\nretires = 2027-01-01"),
)


def test_paths_are_relative_to_the_repository(paths, tmp_path):
    """A file is named from the repository's root with forward slashes; one outside of it is not named."""
    assert paths.of("models.toml") == "sub dir/models.toml"
    assert paths.of("../.env") == ".env"
    assert paths.of(str(tmp_path / "x" / "y.toml")) == "x/y.toml"
    assert paths.of("/elsewhere/models.toml") is None
    assert paths.of("../../outside.toml") is None
    assert paths.of(None) is None
    assert paths.place(finding(file=None, line=7)) == ("sub dir/models.toml", 1)


@pytest.mark.parametrize("name", ["github", "gitlab", "sarif"])
def test_a_file_outside_of_the_repository_is_named_in_the_text(name, paths):
    """Its line is no line of models.toml, at whose beginning formats that demand a file show the finding."""
    text = FORMATS[name](report(finding(file="/elsewhere/models.toml", line=57, column=3)), paths)
    assert "/elsewhere/models.toml:57: chat: m is retired" in text
    assert not re.search(r'(line=|"begin": |"startLine": )57|startColumn', text)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_writes_an_empty_report_and_an_odd_one(name, paths):
    """Nothing found, and texts with controls, markup and lone surrogates, are UTF-8 without an escape sequence."""
    for one in (report(), ODD_REPORT):
        text = FORMATS[name](one, paths)
        assert text.endswith("\n")
        assert "\x1b" not in text.encode().decode()
        assert "\x00" not in text


def test_annotations_are_escaped_and_stay_on_their_line(paths):
    """A line break or a command within a message or path starts no command of its own."""
    lines = FORMATS["github"](ODD_REPORT, paths).splitlines()
    commands = [_COMMAND.fullmatch(line) for line in lines[:-1]]
    assert all(commands)
    assert len(commands) == len(ODD_REPORT.findings)
    first, second = commands[0], commands[1]
    assert first
    assert second
    assert "file=sub dir/models.toml,line=2,title=MM204 A model is retired" in first[2]
    assert "%0A" in first[3]
    assert "100%25" in first[3]
    assert "file=other%2C dir/a%3Ab.toml" in second[2]


def test_ten_annotations_of_each_severity(paths):
    """GitHub drops what is beyond ten errors and ten warnings, so the rest are plain lines that it shows."""
    many = [finding(line=n, subject=str(n)) for n in range(1, 13)]
    many += [finding("MM205", line=n, subject=str(n)) for n in range(1, 13)]
    lines = FORMATS["github"](report(*many), paths).splitlines()
    assert sum(line.startswith("::error") for line in lines) == 10
    assert sum(line.startswith("::warning") for line in lines) == 10
    assert sum(line.startswith(("error: models.toml", "warning: models.toml")) for line in lines) == 4
    assert lines[-1] == "model-manager check: errors: 12, warnings: 12"


def test_issues_of_gitlab_have_what_it_demands(paths):
    """Each issue has a description, a check's name, a unique fingerprint, a known severity, a path and a line."""
    issues = json.loads(FORMATS["gitlab"](ODD_REPORT, paths))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(ODD_REPORT.findings)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not issue["location"]["path"].startswith(("/", "./", "../"))
        assert issue["location"]["lines"]["begin"] >= 1
    assert json.loads(FORMATS["gitlab"](report(), paths)) == []


def test_fingerprints_stay_when_lines_move_and_days_pass(paths):
    """Another line and another number of days are the same finding; another task, model or file is another."""
    (before,) = json.loads(FORMATS["gitlab"](report(finding()), paths))
    moved = finding(line=40, message="chat: m retires in 3 days")
    (after,) = json.loads(FORMATS["gitlab"](report(moved), paths))
    assert before["fingerprint"] == after["fingerprint"]
    for change in ({"task": "other"}, {"model": "n"}, {"file": ".env"}, {"subject": "fast"}, {"code": "MM205"}):
        (other,) = json.loads(FORMATS["gitlab"](report(replace(finding(), **change)), paths))
        assert other["fingerprint"] != before["fingerprint"]


def test_junit_has_unique_names_and_the_text_in_the_body(paths):
    """Classname and name together are unique, the counts are right, and a failure's body has the whole text."""
    root = ET.fromstring(FORMATS["junit"](ODD_REPORT, paths))
    cases = list(root.iter("testcase"))
    assert root.tag == "testsuites"
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
    (suite,) = root
    assert int(suite.get("tests") or 0) == len(cases)
    failures = list(root.iter("failure"))
    assert int(suite.get("failures") or 0) == len(failures) == ODD_REPORT.errors
    assert all(failure.text and failure.get("message") for failure in failures)
    outputs = [output.text or "" for output in root.iter("system-out")]
    assert any("retires = 2027-01-01" in output for output in outputs)


def test_a_task_without_errors_is_a_passed_test(paths):
    """A run without findings still has tests: its tasks."""
    root = ET.fromstring(FORMATS["junit"](report(), paths))
    assert [(case.get("classname"), case.get("name")) for case in root.iter("testcase")] == [
        ("tasks", "chat"),
        ("tasks", "search"),
    ]


def test_sarif_has_what_code_scanning_demands(paths):
    """Rules with help, results with their rule, a relative URI below the root, a line, and a fingerprint."""
    log = json.loads(FORMATS["sarif"](ODD_REPORT, paths))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
    marks = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(marks)) == len(marks) == len(ODD_REPORT.findings)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning"}
        (location,) = result["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] == "%SRCROOT%"
        assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", artifact["uri"])
        assert not unquote(artifact["uri"]).startswith(("/", "../"))
        assert location["physicalLocation"]["region"]["startLine"] >= 1
