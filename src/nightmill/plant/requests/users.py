"""Authentication: users with passwords, signed tokens that expire and can be revoked, one-time codes for the browser.

Everything is kept in ``.nightmill/access``, readable only by its owner: the signing secret (made at first use), and a
SQLite file of users and of every issued token. A token is valid only if it is signed with the secret, not expired,
not revoked, *and* listed there with the same name and role. There is no default user or password.

Passwords: argon2id, RFC 9106's second recommended option (64 MiB, 3 passes), one at a time in a separate thread with a short
queue, which blocks nothing else. Tokens: JWT (RFC 7519), HS256.

Guessing: a name has five tries in five minutes, an address thirty. A browser in which a user has signed in before holds a device
token, which gives it tries and a queue of its own, so that guessing at a name locks nobody out (OWASP, device cookies).
"""

import hashlib
import math
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

import msgspec

from nightmill.plant.requests.roles import ROLES, Caller, Role
from nightmill.plant.workspace.layout import state_folder
from nightmill.vocabulary.durable_files import make_key
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

AUDIENCE, ALGORITHM = "nightmill", "HS256"
HOURS = 12.0
MOST_HOURS = 24 * 366.0
CODE_S = 600.0
LEAST_PASSWORD, MOST_PASSWORD = 12, 256
TRIES, ADDRESS_TRIES, TRIES_S = 5, 30, 300.0
"""Number of wrong passwords allowed for one name, and from one address, before a wait is imposed, and the length of the wait."""
MOST_GUESSES, MOST_KNOWN = 4, 8
"""Queue lengths for password checks: from anybody, and from devices that signed in before."""
BUSY_S = 2.0
BARRED_S, MOST_BARRED = 5.0, 4096
"""How long refusals are remembered, and how many, without reading the files."""
DEVICE_AUDIENCE, DEVICE_HOURS = "nightmill-device", 24 * 180.0
MOST_TOKEN = 2048
_TABLES = """
CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, made REAL NOT NULL,
    ends REAL NOT NULL, revoked REAL);
CREATE TABLE IF NOT EXISTS codes (digest TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, ends REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tries (name TEXT NOT NULL, at REAL NOT NULL);
"""


class NotSignedIn(BadInput):
    """The token, code or password is not valid in this shop, or has expired."""


class TooManyTries(BadInput):
    """Too many wrong passwords for this name; ``wait_s``: seconds until the next try."""

    def __init__(self, finding: Finding, wait_s: float) -> None:
        super().__init__(finding)
        self.wait_s = wait_s


class Issued(msgspec.Struct, frozen=True):
    """A token with its id, by which it can be revoked, and its expiry time (Unix seconds)."""

    token: str
    id: str
    name: str
    role: Role
    ends: float


