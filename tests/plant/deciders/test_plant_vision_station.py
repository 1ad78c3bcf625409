"""The camera in the loop: every picture is kept, and of one that isn't accepted the heat map that people are shown."""

import base64
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from desk_sample import write_shop
from PIL import Image

from nightmill.floor import ShopState, empty_state
from nightmill.floor.records import PartState
from nightmill.plant.deciders.inspection import InspectionDecider
from nightmill.plant.deciders.pictures_beside import PictureReader
from nightmill.plant.deciders.vision_station import Eye
from nightmill.plant.views.fold import ViewFold
from nightmill.plant.views.shop_view import _images
from nightmill.plant.workspace.layout import picture_path
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.ids import OrderId, PartId, SerialId


def _picture(seed: int, *, spot: bool = False, light: float = 1.0) -> bytes:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:96, 0:96]
    values = 120 + 20 * (x > 30) - 25 * (y > 60) + rng.normal(0, 4, (96, 96))
    if spot:
        values[40:50, 60:70] -= 90
    out = io.BytesIO()
    Image.fromarray(np.clip(values * light, 0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


class _Shop:
    def units(self, kind: str) -> tuple[()]:
        return ()


class _Offsets:
    """Nothing is steered here."""


class _Cell:
    def image(self, name: str) -> bytes:
        if name == "broken.png":
            return b"no picture at all"
        if name.startswith("golden-camera-2"):
            return _picture(int(name.rpartition("-")[2]), light=0.6)
        if name.startswith("golden-") and not name[7:].isdigit():
            raise BadInput(Finding("cell", "image", name, "a photograph", "Ask for another."))
        if name.startswith("golden"):
            return _picture(int(name.removeprefix("golden-")))
        return _picture(500 + len(name), spot=name == "B-1.png", light=0.6 if name.startswith("dark") else 1.0)

    def ask(self, question: Callable[["_Cell"], Any]) -> Any:
        return question(self)

    def patiently(self, write: Callable[[], None], what: str) -> None:
        write()


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a station that has learned its good parts."""
    folder = tmp_path_factory.mktemp("learned")
    Eye(folder, _Cell()).look("A-1.png")  # type: ignore[arg-type]
    return folder


def _eye(folder: Path, learned: Path, cell: _Cell) -> Eye:
    """A station in ``folder`` that knows good parts already."""
    shutil.copytree(learned / ".nightmill" / "models", folder / ".nightmill" / "models")
    return Eye(folder, cell)  # type: ignore[arg-type]


def test_people_are_shown_where_a_refused_part_is_hot(tmp_path: Path) -> None:
    look = Eye(tmp_path, _Cell()).look  # type: ignore[arg-type]
    assert look("A-1.png")[0] == "good"
    verdict, score, reason = look("B-1.png")
    assert verdict != "good"
    assert score is not None
    assert score > 1
    assert "score" in reason
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")}
    assert {path.split("images/")[1] for path in kept} == {"A-1.png", "B-1.png", "heat/B-1.png"}
    log = [
        fact
        for serial, word in (("A", "good"), ("B", "bad"))
        for fact in (
            e.Event(1, 0.0, "machine", e.Reported(r.ImageTaken(1, 0.0, "camera", "c", serial, f"{serial}-1.png"))),
            e.Event(2, 0.0, "software", e.VerdictGiven(serial, "p/1", "vision", word, {"score": 1.0}, "")),
        )
    ]
    shown = {}
    shop = whole_shop(write_shop(tmp_path / "shop"))
    folded = ViewFold(shop)
    for event in log:
        folded.take(event, empty_state(shop))
    for view in _images(tmp_path, folded):
        with Image.open(io.BytesIO(base64.b64decode(view.png_base64))) as image:
            shown[view.serial] = np.asarray(image, dtype=int)
    assert shown["A"].shape == (96, 96)
    assert shown["B"][45, 65, 0] - shown["B"][45, 65, 2] > 60, "the spot is warm"


@pytest.mark.parametrize(
    "name",
    ["PO 4711/1.001-1.png", "../../../away.png", "..", "C:\\a?*.png", "\N{GREEK SMALL LETTER ALPHA}" * 130 + ".png"],
)
def test_a_picture_of_any_name_is_one_file_of_the_shop_and_shown_with_its_heat(
    tmp_path: Path, learned: Path, name: str
) -> None:
    class Spotted(_Cell):
        def image(self, name: str) -> bytes:
            return super().image(name if name.startswith("golden") else "B-1.png")

    (tmp_path / "shop" / "deep").mkdir(parents=True)
    home = tmp_path / "shop" / "deep" / "here"
    eye = _eye(home, learned, Spotted())
    assert eye.look(name)[0] != "good"
    pictures = home / ".nightmill" / "images"
    files = {path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".npz"}
    assert len(files) == 2
    assert {path.parent for path in files} == {pictures, pictures / "heat"}
    shop = whole_shop(write_shop(tmp_path / "other"))
    folded = ViewFold(shop)
    taken = e.Reported(r.ImageTaken(1, 0.0, "camera", "c", "B", name))
    folded.take(e.Event(1, 0.0, "machine", taken), empty_state(shop))
    folded.take(e.Event(2, 0.0, "software", e.VerdictGiven("B", "p/1", "vision", "bad", {}, "")), empty_state(shop))
    (view,) = _images(home, folded)
    assert base64.b64decode(view.png_base64) in [path.read_bytes() for path in files if path.parent.name == "heat"]


@pytest.mark.parametrize(
    "order", ["AB 26/7", "../../../elsewhere", "/tmp/elsewhere", "..", "x" * 300, "%2E%2E", 'a:b*?"<>\\']
)
def test_a_picture_stays_in_its_folder_whatever_its_order_is_called(tmp_path: Path, learned: Path, order: str) -> None:
    folder = tmp_path / "a" / "b" / "shop"
    image = f"{order}.001-1.png"
    _eye(folder, learned, _Cell()).look(image)
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix == ".png"]
    assert {path.parent for path in kept} <= {
        folder / ".nightmill" / "images",
        folder / ".nightmill" / "images" / "heat",
    }
    assert kept
    shop = whole_shop(write_shop(tmp_path / "shop"))
    folded = ViewFold(shop)
    for fact in (
        e.Reported(r.ImageTaken(1, 0.0, "camera", "c", f"{order}.001", image)),
        e.VerdictGiven(f"{order}.001", "p/1", "vision", "good", {"score": 0.5}, ""),
    ):
        folded.take(e.Event(1, 0.0, "machine", fact), empty_state(shop))
    assert [view.serial for view in _images(folder, folded)] == [f"{order}.001"], "and is found there"


def test_pictures_of_different_names_are_different_files(tmp_path: Path) -> None:
    names = ["a/b.png", "a%2Fb.png", "a%b.png", "a\\b.png", ".a.png", "%2Ea.png", "x" * 300, "x" * 301, "", "heat"]
    assert len({picture_path(tmp_path, name) for name in names}) == len(names)
    folder = picture_path(tmp_path, "a.png", heat=True).parent
    assert {picture_path(tmp_path, name).parent for name in names} == {folder.parent}
    assert folder not in {picture_path(tmp_path, name) for name in names}


def test_the_station_tells_that_its_light_has_changed_and_falls_silent_when_it_is_back(tmp_path: Path) -> None:
    eye = Eye(tmp_path, _Cell())  # type: ignore[arg-type]
    assert eye.changed() == {}
    told = []
    for name in ["a.png"] * 4 + ["dark.png"] * 4 + ["a.png"] * 4:
        eye.look(name)
        told.append(set(eye.changed()))
    assert told[:6] == [set()] * 6, "a single odd picture says nothing of the light"
    assert "light" in told[7]
    assert told[-1] == set()


@pytest.mark.slow
def test_a_second_station_has_its_own_light_and_its_own_photographs(tmp_path: Path) -> None:
    eye = Eye(tmp_path, _Cell(), stations=2)  # type: ignore[arg-type]
    for _ in range(4):
        assert eye.look("a.png", "camera-1")[0] == "good"
        assert eye.look("dark.png", "camera-2")[0] == "good", "it was set up in this light"
    assert eye.changed("camera-1") == eye.changed("camera-2") == {}
    for _ in range(4):
        eye.look("dark.png", "camera-1")
    assert "light" in eye.changed("camera-1")
    assert eye.changed("camera-2") == {}
    assert sorted(path.name for path in tmp_path.rglob("*.npz")) == ["vision-camera-2.npz", "vision.npz"]


def test_a_cell_that_cannot_be_reached_does_not_give_a_station_the_photographs_of_others(tmp_path: Path) -> None:
    class Away(_Cell):
        away = True

        def image(self, name: str) -> bytes:
            if self.away and name.startswith("golden-camera-2"):
                raise EnvironmentFailed(Finding("cell", "", "no answer", "an answer", "Wait."))
            return super().image(name)

    cell = Away()
    eye = Eye(tmp_path, cell, stations=2)  # type: ignore[arg-type]
    with pytest.raises(EnvironmentFailed):
        eye.look("dark.png", "camera-2")
    cell.away = False
    assert eye.look("dark.png", "camera-2")[0] == "good", "judged by its own photographs"
    assert not (tmp_path / ".nightmill" / "models" / "vision.npz").exists()


def test_a_picture_that_cannot_be_read_leaves_a_doubt_and_does_not_end_the_run(tmp_path: Path) -> None:
    eye = Eye(tmp_path, _Cell())  # type: ignore[arg-type]
    verdict, score, reason = eye.look("broken.png", "camera-1")
    assert verdict not in {"good", "reject"}
    assert score is None, "nobody may take it for one like good parts"
    assert "can't be read" in reason
    assert eye.look("A-1.png", "camera-1")[0] == "good"


def test_without_room_for_the_child_that_reads_a_picture_there_is_a_doubt_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    eye = Eye(tmp_path, _Cell())  # type: ignore[arg-type]
    assert eye.look("A-1.png", "camera-1")[0] == "good"

    def no_room(self: PictureReader, data: bytes, name: str) -> None:
        raise EnvironmentFailed(Finding("child", "", "no memory", "room for a child", "Wait."))

    with monkeypatch.context() as short:
        short.setattr(PictureReader, "read", no_room)
        assert eye.look("A-2.png", "camera-1") == ("unreadable", None, "the picture can't be read: no memory")
    assert eye.look("A-2.png", "camera-1")[0] == "good"


def test_the_loop_raises_one_alarm_a_change_of_the_station() -> None:
    now: dict[str, str] = {}
    kept = {"camera-1": now}
    room = InspectionDecider(_Shop(), {}, _Offsets(), lambda *_: ("good", 0.5, ""), lambda unit: kept.get(unit, {}))  # type: ignore[arg-type]
    part = PartState(SerialId("A"), OrderId("p"), PartId("o"), "blank")
    state = ShopState(parts={"A": part})

    def alarms() -> list[str]:
        found = room._verdict(state, "A", r.ImageTaken(1, 0.0, "camera-1", "c", "A", "A.png"))
        raised = [each.fact for each in found if isinstance(each.fact, e.AlarmRaised)]
        for fact in raised:
            room.observe(e.Event(1, 0.0, "software", fact), state)
        return [f"{fact.alarm} {fact.subject}: {fact.text}" for fact in raised]

    assert alarms() == []
    now["light"] = "darker"
    assert alarms() == ["camera_changed camera-1 light: darker"]
    assert alarms() == [], "it was said"
    now["pose"] = "moved"
    room._new = [(serial, r.ImageTaken(1, 0.0, "camera-1", "c", "A", "A.png")) for serial in ("A", "A")]
    part.cuts = []
    raised = [each.fact for each in room.decide(state) if isinstance(each.fact, e.AlarmRaised)]
    assert [fact.subject for fact in raised] == ["camera-1 pose"], "once, though two pictures came at once"
    assert not room._station("camera-2"), "another station stands where it stood"
    now.clear()
    assert alarms() == []
    now["light"] = "darker"
    assert len(alarms()) == 1


def test_a_part_whose_pictures_cannot_be_read_is_taken_again_and_then_kept_back(tmp_path: Path) -> None:
    eye = Eye(tmp_path, _Cell())  # type: ignore[arg-type]
    room = InspectionDecider(_Shop(), {}, _Offsets(), lambda *_: eye.look("broken.png", "camera-1"))  # type: ignore[arg-type]
    part = PartState(SerialId("A"), OrderId("p"), PartId("o"), "blank")
    state: Any = SimpleNamespace(policy="closed-loop", parts={"A": part})
    shop = whole_shop(write_shop(tmp_path / "shop"))
    folded = ViewFold(shop)
    said: list[e.VerdictGiven] = []
    for number, word in enumerate(("again", "doubt"), 1):
        report = r.ImageTaken(number, 0.0, "camera-1", "c", "A", "broken.png")
        (given,) = [each.fact for each in room._verdict(state, "A", report)]
        assert isinstance(given, e.VerdictGiven)
        assert (given.verdict, given.evidence) == (word, {}), "no score at all, least of all that of a perfect part"
        part.verdicts[":vision"] = given.verdict
        said.append(given)
        for fact in (e.Reported(report), given):
            folded.take(e.Event(number, 0.0, "software", fact), empty_state(shop))
    assert room._disposition(state, part, said[-1])[0] == "quarantine"
    good = r.ImageTaken(3, 0.0, "camera-1", "c", "B", "A-1.png")
    for fact in (e.Reported(good), e.VerdictGiven("B", "", "vision", "good", {"score": 0.9})):
        folded.take(e.Event(3, 0.0, "software", fact), empty_state(shop))
    assert folded.pictures(1)[0][0].serial == "A", "people look first at what nobody could judge"
    assert [view.score for view in _images(tmp_path, folded) if view.serial == "A"] == [None, None]
