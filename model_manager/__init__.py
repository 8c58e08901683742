"""Decide, price, inspect and live-test which language model each part of an application uses."""

__version__ = "0.1.0"