class Access:
    """The users and tokens of one shop folder."""

    def __init__(self, folder: Path) -> None:
        self.place = state_folder(folder) / "access"
        self._lock = Lock()
        self._secret_known: tuple[tuple[int, int, int], bytes] | None = None
        self._passwords = _Passwords()

    def issue(self, name: str, role: str, *, hours: float = HOURS) -> Issued:
        """Issue a token for ``name`` in ``role``. Raises ``BadInput`` for an unknown role, a wrong name or time."""
        from joserfc import jwt

        known, name = _role(role), _name(name)
        if not 0 < hours <= MOST_HOURS:
            raise BadInput(_finding("hours", f"{hours:g}", f"more than 0, at most {MOST_HOURS:g}", "Choose another."))
        now, identity = time.time(), secrets.token_urlsafe(16)
        ends = now + hours * 3600.0
        claims = {"aud": AUDIENCE, "sub": name, "role": known, "jti": identity, "iat": int(now), "exp": int(ends)}
        text = jwt.encode({"alg": ALGORITHM}, claims, self._key(), algorithms=[ALGORITHM])
        with self._open() as found:
            found.execute("DELETE FROM tokens WHERE ends < ?", (now - 30 * 86400.0,))
            found.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, NULL)", (identity, name, known, now, ends))
        return Issued(text, identity, name, known, ends)

    def caller(self, token: str) -> Caller:
        """Return the owner of a token. Raises ``NotSignedIn`` unless the token is valid in this shop."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwt import JWTClaimsRegistry

        refusal = NotSignedIn(_finding("token", "no valid token", "a current token of this shop", "Sign in again."))
        if not token or len(token) > MOST_TOKEN:
            raise refusal
        try:
            claims = jwt.decode(token, self._key(), algorithms=[ALGORITHM]).claims
            checks: dict[str, Any] = {
                "aud": {"essential": True, "value": AUDIENCE},
                "exp": {"essential": True},
                "jti": {"essential": True},
            }
            JWTClaimsRegistry(**checks).validate(claims)
            identity, name, role = str(claims["jti"]), str(claims["sub"]), str(claims["role"])
        except (JoseError, ValueError, KeyError, TypeError, RecursionError):
            raise refusal from None
        with self._open(write=False) as found:
            row = found.execute("SELECT name, role, ends, revoked FROM tokens WHERE id = ?", (identity,)).fetchone()
        if row is None or row[:2] != (name, role) or row[2] < time.time() or row[3] is not None or role not in ROLES:
            raise refusal
        return Caller(name, role, identity)

    def revoke(self, identity: str) -> int:
        """Revoke a token by its id, or all tokens of a name; return how many were revoked."""
        with self._open() as found:
            done = found.execute(
                "UPDATE tokens SET revoked = ? WHERE (id = ? OR name = ?) AND revoked IS NULL",
                (time.time(), identity, identity),
            )
            return done.rowcount

    def tokens(self) -> list[dict[str, Any]]:
        """Return the id, name, role and state of every issued token, except those that expired long ago; never the token itself."""
        now = time.time()
        with self._open() as found:
            rows = found.execute("SELECT id, name, role, made, ends, revoked FROM tokens ORDER BY made").fetchall()
        return [
            {"id": i, "name": n, "role": r, "made": m, "ends": e, "state": _token_state(e, x, now)}
            for i, n, r, m, e, x in rows
        ]

    def put_user(self, name: str, role: str, password: str) -> None:
        """Create a user, or set a user's role and password; the user's tokens are revoked. Raises ``BadInput``."""
        known, name = _role(role), _name(name)
        if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
            expected = f"{LEAST_PASSWORD} to {MOST_PASSWORD} characters"
            raise BadInput(_finding("password", f"{len(password)} characters", expected, "Choose a longer password."))
        if name.lower() in password.lower():
            raise BadInput(
                _finding(
                    "password",
                    "a password that contains the name",
                    "a password that doesn't contain the name",
                    "Choose another.",
                )
            )
        hashed = _hasher().hash(password)
        with self._open() as found:
            found.execute("INSERT OR REPLACE INTO users VALUES (?, ?, ?)", (name, known, hashed))
        self.revoke(name)

    def drop_user(self, name: str) -> bool:
        """Delete a user, with all tokens of that name; return whether the user existed."""
        self.revoke(name)
        with self._open() as found:
            return found.execute("DELETE FROM users WHERE name = ?", (name,)).rowcount == 1

    def users(self) -> list[dict[str, str]]:
        """Return names and roles."""
        with self._open() as found:
            return [{"name": n, "role": r} for n, r in found.execute("SELECT name, role FROM users ORDER BY name")]

    def sign_in(self, name: str, password: str, *, hours: float = HOURS, address: str = "", device: str = "") -> Issued:
        """Issue a token for a user's password. Raises ``NotSignedIn`` and ``TooManyTries``; neither reveals whether name or password was
        wrong.

        ``address``: the client's address; ``device``: the browser's device token (``device_token``), if any.
        """
        key = self._device_of(device, name)
        limits = [(key, TRIES)] if key else [(_of_name(name), TRIES), (f"address {address}"[:100], ADDRESS_TRIES)]
        self._passwords.refuse_barred(counted for counted, _ in limits)
        with self._passwords.place(known=bool(key)):
            found = self._try_counted(name, limits)
            right = self._passwords.run(bool(key), _verified, found[1] if found else None, password[:MOST_PASSWORD])
        if found is None or not right:
            raise NotSignedIn(_finding("password", "name and password", "those of a user", "Try again."))
        with self._open() as access:
            access.execute("DELETE FROM tries WHERE name IN (?, ?)", (_of_name(name), key))
        return self.issue(name, str(found[0]), hours=hours)

    def device_token(self, name: str) -> str:
        """Return the token that a browser keeps once its user has signed in; it can't be used to sign in."""
        from joserfc import jwt

        claims = {
            "aud": DEVICE_AUDIENCE, "sub": name, "jti": secrets.token_urlsafe(12),
            "exp": int(time.time() + DEVICE_HOURS * 3600.0),
        }  # fmt: skip
        return jwt.encode({"alg": ALGORITHM}, claims, self._key(), algorithms=[ALGORITHM])

    def _device_of(self, token: str, name: str) -> str:
        """Return the key under which this device's tries are counted; empty if this user has never signed in on it."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        if not token or len(token) > MOST_TOKEN:
            return ""
        try:
            claims = jwt.decode(token, self._key(), algorithms=[ALGORITHM]).claims
            known = claims.get("aud") == DEVICE_AUDIENCE and claims.get("sub") == name and claims["exp"] > time.time()
            return f"device {claims['jti']}" if known else ""
        except (JoseError, ValueError, KeyError, TypeError, RecursionError):
            return ""

    def _try_counted(self, name: str, limits: Sequence[tuple[str, int]]) -> tuple[str, str] | None:
        """Count the try and return the user's role and password hash. Raises ``TooManyTries``, without writing anything."""
        since = time.time() - TRIES_S
        with self._open(write=False) as found:
            self._refuse_too_many(found, limits, since)
            row: tuple[str, str] | None = found.execute(
                "SELECT role, password FROM users WHERE name = ?", (name,)
            ).fetchone()
        with self._open() as found:
            self._refuse_too_many(found, limits, since)  # there may have been other tries in between
            found.execute("DELETE FROM tries WHERE at < ?", (since,))
            found.executemany("INSERT INTO tries VALUES (?, ?)", [(each, time.time()) for each, _ in limits])
        return row

    def _refuse_too_many(self, access: sqlite3.Connection, limits: Sequence[tuple[str, int]], since: float) -> None:
        for counted, most in limits:
            query = "SELECT at FROM tries WHERE name = ? AND at > ? ORDER BY at DESC LIMIT ?"
            made = access.execute(query, (counted, since, most)).fetchall()
            if len(made) >= most:
                wait_s = max(1.0, made[-1][0] - since)
                self._passwords.bar(counted, wait_s)
                raise _too_many(most, wait_s)

    def one_time_code(self, name: str, role: str) -> str:
        """Return a code that ``redeem`` exchanges for a token, once only and within ten minutes."""
        code, known, name = secrets.token_urlsafe(24), _role(role), _name(name)
        with self._open() as found:
            found.execute("DELETE FROM codes WHERE ends < ?", (time.time(),))
            found.execute("INSERT INTO codes VALUES (?, ?, ?, ?)", (_digest(code), name, known, time.time() + CODE_S))
        return code

    def redeem(self, code: str, *, hours: float = HOURS) -> Issued:
        """Return the token for a code; the code can't be used again. Raises ``NotSignedIn``."""
        with self._open() as found:
            row = found.execute("SELECT name, role, ends FROM codes WHERE digest = ?", (_digest(code),)).fetchone()
            found.execute("DELETE FROM codes WHERE digest = ?", (_digest(code),))
        if row is None or row[2] < time.time():
            remedy = "Use the address printed by `nightmill serve`, or a token from `nightmill token`."
            raise NotSignedIn(_finding("code", "a code that is invalid or expired", "a new code", remedy))
        return self.issue(row[0], row[1], hours=hours)

    def _key(self) -> Any:
        from joserfc.jwk import OctKey

        return OctKey.import_key(self._secret())

    def _secret(self) -> bytes:
        path = self.place / "secret"
        try:
            found = path.stat()
        except FileNotFoundError:
            self._make_secret(path)
            found = path.stat()
        except OSError as error:
            raise _failed(path, error) from error
        mark = (found.st_ino, found.st_mtime_ns, found.st_mode)
        known = self._secret_known
        if known is None or known[0] != mark:
            known = (mark, self._read_secret(path, found.st_mode))
            self._secret_known = known
        return known[1]

    def _make_secret(self, path: Path) -> None:
        try:
            self._make_place()
            make_key(path, secrets.token_bytes(32))
        except OSError as error:
            raise _failed(path, error) from error

    def _read_secret(self, path: Path, mode: int) -> bytes:
        if mode & 0o077:
            raise EnvironmentFailed(Finding(str(path), "mode", oct(mode & 0o777), "0o600", f"Run: chmod 600 {path}"))
        try:
            found = path.read_bytes()
        except OSError as error:
            raise _failed(path, error) from error
        if len(found) < 32:
            raise EnvironmentFailed(
                Finding(str(path), "", f"{len(found)} bytes", "32 bytes", "Delete it; that ends all tokens.")
            )
        return found

    def _make_place(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.place.chmod(0o700)

    @contextmanager
    def _open(self, *, write: bool = True) -> Iterator[sqlite3.Connection]:
        path = self.place / "access.sqlite"
        try:
            if not path.exists():
                self._make_place()
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(path, timeout=10.0, isolation_level=None)) as found:
                if not found.execute("SELECT 1 FROM sqlite_master WHERE name = 'tries'").fetchone():
                    found.execute("PRAGMA journal_mode=WAL")  # reading a token never waits for a writer
                    found.executescript(_TABLES)
                found.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                yield found  # an exception here leaves the files as they were: closing rolls back
                found.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise _failed(path, error) from error


