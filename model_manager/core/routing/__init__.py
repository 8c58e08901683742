"""Routes: their grammar, choosing among their models, and what is wrong with a chain."""
