"""Projects in directories of their own, checked as `model-manager check` does."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from list_server import list_server

from model_manager.commands import check
from model_manager.commands.check import CheckReport, CheckRequest, code, live
from model_manager.commands.performance import Degraded
from model_manager.config.workspace import open_workspace
from model_manager.core.checking.rule import RuleExample
from model_manager.core.requirements import Finding
from model_manager.errors import ConfigurationError

ON = date(2026, 11, 28)
_EXAMPLE_URL = "http://127.0.0.1:8123"
_WORSE = Degraded({"claude-haiku-5-5": (Finding("failures_doubled", "warning", "fails twice as often"),)})


def write_files(directory: Path, files: Mapping[str, str]) -> None:
    """Write a project; what begins with `user/` is in the user's own directory."""
    for name, text in files.items():
        path = directory / "config" / "model-manager" / name[5:] if name.startswith("user/") else directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def check_project(
    directory: Path,
    files: Mapping[str, str],
    *,
    on: date = ON,
    days: int = 30,
    environ: Mapping[str, str] | None = None,
    degraded: Degraded | None = None,
    asks_lists: bool = False,
    reads_code: bool = False,
) -> CheckReport:
    """The report about a project with these files and no other environment than this one."""
    directory.mkdir(parents=True, exist_ok=True)
    write_files(directory, files)
    variables = {
        "HOME": str(directory / "home"),
        "XDG_CONFIG_HOME": str(directory / "config"),
        "XDG_STATE_HOME": str(directory / "state"),
        "XDG_CACHE_HOME": str(directory / "cache"),
        **(environ or {}),
    }
    try:
        workspace = open_workspace(directory, environ=variables)
    except ConfigurationError as error:
        return check.of_error(error, on)
    more = live.find(workspace, on) if asks_lists else []
    if reads_code:
        more += code.find(workspace, [Path()], on, days)
    return check.run(workspace, CheckRequest(on=on, days=days), degraded, more)


def check_example(example: RuleExample, directory: Path) -> CheckReport:
    """The report about the example of a rule; its list is served on loopback."""
    if example.listed is None:
        return check_project(
            directory,
            example.files,
            on=example.on,
            environ=example.environ,
            degraded=_WORSE if example.recorded else None,
            reads_code="app.py" in example.files,
        )
    with list_server({"/v1/models": example.listed}) as server:
        files = {name: text.replace(_EXAMPLE_URL, server.url) for name, text in example.files.items()}
        return check_project(directory, files, on=example.on, environ=example.environ, asks_lists=True)
