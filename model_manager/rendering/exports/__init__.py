"""Exports as text: YAML for LiteLLM, assignments in the dialects of shells."""
