"""Users as pseudonyms: the same user is the same word, and without the salt nobody can tell who it is."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from model_manager.errors import LedgerError

_DIGITS = 16
_SALT_BYTES = 32
#: What is hashed to compare salts without telling them.
_FINGERPRINT = "model-manager ledger"


def pseudonym(salt: bytes, user_id: str) -> str:
    """Sixteen hexadecimal digits that stand for a user."""
    return hmac.new(salt, user_id.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()[:_DIGITS]


def fingerprint(salt: bytes) -> str:
    """The fingerprint of a salt, in the file."""
    return pseudonym(salt, _FINGERPRINT)


def read_or_make_salt(path: Path) -> bytes:
    """The salt in a file, which is made for its owner alone if there is none. The caller holds the ledger's lock.

    Raises:
        OSError: it can be neither read nor made.
        LedgerError: the file is empty.
    """
    with suppress(FileNotFoundError):
        if salt := path.read_bytes().strip():
            return salt
        raise LedgerError(f"{path} is empty; remove it, and users get new pseudonyms")
    salt = secrets.token_hex(_SALT_BYTES).encode()
    # Under its name only when it is whole: a full disk or kill -9 must not leave an empty one.
    unfinished = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(salt + b"\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return salt
