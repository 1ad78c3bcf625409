"""Signed NC programs: certified programs are signed with the shop's own key, and no other program reaches a machine.

The key (Ed25519, RFC 8032) is in ``.nightmill/pki/programs.key``, readable only by its owner. The file is
called ``programs.first.key`` until all plans older than the key are signed, so that nothing is lost if the program stops in between. A
plan is signed as a whole when it is certified; a plan whose files no longer match its signature is refused. Each program goes to a
machine with a signature over its operation and its hash, which the machine checks with the public half before it stores it.
"""

import contextlib
import errno
import hashlib
import stat
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import write_atomic
from nightmill.plant.workspace.layout import state_folder
from nightmill.vocabulary.commands import AnyCommand, StoreProgram, program_statement
from nightmill.vocabulary.durable_files import make_key, rename_once
from nightmill.vocabulary.errors import EnvironmentFailed, Finding

SIGNATURE = "signature"


class Seal:
    """The key for signing a shop's programs; made at first use. Raises ``EnvironmentFailed`` if it can't be read or made."""

    def __init__(self, folder: Path) -> None:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        path = state_folder(folder) / "pki" / "programs.key"
        self._first, self._settled = path.with_name("programs.first.key"), path
        try:
            self.new = not path.exists()
            """True if no plan of this shop was signed before; stays true until ``settle``, whichever process makes the key meanwhile."""
            if self.new and not self._first.exists():
                make_key(self._first, Ed25519PrivateKey.generate().private_bytes_raw())
            text = self._read()
        except OSError as error:
            remedy = "Free some space or correct the permissions."
            raise EnvironmentFailed(Finding(str(path), "", str(error), "a key to sign with", remedy)) from error
        try:
            self._key: Any = Ed25519PrivateKey.from_private_bytes(text)
        except ValueError as error:
            remedy = "Restore it, or remove it and the plans that it signed."
            place = str(path if path.exists() else self._first)
            raise EnvironmentFailed(Finding(place, "", str(error), "an Ed25519 key of 32 bytes", remedy)) from error
        public = self._key.public_key()
        self.public = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()
        """Return the public half, in hexadecimal, with which machines check signatures."""

    def _read(self) -> bytes:
        first, settled = (_content(path) for path in (self._first, self._settled))
        # in this order: if the first file is gone, or another process made it too late, the settled file exists by now
        text = first if settled is None else settled
        return self._settled.read_bytes() if text is None else text

    def settle(self) -> None:
        """Sign the plans that are older than the key; from now on, a plan without a signature counts as having lost it."""
        if self.new:
            with contextlib.suppress(FileNotFoundError):  # another process did it
                rename_once(self._first, self._settled)
            self.new = False

    def signed(self, command: AnyCommand) -> AnyCommand:
        """Return the command, with a signature if it sends a program to a machine."""
        if not isinstance(command, StoreProgram):
            return command
        statement = program_statement(command.operation, command.sha256)
        return msgspec.structs.replace(command, signature=self._key.sign(statement).hex())

    def sign_plan(self, plan: Path) -> None:
        """Sign a plan's folder as it is now."""
        write_atomic(plan / SIGNATURE, self._key.sign(_statement(plan)).hex().encode())

    def withdraw(self, plan: Path) -> None:
        """Remove a plan's signature before its folder is rewritten, so that an interrupted rewrite leaves an unsigned plan."""
        (plan / SIGNATURE).unlink(missing_ok=True)

    def bears_out(self, plan: Path) -> bool | None:
        """Return whether a plan's folder is unchanged since it was signed; ``None`` if it never was."""
        from cryptography.exceptions import InvalidSignature

        try:
            signature = bytes.fromhex(kept_bytes(plan / SIGNATURE).decode("ascii"))
        except FileNotFoundError:
            return None
        except (ValueError, OSError):
            return False
        try:
            self._key.public_key().verify(signature, _statement(plan))
        except (InvalidSignature, OSError):
            return False
        return True


def _statement(plan: Path) -> bytes:
    """Return the statement that a plan's signature covers: its record, its plan and its programs, by name and hash."""
    files = [plan / "route.json", plan / "plan.json", *sorted(plan.glob("*.ngc"))]
    lines = [f"{file.name} {hashlib.sha256(kept_bytes(file)).hexdigest()}" for file in files]
    return "\n".join(["nightmill plan", *lines]).encode()


def kept_bytes(path: Path) -> bytes:
    """Return the bytes of a plan file. Raises ``OSError`` if it isn't an ordinary file: a pipe would block forever."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return path.read_bytes()


def _content(path: Path) -> bytes | None:
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    return None
