"""The observers of a service's calls: each is told, and none can disturb a call or another observer."""

import logging
from collections.abc import Iterable

from model_manager.core.calls import CallContext, CallObserver
from model_manager.core.messages import Reply
from model_manager.errors import ProviderError, UsageError

_LOG = logging.getLogger("model_manager")
_METHODS = ("succeeded", "failed", "cancelled")


class Observers:
    """Any number of observers as one. An exception of an observer is logged and goes no further.

    Args:
        observers: are told in this order.
    """

    def __init__(self, observers: Iterable[CallObserver]) -> None:
        self._observers = tuple(observers)

    def succeeded(self, context: CallContext, reply: Reply) -> None:
        """A complete answer came."""
        self._tell("succeeded", context, reply)

    def failed(self, context: CallContext, error: ProviderError) -> None:
        """No complete answer came; an error of kind "cancelled" means that the caller gave up."""
        if error.kind == "cancelled":
            self.cancelled(context, error.partial)
        else:
            self._tell("failed", context, error)

    def cancelled(self, context: CallContext, partial: Reply | None) -> None:
        """The caller gave up before the end."""
        self._tell("cancelled", context, partial)

    def _tell(self, method: str, context: CallContext, outcome: Reply | ProviderError | None) -> None:
        for observer in self._observers:
            try:
                getattr(observer, method)(context, outcome)
            except Exception:  # noqa: BLE001 - it is an application's own code, and may raise anything
                _LOG.exception("an observer of calls failed: %s", type(observer).__qualname__)


def checked_observers(observers: Iterable[CallObserver]) -> tuple[CallObserver, ...]:
    """The observers that an application gives.

    Raises:
        UsageError: one lacks a method of `CallObserver`, or they are no collection.
    """
    if not isinstance(observers, Iterable):
        raise UsageError(f"expected a list of observers, got {observers!r}", parameter="observers")
    found = tuple(observers)
    for observer in found:
        missing = [name for name in _METHODS if not callable(getattr(observer, name, None))]
        if missing or isinstance(observer, type):
            lacks = f", which has no method {missing[0]}" if missing else ", which is a class"
            raise UsageError(f"expected observers of calls, got {observer!r}{lacks}", parameter="observers")
    return found