class _Passwords:
    """Password-checking threads, one for guesses and one for known browsers, and their queue lengths.

    argon2 takes 64 MiB and all its cores each time.
    """

    def __init__(self) -> None:
        self._pools = {known: ThreadPoolExecutor(1, "password") for known in (False, True)}
        self._guesses, self._known = BoundedSemaphore(MOST_GUESSES), BoundedSemaphore(MOST_KNOWN)
        self._barred: dict[str, tuple[float, float]] = {}

    def bar(self, counted: str, wait_s: float) -> None:
        """Refuse this counted name for a while, at most ``BARRED_S``, without looking it up; not longer, since the limit may be lifted
        meanwhile.
        """
        now = time.monotonic()
        if len(self._barred) >= MOST_BARRED:
            self._barred = {name: times for name, times in self._barred.items() if times[0] > now}
        if len(self._barred) < MOST_BARRED:
            self._barred[counted] = (now + min(wait_s, BARRED_S), now + wait_s)

    def refuse_barred(self, names: Iterable[str]) -> None:
        """Raise ``TooManyTries`` if one of them is barred."""
        now = time.monotonic()
        for name in names:
            until, free = self._barred.get(name, (0.0, 0.0))
            if until > now:
                raise _too_many(TRIES, free - now)

    @contextmanager
    def place(self, *, known: bool) -> Iterator[None]:
        """Take a place in the queue. Raises ``TooManyTries`` at once if the queue is full."""
        places = self._known if known else self._guesses
        if not places.acquire(blocking=False):
            raise _too_many(MOST_GUESSES, BUSY_S)
        try:
            yield
        finally:
            places.release()

    def run(self, known: bool, work: Callable[..., bool], *arguments: object) -> bool:
        """Run ``work`` in the matching thread."""
        return self._pools[known].submit(work, *arguments).result()


