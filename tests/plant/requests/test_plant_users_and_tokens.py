"""Who is who: passwords, tokens and codes hold only what they should, and files only their owner reads."""

import base64
import json
import stat
import time
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from nightmill.plant.requests import users as module
from nightmill.plant.requests.users import Access, NotSignedIn, TooManyTries
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed

PASSWORD = "correct horse battery"


REAL = module._hasher()


@pytest.fixture
def access(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Access:
    """With a cheap hash: what the real one costs is no test's matter."""
    cheap = REAL.__class__(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(module, "_hasher", lambda: cheap)
    monkeypatch.setattr(module, "_NOBODY", [])
    return Access(tmp_path)


def test_passwords_are_hashed_as_rfc_9106_recommends() -> None:
    assert (REAL.type.name, REAL.memory_cost, REAL.time_cost, REAL.salt_len) == ("ID", 64 * 1024, 3, 16)


def test_a_token_says_who_until_it_is_revoked_or_over(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = access.issue("Ann", "operator", hours=1.0)
    found = access.caller(issued.token)
    assert (found.name, found.role, found.token) == ("Ann", "operator", issued.id)
    other = access.issue("Bea", "viewer")
    assert access.revoke(issued.id) == 1
    with pytest.raises(NotSignedIn):
        access.caller(issued.token)
    assert access.caller(other.token).name == "Bea"
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 13 * 3600)
    with pytest.raises(NotSignedIn):
        access.caller(other.token)
    assert {row["state"] for row in access.tokens()} == {"revoked", "over"}


def _forged(access: Access, **changes: object) -> list[str]:
    """Tokens that somebody could try: other secret, no signature, other claims, unlisted, torn."""
    issued = access.issue("Ann", "operator")
    head, claims, signature = issued.token.split(".")
    secret = (access.place / "secret").read_bytes()
    plain = json.loads(base64.urlsafe_b64decode(claims + "=="))
    raised = base64.urlsafe_b64encode(json.dumps(plain | {"role": "admin"}).encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")

    def signed(key: bytes, **claimed: object) -> str:
        return jwt.encode({"alg": "HS256"}, plain | claimed, OctKey.import_key(key), algorithms=["HS256"])

    return [
        f"{head}.{raised}.{signature}",
        f"{none}.{claims}.",
        signed(b"x" * 32),
        signed(secret, role="admin"),
        signed(secret, sub="Bea"),
        signed(secret, jti="another"),
        signed(secret, exp=1),
        signed(secret, aud="elsewhere"),
        issued.token[:-2],
        issued.token + "." + issued.token,
        "a.b.c",
        "",
        "x" * 5000,
    ]


def test_no_forged_token_counts(access: Access) -> None:
    for token in _forged(access):
        with pytest.raises(NotSignedIn):
            access.caller(token)


def test_the_secret_is_the_owners_alone(access: Access) -> None:
    access.issue("Ann", "viewer")
    assert stat.S_IMODE((access.place / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE((access.place / "access.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE(access.place.stat().st_mode) == 0o700
    (access.place / "secret").chmod(0o644)
    with pytest.raises(EnvironmentFailed, match="chmod 600"):
        access.issue("Ann", "viewer")


def test_a_user_signs_in_by_password_and_loses_tokens_with_it(access: Access) -> None:
    assert access.users() == [], "no user and no password by default"
    access.put_user("Ann", "engineer", PASSWORD)
    issued = access.sign_in("Ann", PASSWORD)
    assert access.caller(issued.token).role == "engineer"
    assert PASSWORD.encode() not in (access.place / "access.sqlite").read_bytes()
    access.put_user("Ann", "viewer", PASSWORD + "2")
    with pytest.raises(NotSignedIn):
        access.caller(issued.token)
    assert access.drop_user("Ann")
    with pytest.raises(NotSignedIn):
        access.sign_in("Ann", PASSWORD + "2")


def test_wrong_passwords_make_a_name_wait(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    access.put_user("Ann", "viewer", PASSWORD)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            access.sign_in("Ann", "wrong")
    with pytest.raises(TooManyTries) as caught:
        access.sign_in("Ann", PASSWORD)
    assert caught.value.wait_s == pytest.approx(300)
    access.put_user("Bea", "viewer", PASSWORD)
    assert access.sign_in("Bea", PASSWORD).name == "Bea"


@pytest.mark.parametrize(
    ("name", "role", "password"),
    [
        ("Ann", "viewer", "short"),
        ("Ann", "viewer", "ann-ann-ann-ann"),
        ("Ann", "root", PASSWORD),
        ("", "viewer", PASSWORD),
        ("a\nb", "viewer", PASSWORD),
        ("policy", "viewer", PASSWORD),
    ],
)
def test_what_is_no_user_is_refused(access: Access, name: str, role: str, password: str) -> None:
    with pytest.raises(BadInput):
        access.put_user(name, role, password)
    assert access.users() == []


def test_a_code_counts_once(access: Access) -> None:
    code = access.one_time_code("me", "admin")
    assert access.caller(access.redeem(code).token).role == "admin"
    with pytest.raises(NotSignedIn):
        access.redeem(code)
    assert code.encode() not in (access.place / "access.sqlite").read_bytes()
