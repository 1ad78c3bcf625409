import errno
import os
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from nightmill.plant.plan_store import program_signing
from nightmill.plant.plan_store.program_signing import Seal
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.durable_files import make_key
from nightmill.vocabulary.errors import EnvironmentFailed

TEXT = "G0 X0\nM30\n"
DIGEST = sha256(TEXT.encode()).hexdigest()


def _plan(folder: Path) -> Path:
    plan = folder / "plan"
    plan.mkdir()
    for name in ("route.json", "plan.json", "bracket-1.ngc", "bracket-2.ngc"):
        (plan / name).write_text(f"{name}\n")
    return plan


def test_the_key_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    first = Seal(tmp_path)
    key = tmp_path / ".nightmill" / "pki" / "programs.key"
    assert Seal(tmp_path).public == first.public
    assert Seal(tmp_path).new, "no plan from before was signed yet"
    first.settle()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert (Seal(tmp_path).public, Seal(tmp_path).new) == (first.public, False)
    assert Seal(tmp_path / "other").public != first.public
    key.write_bytes(b"short")
    with pytest.raises(EnvironmentFailed, match="Ed25519"):
        Seal(tmp_path)
    key.rename(key.with_name("programs.first.key"))
    with pytest.raises(EnvironmentFailed, match=r"programs\.first\.key.*Ed25519"):
        Seal(tmp_path)


def test_two_that_begin_at_once_have_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep, others = make_key, list[Seal]()

    def beside(path: Path, key: bytes) -> None:
        with monkeypatch.context() as alone:
            alone.setattr(program_signing, "make_key", keep)
            others.append(Seal(tmp_path))
        keep(path, key)

    monkeypatch.setattr(program_signing, "make_key", beside)
    seal, plan = Seal(tmp_path), _plan(tmp_path)
    others[0].sign_plan(plan)
    seal.settle()
    others[0].settle()
    assert seal.bears_out(plan) is True
    assert Seal(tmp_path).bears_out(plan) is True
    assert [file.name for file in (tmp_path / ".nightmill" / "pki").iterdir()] == ["programs.key"]


def test_a_key_that_comes_when_another_is_settled_is_no_key(tmp_path: Path) -> None:
    seal = Seal(tmp_path)
    late = tmp_path / ".nightmill" / "pki" / "programs.first.key"
    late.with_name("programs.key").write_bytes(late.read_bytes())
    late.write_bytes(b"k" * 32)
    seal.settle()
    assert Seal(tmp_path).public == seal.public
    assert not late.exists()


def test_a_draft_of_a_key_that_a_killed_process_left_is_in_nobody_s_way(tmp_path: Path) -> None:
    home = tmp_path / ".nightmill" / "pki"
    home.mkdir(parents=True)
    (home / f"programs.first.{os.getpid()}.new").write_bytes(b"half")
    assert len(Seal(tmp_path).public) == 64


def test_a_disk_without_hard_links_keeps_a_key_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(_old: Path, _new: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    seal = Seal(tmp_path)
    seal.settle()
    assert (Seal(tmp_path).public, Seal(tmp_path).new) == (seal.public, False)
    assert [file.name for file in (tmp_path / ".nightmill" / "pki").iterdir()] == ["programs.key"]


def test_a_program_goes_out_with_a_signature_of_its_operation_and_hash(tmp_path: Path) -> None:
    seal = Seal(tmp_path)
    move = c.MovePallet("m", "R1", "P01", "M1", "pool")
    assert seal.signed(move) is move
    signed = seal.signed(c.StoreProgram("s", "M1", "A/1", DIGEST, TEXT, "6082"))
    assert isinstance(signed, c.StoreProgram)
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(seal.public))
    public.verify(bytes.fromhex(signed.signature), c.program_statement("A/1", DIGEST))
    with pytest.raises(InvalidSignature):
        public.verify(bytes.fromhex(signed.signature), c.program_statement("A/2", DIGEST))


@pytest.mark.parametrize("name", ["route.json", "plan.json", "bracket-2.ngc", "signature"])
def test_a_plan_bears_its_signature_out_until_anything_of_it_is_changed(tmp_path: Path, name: str) -> None:
    seal, plan = Seal(tmp_path), _plan(tmp_path)
    assert seal.bears_out(plan) is None
    seal.sign_plan(plan)
    assert seal.bears_out(plan) is True
    assert Seal(tmp_path / "other").bears_out(plan) is False
    text = (plan / name).read_text()
    (plan / name).write_text("0" + text[1:] if text[0] != "0" else "1" + text[1:])
    assert seal.bears_out(plan) is False


def test_a_program_more_or_less_is_a_change(tmp_path: Path) -> None:
    seal, plan = Seal(tmp_path), _plan(tmp_path)
    seal.sign_plan(plan)
    (plan / "bracket-3.ngc").write_text("more")
    assert seal.bears_out(plan) is False
    (plan / "bracket-3.ngc").unlink()
    assert seal.bears_out(plan) is True
    (plan / "bracket-1.ngc").unlink()
    assert seal.bears_out(plan) is False
