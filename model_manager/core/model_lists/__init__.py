"""Providers' own lists of their models: what their documents say. Pure."""

from model_manager.core.model_lists.listed import ListedModel, ListPage
from model_manager.core.model_lists.reading import NotAListError, read_page

__all__ = ["ListPage", "ListedModel", "NotAListError", "read_page"]
