"""Completion scripts: the fixed code of each shell is in a template."""
