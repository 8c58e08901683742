"""Finds the names of models that are written into an application's source code."""

from model_manager.config.scanning.scan import CodeFinding, scan_code

__all__ = ["CodeFinding", "scan_code"]
