"""The token of those who may read the metrics and nothing else."""

from model_manager.errors import UsageError
from model_manager.server.auth.access import is_loopback

#: As for the server's own: a token of this many characters cannot be guessed over a network.
_SHORT = 16
_NAME = "MODEL_MANAGER_METRICS_TOKEN"


def checked_metrics_token(token: str | None, server_token: str | None, host: str) -> str | None:
    """The token, or None if there is none.

    Raises:
        UsageError: it is the server's own, or others can reach the server and guess it.
    """
    if not token:
        return None
    if token == server_token:
        message = f"{_NAME} is the same as MODEL_MANAGER_SERVER_TOKEN, which may do everything"
        raise UsageError(message, hint="use another one, or none: the server's token reads the metrics too")
    if len(token) < _SHORT and not is_loopback(host):
        problem = f"{_NAME} has fewer than {_SHORT} characters and can be guessed"
        message = f"{host} is reachable from other machines, and {problem}"
        raise UsageError(message, hint=f"set {_NAME}, for example to the output of: openssl rand -base64 32")
    return token
