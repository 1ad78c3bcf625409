import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nightmill.formats import decode_image, read_document, read_image, read_tables, write_atomic
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def test_image_round_trip(tmp_path: Path) -> None:
    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    (tmp_path / "a.png").write_bytes(png(pixels))
    assert np.array_equal(read_image(tmp_path / "a.png"), pixels)
    grey = decode_image(png(pixels[:, :, 0].copy()), "g")
    assert grey.shape == (5, 7, 3)
    assert np.array_equal(grey[:, :, 1], pixels[:, :, 0])


@pytest.mark.parametrize("data", [b"", b"text", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_no_picture(data: bytes) -> None:
    with pytest.raises(BadInput):
        decode_image(data, "x.png")


def test_cut_off_and_bomb(tmp_path: Path) -> None:
    data = png(np.random.default_rng(1).integers(0, 255, (60, 60, 3), dtype=np.uint8))
    for end in range(10, len(data) - 20, 997):
        with pytest.raises(BadInput):
            decode_image(data[:end], "x.png")
    with pytest.raises(BadInput, match="pixels"):
        decode_image(png(np.zeros((300, 300), np.uint8)), "x.png", pixel_limit=80_000)
    with pytest.raises(BadInput, match="no such file"):
        read_image(tmp_path / "gone.png")
    with pytest.raises(BadInput, match="folder"):
        read_image(tmp_path)


def test_write_atomic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "deep" / "file.json"
    write_atomic(target, "grüße")
    assert target.read_bytes() == "grüße".encode()
    write_atomic(target.with_name("other.json"), target)
    write_atomic(target, target.with_name("other.json"))
    assert [path.name for path in target.parent.iterdir()] == ["file.json"]
    with pytest.raises(EnvironmentFailed, match="No such file"):
        write_atomic(target, target.with_name("other.json"))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(EnvironmentFailed, match="No space left"):
        write_atomic(target, b"new")
    assert target.read_bytes() == "grüße".encode()
    assert [path.name for path in target.parent.iterdir()] == ["file.json"]


def test_tables(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_bytes(b"\xef\xbb\xbfitem\na\n")
    (tmp_path / "notes.txt").write_text("x")
    assert read_tables(tmp_path) == {"items.csv": "item\na\n"}
    (tmp_path / "bom.csv").write_bytes(b"parent\n\xe9\n")
    with pytest.raises(BadInput) as caught:
        read_tables(tmp_path, required=("stock.csv",))
    assert {(one.file, one.place) for one in caught.value.findings} == {("bom.csv", "line 2"), ("stock.csv", "")}
    assert read_document(tmp_path / "notes.txt") == "x"
    with pytest.raises(BadInput):
        read_document(tmp_path / "none")
