"""The Typer app, a module for each command: signatures, help, errors to exit codes. They do nothing themselves."""

from model_manager.cli.shared import app

__all__ = ["app"]
