"""The Typer app, a module for each command: signatures, help, errors to exit codes. They do nothing themselves."""

from model_manager.cli import assign, cost, info, list, test  # noqa: A004 - modules, imported to register commands
from model_manager.cli.shared import app

__all__ = ["app", "assign", "cost", "info", "list", "test"]
