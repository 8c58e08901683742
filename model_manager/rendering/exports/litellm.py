"""The configuration of a LiteLLM proxy as YAML, with comments for what it has no field for."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from textwrap import indent
from typing import Any

import yaml

from model_manager._version import __version__
from model_manager.commands.exports.litellm import Group, ProxyExport
from model_manager.core.pricing import plain_text
from model_manager.rendering.exports.comments import comment, listed
from model_manager.rendering.text import clean


class _Dumper(yaml.SafeDumper):
    """Writes decimals with all their digits, and texts of one line whatever is in them."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - of the base class
        """Repeat a value in place of a reference to where it stood first."""
        return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = plain_text(value)
    return dumper.represent_scalar("tag:yaml.org,2002:float", text if "." in text else f"{text}.0")


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    """A text; one with characters that YAML would fold, or a terminal act on, between double quotes."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if clean(value) == value else '"')


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    """A list; one of names or numbers in a line."""
    is_short = not any(isinstance(item, list | dict) for item in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=is_short)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(Decimal, _decimal)
_Dumper.add_representer(str, _text)


def litellm_text(report: ProxyExport) -> str:
    """The file that `litellm --config` reads."""
    return "".join(_pieces(report))


def _pieces(report: ProxyExport) -> Iterator[str]:
    yield comment(f"LiteLLM proxy, written by model-manager {__version__} at the prices of {report.on:%Y-%m-%d}.")
    yield from listed("Variables that its environment needs:", report.variables)
    yield from listed("Not in this file:", report.losses)
    yield "model_list:\n"
    for group in report.groups:
        yield "".join(comment(line, indent="  ") for line in group.about)
        yield indent(_yaml(_entries(group)), "  ")
    for name, section in report.settings.items():
        yield "\n" + _yaml({name: section})


def _entries(group: Group) -> list[Mapping[str, Any]]:
    return [
        {"model_name": group.name, "litellm_params": dict(one.params), "model_info": dict(one.info)}
        for one in group.deployments
    ]


def _yaml(value: object) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=float("inf"))
    return text