def _of_name(name: str) -> str:
    """Return the key under which tries for a name are counted; it never equals the key of an address or a device."""
    return f"name {name[:100]}"


def _verified(kept: str | None, password: str) -> bool:
    """Return whether ``password`` matches the hash ``kept``; takes just as long if there is no hash."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return bool(_hasher().verify(kept or _dummy_hash(), password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def _too_many(most: int, wait_s: float) -> TooManyTries:
    remedy = f"Wait {math.ceil(wait_s / 60)} min." if wait_s > BUSY_S else "Try again in a moment."
    return TooManyTries(_finding("password", f"{most} tries or more", f"fewer than {most}", remedy), wait_s)


def _hasher() -> Any:
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


_NOBODY: list[str] = []


def _dummy_hash() -> str:
    """Return the hash of an unknown password, so that an unknown name takes the same time as a wrong password."""
    if not _NOBODY:
        _NOBODY.append(_hasher().hash(secrets.token_urlsafe(32)))
    return _NOBODY[0]


def _role(role: str) -> Role:
    if role not in ROLES:
        raise BadInput(_finding("role", repr(role)[:80], ", ".join(ROLES), "Choose one of them."))
    return role


def _name(name: str) -> str:
    good = 0 < len(name) <= 100 and name.isprintable() and name == name.strip() and name != "policy"
    if not good:
        expected = "1 to 100 printable characters; not `policy`"
        raise BadInput(_finding("name", repr(name)[:120], expected, "Choose another name."))
    return name


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _token_state(ends: float, revoked: float | None, now: float) -> str:
    return "revoked" if revoked is not None else "over" if ends < now else "valid"


def _finding(place: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding("access", place, found, expected, remedy)


def _failed(path: Path, error: Exception) -> EnvironmentFailed:
    remedy = "Free some space or correct the permissions; nothing was changed."
    return EnvironmentFailed(Finding(str(path), "", str(error), "a file that can be read and written", remedy))
