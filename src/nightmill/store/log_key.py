"""The key of a log, which signs the data stored with the events: the head of the chain and the snapshots.
The chain alone reveals changes to single events, but somebody could recompute the whole chain; without the key they can't sign its new end.
The key is in ``PATH.key`` next to the log, readable by its owner only; it is made before the first event, and stays with the log.
Signatures are HMAC-SHA256 (RFC 2104) over fields with their lengths, so that no two lists of fields have the same signature.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from nightmill.vocabulary.durable_files import make_key
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.ordinary_files import read_ordinary

KEY_BYTES = 32
MOST_BYTES = 4096
"""Size limit of a key or head file."""


class LogKey:
    """The key of the log at ``log``; the key is read when first needed."""

    def __init__(self, log: Path) -> None:
        self.path = log.with_name(log.name + ".key")
        self._secret = b""

    def exists(self) -> bool:
        """Return whether the log has a key."""
        return self.path.exists()

    def make(self) -> None:
        """Make the key if there is none. Raises ``EnvironmentFailed`` if it can't be written."""
        try:
            if not self.path.exists():
                make_key(self.path, secrets.token_bytes(KEY_BYTES))
        except OSError as error:
            raise self._failed(error.strerror or str(error)) from error

    def sign(self, *fields: str | int) -> str:
        """Return the signature of these fields, in hexadecimal. Raises ``EnvironmentFailed`` if the key can't be read."""
        return hmac.new(self._read(), _framed(fields), hashlib.sha256).hexdigest()

    def bears_out(self, signature: object, *fields: str | int) -> bool:
        """Return whether ``signature`` is that of these fields; always false if the log has no key."""
        if not isinstance(signature, str) or not signature.isascii() or not self.exists():
            return False
        return hmac.compare_digest(self.sign(*fields), signature)

    def _read(self) -> bytes:
        if not self._secret:
            try:
                found = read_ordinary(self.path, MOST_BYTES)
            except BadInput as error:
                raise self._failed(error.findings[0].found) from error
            if len(found) != KEY_BYTES:
                raise self._failed(f"{len(found)} bytes")
            self._secret = found
        return self._secret

    def _failed(self, found: str) -> EnvironmentFailed:
        remedy = "Free some space, correct the file permissions, or restore the file together with its log."
        return EnvironmentFailed(Finding(str(self.path), "", found, f"the log's key, {KEY_BYTES} bytes", remedy))


def _framed(fields: tuple[str | int, ...]) -> bytes:
    texts = [str(field).encode() for field in fields]
    return b"".join(len(text).to_bytes(8, "big") + text for text in texts)
