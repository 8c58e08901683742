"""Asking providers for their own lists of models. No tokens are spent."""

from model_manager.providers.lists.requests import list_call, plain_call

__all__ = ["list_call", "plain_call"]
