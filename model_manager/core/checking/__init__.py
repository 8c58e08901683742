"""The rules of `check` as data: code, title, severity, explanation, and examples that the tests run."""

from collections.abc import Iterable, Mapping, Sequence

from model_manager.core.checking import assignments, code, configuration, destinations, live, models, spending
from model_manager.core.checking.rule import CHECKED_FAMILIES, CheckFinding, Rule, Severity
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import UsageError

__all__ = ["CHECKED_FAMILIES", "RULES", "CheckFinding", "Rule", "Severity", "find_rule", "rules_beginning_with"]

#: By code, in the order of the codes.
RULES: Mapping[str, Rule] = {
    rule.code: rule
    for family in (configuration, assignments, models, code, destinations, spending, live)
    for rule in family.RULES
}


def find_rule(code: str) -> Rule:
    """The rule of a code, in either case, or of a name.

    Raises:
        UsageError: there is none.
    """
    by_name = (rule for rule in RULES.values() if rule.name == code)
    if found := RULES.get(code.upper()) or next(by_name, None):
        return found
    hint = did_you_mean(code.upper(), RULES) or "`list_rules` lists the rules"
    raise UsageError(f"there is no rule {code!r}", hint=hint, parameter="explain")


def rules_beginning_with(prefixes: Iterable[str], parameter: str) -> Sequence[str]:
    """The codes that begin with one of these: MM203, or MM2 for all of a family.

    Raises:
        UsageError: nothing begins so.
    """
    found: dict[str, None] = {}
    for prefix in prefixes:
        codes = [code for code in RULES if prefix and code.startswith(prefix.upper())]
        if not codes:
            hint = did_you_mean(prefix.upper(), RULES) or "`list_rules` lists the rules"
            raise UsageError(f"no rule begins with {prefix!r}", hint=hint, parameter=parameter)
        found.update(dict.fromkeys(codes))
    return tuple(found)
