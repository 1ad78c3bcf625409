"""What is not a whole STEP file is refused in words before the kernel sees it."""

import gzip
import os
import zipfile
from pathlib import Path

import pytest
from design_solids import box, write

from nightmill.cad import load_solid, read_part
from nightmill.cad.step.file_check import read_source
from nightmill.vocabulary.errors import BadInput


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read_part(path)
    (finding,) = caught.value.findings
    assert finding.file == str(path)
    assert finding.expected
    assert finding.remedy
    return finding.found


@pytest.fixture(scope="module")
def block(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = write(box(10, 20, 30), tmp_path_factory.mktemp("step") / "block.step")
    return path


@pytest.mark.parametrize("tenths", range(10))
def test_cut_off_file_is_named_as_such(block: Path, tmp_path: Path, tenths: int) -> None:
    data = block.read_bytes()
    path = tmp_path / "cut.step"
    path.write_bytes(data[: 20 + (len(data) - 60) * tenths // 9])
    assert "cut off" in refusal(path)


def test_missing_empty_and_folder(tmp_path: Path) -> None:
    empty = tmp_path / "empty.step"
    empty.touch()
    assert refusal(tmp_path / "none.step") == "no such file"
    assert refusal(empty) == "an empty file"
    assert refusal(tmp_path) == "a folder"


def test_huge_file_is_refused_without_reading(tmp_path: Path) -> None:
    path = tmp_path / "huge.step"
    path.touch()
    os.truncate(path, 5_000_000_000)
    assert refusal(path) == "5000 MB"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "Git-LFS"),
        (gzip.compress(b"ISO-10303-21;", mtime=0), "gzip"),
        (b"solid part\nfacet normal 0 0 1\n", "STL"),
        (b"\0" * 80 + (1).to_bytes(4, "little") + b"\0" * 50, "STL mesh (binary)"),
        (b" " * 72 + b"S      1\n" + b"x" * 72 + b"G      1\n", "IGES"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"%PDF-1.7\n", "PDF"),
        (b"just a note about a part\n", "text that starts with 'just a note"),
        (bytes(range(128, 256)) * 4, "binary data"),
        (b"\0" * 5000, "zero bytes"),
        ("ISO-10303-21;".encode("utf-16"), "UTF-16"),
        (b"  0\nSECTION\n  2\nHEADER\n", "DXF"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "other.step"
    path.write_bytes(content)
    assert word in refusal(path)


def test_zip_archive(tmp_path: Path, block: Path) -> None:
    path = tmp_path / "part.stpz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(block, "part.step")
    assert "zip" in refusal(path)


def test_whole_file_passes_and_both_doors_agree(block: Path) -> None:
    source = read_source(block)
    assert source.text.startswith("ISO-10303-21;")
    assert len(source.sha256) == 64
    assert load_solid(block) is not None
    assert read_part(block).sha256 == source.sha256


def test_mangled_entities_are_refused(tmp_path: Path, block: Path) -> None:
    path = tmp_path / "mangled.step"
    text = block.read_text()
    path.write_text(text.replace("MANIFOLD_SOLID_BREP", "MANIFOLD_SOLID_BROP"))
    assert refusal(path)
