"""JUnit XML: an error is a failed test; a warning is a passed one with output, a task without errors one without.

GitLab tells tests apart by classname and name together and drops what comes twice; it shows the text of a failure
and not its `message`.
"""

import re
from collections import Counter
from xml.etree import ElementTree as ET

from model_manager.commands.check import CheckReport
from model_manager.core.checking import RULES, CheckFinding
from model_manager.rendering.findings.places import RepositoryPaths, sentence

_PROGRAM = "model-manager check"
#: Characters that XML 1.0 has no place for.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_text(report: CheckReport, paths: RepositoryPaths) -> str:
    """The report as one test suite."""
    failing = {one.task for one in report.findings if one.severity == "error"}
    passed = [task for task in report.tasks if task not in failing]
    counts = {
        "tests": str(len(report.findings) + len(passed)),
        "failures": str(report.errors),
        "errors": "0",
        "time": "0",
    }
    root = ET.Element("testsuites", {"name": _PROGRAM, **counts})
    suite = ET.SubElement(root, "testsuite", {"name": _PROGRAM, **counts, "skipped": "0"})
    seen: Counter[tuple[str, str]] = Counter()
    for one in report.findings:
        classname, name = _text(paths.of(one.file) or one.file or "configuration"), _text(_name(one))
        seen[classname, name] += 1
        count = seen[classname, name]
        case = _case(suite, classname, name if count == 1 else f"{name} ({count})")
        if one.severity == "error":
            message = _text(one.message)
            ET.SubElement(case, "failure", {"message": message, "type": one.code}).text = _body(one)
        else:
            ET.SubElement(case, "system-out").text = _body(one)
    for task in passed:
        _case(suite, "tasks", task)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _case(suite: ET.Element, classname: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", {"classname": _text(classname), "name": _text(name), "time": "0"})


def _name(finding: CheckFinding) -> str:
    about = (finding.task, finding.model, finding.subject)
    return " ".join(dict.fromkeys(filter(None, (finding.code, RULES[finding.code].name, *about))))


def _body(finding: CheckFinding) -> str:
    where = f"{finding.file}:{finding.line}\n" if finding.file and finding.line else ""
    return _text(f"{where}{sentence(finding)}")


def _text(words: str) -> str:
    return _FORBIDDEN.sub("\ufffd", words)
