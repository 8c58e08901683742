"""Providers' own lists of their models: the requests, what the answers say, and fetching. No tokens are spent."""

from model_manager.providers.lists.listed import ListedModel, ListPage
from model_manager.providers.lists.reading import read_page
from model_manager.providers.lists.requests import list_call

__all__ = ["ListPage", "ListedModel", "list_call", "read_page"]
