"""Experiments: the arms of a task's split compared by users, with intervals that may be looked at any time."""
