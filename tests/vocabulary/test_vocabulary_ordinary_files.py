"""Files are ordinary ones behind their links, or an error that names them; nothing is waited for."""

import os
from pathlib import Path

import pytest

from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary


def test_a_file_behind_links_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "c").symlink_to("b")
    assert read_ordinary(tmp_path / "c", 1) == b"x"


@pytest.mark.parametrize(
    ("kind", "said"),
    [("dangling", "isn't there"), ("loop", "symbolic links"), ("pipe", "a pipe"), ("folder", "a folder"), ("device", "a device"), ("large", "bytes"), ("none", "no such file")],
)  # fmt: skip
def test_what_is_no_ordinary_file_is_an_error_that_names_it(tmp_path: Path, kind: str, said: str) -> None:
    path = tmp_path / "stock.csv"
    match kind:
        case "dangling":
            path.symlink_to("nowhere")
        case "loop":
            path.symlink_to("stock.csv")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "device":
            path.symlink_to("/dev/zero")
        case "large":
            with path.open("wb") as file:
                file.truncate(3 << 30)
    assert is_there(path) == (kind != "none")
    with pytest.raises(BadInput, match=said) as caught:
        read_ordinary(path, 1000)
    assert "stock.csv" in caught.value.findings[0].file
