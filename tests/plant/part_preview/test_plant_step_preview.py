"""The picture of a part before it is planned: read in a kept child, kept by the file's hash, refused with words."""

import os
import signal
import tempfile
import threading
import time
from pathlib import Path

import msgspec
import pytest

from nightmill.plant.part_preview import Pictures
from nightmill.plant.part_preview.step_preview import REST_S
from nightmill.plant.part_preview.step_preview_child import Wanted
from nightmill.plant.workspace.layout import state_folder
from nightmill.vocabulary.errors import BadInput, Finding

PART = Path(__file__).parents[3] / "src" / "nightmill" / "plant" / "example" / "parts" / "bracket.step"
HEAD = b"ISO-10303-21;"
LOOK_S = 0.02


def _file(body: bytes) -> Path:
    """What somebody has sent, as the server has it."""
    handle, name = tempfile.mkstemp(prefix="nightmill-sent-")
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    return Path(name)


def work(asked: bytes) -> bytes:
    """A child's side without a geometry kernel: it dies of some files, refuses others, and says who it is."""
    wanted = msgspec.json.decode(asked, type=Wanted)
    text = Path(wanted.step).read_bytes().removeprefix(HEAD).decode()
    if text == "fast kills" and wanted.sweep:
        os.kill(os.getpid(), signal.SIGSEGV)
    if text == "kills":
        os.kill(os.getpid(), signal.SIGSEGV)
    if text == "named":
        raise BadInput(Finding(wanted.step, "length unit", "bad", "good", "Mend it."))
    if text == "refused":
        raise BadInput(Finding("part", "", "bad", "good", "Mend it."))
    while text.startswith("slow ") and not Path(text.removeprefix("slow ")).exists():
        time.sleep(LOOK_S)
    return msgspec.json.encode({"vertices": [], "triangles": [], "face_of": [os.getpid(), int(wanted.sweep)]})


def ready() -> None:
    """What such a child does first: it leaves a mark."""
    (Path(os.environ["NIGHTMILL_TEST_MARKS"]) / str(os.getpid())).touch()


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pictures:
    """Pictures by ``work``; each child that has got ready is a file in ``tmp_path / "marks"``."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((os.path.dirname(__file__), os.environ.get("PYTHONPATH", ""))))
    monkeypatch.setenv("NIGHTMILL_TEST_MARKS", str(tmp_path / "marks"))
    (tmp_path / "marks").mkdir()
    monkeypatch.setattr("nightmill.plant.part_preview.step_preview.MESH_CALL", "test_plant_step_preview:work")
    return Pictures(tmp_path)


def child(pictures: Pictures, text: str) -> int:
    """The process that meshed a file of that text."""
    number: int = pictures.of(_file(HEAD + text.encode()))["face_of"][0]
    return number


def living(number: int) -> bool:
    """Whether that process is there."""
    return Path(f"/proc/{number}").exists()


def test_what_is_no_step_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="STEP"):
        Pictures(tmp_path).of(_file(b"solid ascii"))
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_picture_is_made_once_and_has_every_face(tmp_path: Path) -> None:
    step = PART.read_bytes()
    pictures = Pictures(tmp_path)
    found = pictures.of(_file(step))
    faces = step.count(b"ADVANCED_FACE(")
    assert set(found["face_of"]) == set(range(faces))
    assert len(found["face_of"]) == len(found["triangles"])
    (kept,) = (state_folder(tmp_path) / "desk" / "pictures").iterdir()
    before = kept.stat().st_mtime_ns
    assert pictures.of(_file(step)) == found
    assert kept.stat().st_mtime_ns == before


def test_a_child_gets_ready_before_the_first_file_and_stays_for_the_next(pictures: Pictures, tmp_path: Path) -> None:
    pictures.begin()
    deadline = time.monotonic() + 120
    while not (marks := list((tmp_path / "marks").iterdir())):
        assert time.monotonic() < deadline
        time.sleep(LOOK_S)
    assert child(pictures, "a") == child(pictures, "b") == int(marks[0].name)


def test_without_one_that_stands_ready_none_is_left_behind(pictures: Pictures) -> None:
    assert not living(child(pictures, "a"))


@pytest.mark.parametrize("file", ["refused", "kills"])
def test_the_next_file_never_meets_a_child_that_read_a_bad_one(pictures: Pictures, file: str) -> None:
    pictures.begin()
    before = child(pictures, "a")
    with pytest.raises(BadInput):
        pictures.of(_file(HEAD + file.encode()))
    assert not living(before)
    assert child(pictures, "b") != before


def test_a_child_is_replaced_after_some_files_and_after_a_large_one(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightmill.plant.part_preview.step_preview.FILES_A_CHILD", 2)
    monkeypatch.setattr("nightmill.plant.part_preview.step_preview.LARGE_BYTES", 100)
    pictures.begin()
    first, second, third = (child(pictures, text) for text in "abc")
    assert first == second != third
    assert child(pictures, "d" * 200) == third
    assert not living(third)


def test_a_picture_that_another_thread_clears_away_meanwhile_is_no_error(pictures: Pictures, tmp_path: Path) -> None:
    place = state_folder(tmp_path) / "desk" / "pictures"
    place.mkdir(parents=True)
    (place / "gone.json").symlink_to(tmp_path / "cleared away")
    assert child(pictures, "a")


def test_a_part_that_the_faster_way_dies_of_is_meshed_by_the_other(pictures: Pictures) -> None:
    assert pictures.of(_file(HEAD + b"a"))["face_of"][1] == 1
    assert pictures.of(_file(HEAD + b"fast kills"))["face_of"][1] == 0


def test_a_file_that_takes_long_keeps_nobody_waiting(pictures: Pictures, tmp_path: Path) -> None:
    done = tmp_path / "done"
    found: list[int] = []
    slow = threading.Thread(target=lambda: found.append(child(pictures, f"slow {done}")))
    slow.start()
    try:
        deadline = time.monotonic() + 120
        while not list((tmp_path / "marks").iterdir()):
            assert time.monotonic() < deadline
            time.sleep(LOOK_S)
        other = child(pictures, "a")
    finally:
        done.touch()
        slow.join()
    assert found
    assert other != found[0]


def test_what_is_wrong_with_a_file_is_told_of_the_one_that_was_sent(pictures: Pictures) -> None:
    with pytest.raises(BadInput) as refused:
        pictures.of(_file(HEAD + b"named"))
    assert [each.file for each in refused.value.findings] == ["part"]


def test_what_can_wait_rests_while_a_picture_is_made_and_until_it_is_drawn(pictures: Pictures, tmp_path: Path) -> None:
    done = tmp_path / "done"
    slow = threading.Thread(target=lambda: child(pictures, f"slow {done}"))
    slow.start()
    try:
        deadline = time.monotonic() + 120
        while not list((tmp_path / "marks").iterdir()):
            assert time.monotonic() < deadline
            time.sleep(LOOK_S)
        began = time.monotonic()
        pictures.rest(2 * REST_S)
        assert time.monotonic() - began >= 2 * REST_S, "a picture is at work"
    finally:
        done.touch()
        slow.join()
    ended = time.monotonic()
    pictures.rest(120)
    assert REST_S - 0.1 < time.monotonic() - ended < 60
    began = time.monotonic()
    pictures.rest(120)
    assert time.monotonic() - began < 60, "nobody looks"
