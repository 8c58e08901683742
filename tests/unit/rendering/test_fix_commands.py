"""The fixes of findings: words in the library, commands where they are typed."""

import pytest

from model_manager.core.checking import CheckFinding
from model_manager.core.checking.remedy import Remedy
from model_manager.rendering.findings.commands import fix_of


@pytest.mark.parametrize(
    ("remedy", "text", "command"),
    [
        (Remedy("assign", "chat"), "assign a model to chat", "model-manager assign chat MODEL"),
        (Remedy("assign", "chat", "o3"), "assign o3 to chat", "model-manager assign chat o3"),
        (Remedy("assign_default", route="o3"), "assign o3 as the default", "model-manager assign --default o3"),
        (Remedy("compare_costs", "o3"), "compare the costs of o3", "compare with model-manager cost o3"),
        (
            Remedy("review_destination", "lab"),
            "review where lab sends keys, and trust it if it is yours",
            "model-manager trust lab",
        ),
        (
            Remedy("refresh_facts"),
            "refresh the facts, or use a newer version of model-manager",
            "model-manager update, or a newer version of model-manager",
        ),
        (Remedy("call_model", "o3"), "try it with a call of o3", "try it with model-manager test o3"),
    ],
)
def test_a_remedy_is_said_in_words_and_as_a_command(remedy, text, command):
    """The words name no command; the reports of the command line do."""
    finding = CheckFinding(code="MM104", severity="warning", message="m", fix=remedy.text, remedy=remedy)
    assert (remedy.text, fix_of(finding)) == (text, command)


def test_a_fix_without_a_remedy_is_told_as_it_is():
    """Lines to paste and advice for the code are the same everywhere."""
    assert fix_of(CheckFinding(code="MM104", severity="warning", message="m", fix="paste this")) == "paste this"


def test_a_remedy_is_redacted_in_all_its_names():
    """A route in a file may hold a key by mistake."""
    assert Remedy("assign", "a", "b").mapped(str.upper) == Remedy("assign", "A", "B")
