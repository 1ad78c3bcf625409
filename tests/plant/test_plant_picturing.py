"""The picture of a part before it is planned: read in a child, kept by the file's hash, refused with words."""

from pathlib import Path

import pytest

from nightmill.plant import picture_of
from nightmill.plant.places import state_folder
from nightmill.vocabulary.errors import BadInput

PART = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts" / "bracket.step"


def test_what_is_no_step_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="STEP"):
        picture_of(tmp_path, b"solid ascii")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_picture_is_made_once_and_has_every_face(tmp_path: Path) -> None:
    step = PART.read_bytes()
    found = picture_of(tmp_path, step)
    faces = step.count(b"ADVANCED_FACE(")
    assert set(found["face_of"]) == set(range(faces))
    assert len(found["face_of"]) == len(found["triangles"])
    (kept,) = (state_folder(tmp_path) / "desk" / "pictures").iterdir()
    before = kept.stat().st_mtime_ns
    assert picture_of(tmp_path, step) == found
    assert kept.stat().st_mtime_ns == before
