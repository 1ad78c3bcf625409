"""Short runs of ``campaigns/posted_programs.py``, and proof that they would notice."""

import random
from pathlib import Path

import numpy as np
import pytest
from mutated_nc import mutated
from posted_programs import elsewhere, found, mutants, proven, read_back, seeded, toolpaths, typing_error, written

from nightmill.cam import default_machine, default_tools, material_named, posts
from nightmill.cam.cutting_data.milling import milling
from nightmill.cam.geometry.arc_fitting import fitted
from nightmill.cam.post.heidenhain import HeidenhainPost
from nightmill.cam.toolpath.milling_program import Peck, Program, Round
from nightmill.cam.toolpath.toolpath import Line, Toolpath, encoded
from nightmill.verification.nc import reader
from nightmill.verification.nc.heidenhain_control import read_heidenhain

ROUND = np.array([(20 * np.cos(a), 12 + 20 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 90)])


def milled() -> Toolpath:
    """Return a toolpath with every kind of block of a mill, as the strategies build it."""
    machine = default_machine()
    program = Program(machine, ["part {one}"], 25.0)
    cutters = [tool for tool in default_tools() if tool.type == "flat"]
    data = milling(cutters[0], material_named("Al 6061"), machine, 2.0, 4.0)
    program.load(cutters[0], data, "walls")
    program.over(20, 12)
    program.down(1.0)
    program.feed([(20, 12, -2.0), (21, 12, -2.0), (20, 12, -2.0)], 480.5)
    program.trace(fitted(ROUND, 0.002), -2.0, 1234.5)
    program.thread((3.0, 4.0), 2.0, -8.0, Round(1.6543, 1.5), 333.3)
    program.load(cutters[1], data, "holes")
    program.over(5, 5)
    program.drill((5, 5), 2.0, -14.2, 210.0, Peck(3.3, out=True))
    program.drill((15, 5), 2.0, -14.2, 210.0, Peck(3.3, out=True))
    program.drill((25, 5), 2.0, -9.0, 210.0, Peck(4.0))
    program.drill((35, 5), 2.0, -3.0, 210.0, Peck())
    program.feed_cycle("ream", (35, 15), 2.0, -3.0, 90.0)
    program.feed_cycle("tap", (35, 25), 2.0, -6.0, 1.25 * data.spindle_rpm)
    program.feed([(36, 25, 2.0)], 700.0)
    return program.finish()


@pytest.fixture(scope="module")
def path() -> Toolpath:
    return milled()


def test_programs_of_all_posts_are_read_back(path: Toolpath, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "1.toolpath").write_bytes(encoded(path))
    same, differ = read_back(toolpaths([tmp_path]), 60, random.Random(1))
    assert not differ
    assert set(same) == set(posts.post_names())
    assert same.total() == 60


def test_seeded_faults_are_found(path: Toolpath) -> None:
    caught, missed = seeded([path], 60, random.Random(1))
    assert len(missed) <= 1, missed
    assert set(caught) == set(posts.post_names())


def test_mutants_are_read_or_refused(path: Toolpath) -> None:
    answers, failures = mutants([path], 150, random.Random(1), 20.0)
    assert not failures
    assert answers["refused"] > answers["read"] > 0


def test_a_typing_error_changes_one_number(path: Toolpath) -> None:
    draw = random.Random(4)
    for control in posts.post_names():
        text = written(path, control)
        _, wrong = typing_error(text, control, draw)
        assert sum(a != b for a, b in zip(text.splitlines(), wrong.splitlines(), strict=True)) == 1


def test_a_post_that_is_wrong_is_noticed(path: Toolpath, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(proven(path), path, written(path, "heidenhain"), "heidenhain") is None

    def line(self: HeidenhainPost, move: Line) -> list[str]:
        return [f"L{self._target(move)} R0 F99"]

    monkeypatch.setattr(HeidenhainPost, "line", line)
    _, differ = read_back([path], 10, random.Random(1))
    assert len(differ) == 2
    assert all("heidenhain: line " in each for each in differ)


def test_a_reader_that_lets_faults_pass_is_noticed(path: Toolpath, monkeypatch: pytest.MonkeyPatch) -> None:
    good = read_heidenhain(written(path, "heidenhain"))
    monkeypatch.setitem(reader.readers(), "heidenhain", lambda *_: good)
    _, missed = seeded([path], 20, random.Random(1))
    assert len(missed) >= 3
    assert all("heidenhain" in each for each in missed)


def test_a_reader_that_breaks_or_hangs_is_noticed(path: Toolpath, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = dict.fromkeys(posts.post_names(), len)
    monkeypatch.setattr("posted_programs.readers", lambda: broken)
    _, failures = mutants([path], 5, random.Random(1), -1.0)
    assert sum("TypeError" in each for each in failures) == 5
    assert sum("took longer" in each for each in failures) == 5


def test_a_copy_elsewhere_keeps_its_blocks(path: Toolpath) -> None:
    other = elsewhere(path, random.Random(2))
    assert [type(block) for block in other.blocks] == [type(block) for block in path.blocks]
    assert other != path


@pytest.mark.parametrize("text", [b"", b"x", b"\n"])
def test_the_shortest_texts_are_mutated(text: bytes) -> None:
    draw = random.Random(1)
    assert all(isinstance(mutated(text, draw), bytes) for _ in range(100))
