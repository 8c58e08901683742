"""Every rule of `check` finds something in its bad example and nothing in its good one."""

import os
import re
from pathlib import Path

import pytest
from checked_project import check_example
from readme import README

from model_manager.core.checking import CHECKED_FAMILIES, RULES, find_rule, rules_beginning_with
from model_manager.errors import UsageError

each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))


@each_rule
def test_a_rule_finds_its_bad_example_and_not_its_good_one(rule, tmp_path):
    """The rule's code is among the findings of its bad example, with its severity, and not of its good one."""
    bad = check_example(rule.bad, tmp_path / "bad")
    found = [one for one in bad.findings if one.code == rule.code]
    assert found
    assert {one.severity for one in found} == {rule.severity}
    good = check_example(rule.good, tmp_path / "good")
    assert [one for one in good.findings if one.code == rule.code] == []


@each_rule
def test_a_finding_in_a_file_names_a_line_of_it(rule, tmp_path):
    """Where a finding names a file, the file is there and has the line; a message is one line of plain text."""
    for one in check_example(rule.bad, tmp_path).findings:
        assert one.message
        assert "\n" not in one.message
        if one.file:
            lines = (Path(tmp_path) / one.file).read_text().splitlines()
            assert one.line is None or 1 <= one.line <= len(lines)


def test_codes_and_names_are_unique_and_belong_to_a_family():
    """Codes are MM and three digits of a known family, names are unique words with dashes."""
    names = [rule.name for rule in RULES.values()]
    assert len(names) == len(set(names))
    for code, rule in RULES.items():
        assert re.fullmatch(r"MM[1-9][0-9][0-9]", code)
        assert code[2] in CHECKED_FAMILIES
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
        assert rule.title[-1] != "."
        assert rule.explanation[-1] == rule.mend[-1] == "."


def test_rules_are_found_by_code_and_by_name():
    """A code in either case and a name find the rule; a slip gets a hint."""
    assert find_rule("mm204") is find_rule("retired-model") is RULES["MM204"]
    with pytest.raises(UsageError) as caught:
        find_rule("MM2O4")
    assert caught.value.hint


def test_a_prefix_stands_for_a_family():
    """MM6 stands for all rules about money, and a prefix of nothing is refused."""
    assert set(rules_beginning_with(["MM6", "mm101"], "ignore")) == {"MM101", *(c for c in RULES if c[2] == "6")}
    for wrong in ("MM9", "", "E501"):
        with pytest.raises(UsageError):
            rules_beginning_with([wrong], "ignore")


def rules_table() -> str:
    """The rules as a table of README."""
    lines = []
    for digit, family in CHECKED_FAMILIES.items():
        lines += [f"| **{family}** | | |"] if lines else [f"| {family} | | |", "|---|---|---|"]
        lines += [
            f"| `{rule.code}` {rule.name} | {rule.severity} | {rule.title} |"
            for rule in RULES.values()
            if rule.code[2] == digit
        ]
    return "\n".join(lines)


def test_readme_has_every_rule():
    """README's table is made of the rules; UPDATE_README=1 writes it."""
    text = README.read_text(encoding="utf-8")
    begin, end = "<!-- rules -->\n", "\n<!-- end of rules -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end.lstrip("\n"))
    now = f"{before}{begin}{rules_table()}{end}{after}"
    if os.environ.get("UPDATE_README"):
        README.write_text(now, encoding="utf-8")
    assert now == text
