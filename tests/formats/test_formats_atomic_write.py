"""What is written takes the place of a file, never of a device or a pipe, which a command run by the system's owner could."""

import os
from pathlib import Path

import pytest

from nightmill.formats import write_atomic
from nightmill.vocabulary.errors import BadInput


def test_an_output_never_takes_the_place_of_what_is_no_file(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link, Path("/dev/null")):
        with pytest.raises(BadInput, match="a device or a pipe"):
            write_atomic(path, "text")
    assert pipe.is_fifo()
    assert not Path("/dev/null").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_a_file_is_written_in_place_of_another(tmp_path: Path) -> None:
    write_atomic(tmp_path / "file", "one")
    write_atomic(tmp_path / "file", "two")
    assert (tmp_path / "file").read_text() == "two"
