"""The version of this package: a module of its own, so that no part has to import the top of the package."""

__version__ = "0.1.0"
