"""Authentication and the checks before any endpoint."""
