"""Users as pseudonyms: the same user is the same word, and without the salt nobody can tell who it is."""

import hashlib
import hmac
import os
import secrets
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
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        salt = path.read_bytes().strip()
        if not salt:
            raise LedgerError(f"{path} is empty; remove it, and users get new pseudonyms") from None
        return salt
    salt = secrets.token_hex(_SALT_BYTES).encode()
    with os.fdopen(descriptor, "wb") as file:
        file.write(salt + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return salt
