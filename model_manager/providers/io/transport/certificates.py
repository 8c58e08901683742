"""The certificate authorities that are trusted, and what is wrong with the variables that name others."""

import os
import ssl
from functools import cache
from pathlib import Path

import httpx

from model_manager.errors import ProviderError


def ssl_context(origin: str) -> ssl.SSLContext:
    """The authorities that a client of a host trusts.

    Raises:
        ProviderError: of kind "connection": those of SSL_CERT_FILE or SSL_CERT_DIR cannot be read.
    """
    return default_context() if origin.startswith("https:") else _empty_context()


@cache
def default_context() -> ssl.SSLContext:
    """The usual authorities. Loading them takes longer than a call on this machine, so it is done once.

    Raises:
        ProviderError: as `ssl_context`.
    """
    file, directory = (os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    if file and not Path(file).is_file():
        raise _unusable(
            "SSL_CERT_FILE", file, "it is not a file" if Path(file).exists() else "there is no such file"
        )
    if not file and directory and not Path(directory).is_dir():
        there = Path(directory).exists()
        raise _unusable("SSL_CERT_DIR", directory, f"{'it is not a' if there else 'there is no such'} directory")
    try:
        return httpx.create_ssl_context()
    except ssl.SSLError:
        raise _unusable("SSL_CERT_FILE", file, "it holds no certificate in PEM format") from None
    except OSError as error:
        raise _unusable("SSL_CERT_FILE", file, f"it cannot be read: {error.strerror or error}") from None


def _unusable(variable: str, path: str, reason: str) -> ProviderError:
    hint = f"set {variable} to the certificates of your own authority, or unset it"
    return ProviderError("connection", f"{variable}={path}: {reason}", hint=hint, retryable=False)


@cache
def _empty_context() -> ssl.SSLContext:
    """For plain http, where there is nothing to trust."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
