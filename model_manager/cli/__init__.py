"""The Typer app, one module a command: signatures, help, errors to exit codes. What a command does is elsewhere."""

from model_manager.cli import assign, cost, info, list, test  # noqa: A004 - modules, imported to register commands
from model_manager.cli.shared import app

__all__ = ["app", "assign", "cost", "info", "list", "test"]
