"""What lies behind a connection that did not come about or broke, as a `Fault`. Needs no HTTP library."""

import ssl
import time
from collections.abc import Iterator
from socket import gaierror

from model_manager.providers.io.steps import Fault


def unconnected(error: BaseException, host: str) -> Fault:
    """Why there is no connection: the exception that began it all tells."""
    causes, now = list(_causes(error)), time.monotonic()

    def is_among(of: type[BaseException]) -> bool:
        return any(isinstance(cause, of) for cause in causes)

    if is_among(ssl.SSLCertVerificationError):
        message = f"the TLS certificate of {host} is not trusted"
        return Fault(
            "connection",
            message,
            now,
            retryable=False,
            hint="set SSL_CERT_FILE to the file of your own certificate authority",
        )
    if is_among(ssl.SSLError):
        return Fault("connection", f"{host} failed the TLS handshake", now, retryable=False)
    if is_among(gaierror):
        return Fault("connection", f"{host} cannot be resolved", now, hint="check the base URL and DNS")
    if is_among(ConnectionRefusedError):
        hint = "check that the server is running and that the base URL is right"
        return Fault("connection", f"{host} refused the connection", now, hint=hint)
    return Fault("connection", f"cannot connect to {host}", now)


def broken_protocol(error: BaseException, host: str) -> Fault:
    """A cut connection and a server that does not speak HTTP are one exception; only its text tells."""
    words, now = str(error).lower(), time.monotonic()
    if "disconnected" in words:
        return Fault("connection", f"{host} closed the connection without an answer", now)
    if "closed connection" in words or "incomplete" in words:
        return Fault("connection", f"{host} closed the connection in the middle of the answer", now)
    return Fault("protocol", f"{host} sent an invalid HTTP response", now, retryable=False)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
