"""Kinds of defects from few examples: told apart, doubted where unlike, and learned from what a person confirms."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nightmill.quality import DefectTypes
from nightmill.vocabulary.errors import BadInput

Picture = NDArray[np.uint8]


def _scratch(rng: np.random.Generator) -> Picture:
    picture = rng.normal(120, 5, (96, 96))
    row = rng.integers(20, 70)
    for step in range(60):
        picture[row + step // 8, 15 + step] -= 60
    return np.clip(picture, 0, 255).astype(np.uint8)


def _pit(rng: np.random.Generator) -> Picture:
    picture = rng.normal(120, 5, (96, 96))
    y, x = np.mgrid[0:96, 0:96]
    for _ in range(3):
        picture[(y - rng.integers(15, 80)) ** 2 + (x - rng.integers(15, 80)) ** 2 < 40] -= 70
    return np.clip(picture, 0, 255).astype(np.uint8)


def _stripe(rng: np.random.Generator) -> Picture:
    picture = rng.normal(120, 5, (96, 96))
    picture[:, ::6] += 40
    return np.clip(picture, 0, 255).astype(np.uint8)


KINDS = {"pit": _pit, "scratch": _scratch}


@pytest.fixture(scope="module")
def types() -> DefectTypes:
    rng = np.random.default_rng(1)
    return DefectTypes.fit({kind: [make(rng) for _ in range(4)] for kind, make in KINDS.items()})


def test_new_pictures_are_told_apart(types: DefectTypes) -> None:
    rng = np.random.default_rng(2)
    for kind, make in KINDS.items():
        found = [types.tell(make(rng)) for _ in range(10)]
        assert sum(each.kind == kind for each in found) >= 9
        assert sum(each.sure for each in found) >= 7
        assert all(0.5 <= each.probability <= 1 for each in found)


def test_a_person_who_corrects_teaches_a_new_kind(types: DefectTypes) -> None:
    rng = np.random.default_rng(3)
    taught = types
    for _ in range(3):
        taught = taught.confirmed(_stripe(rng), "stripe")
    assert taught.kinds == ("pit", "scratch", "stripe")
    assert [taught.tell(_stripe(rng)).kind for _ in range(5)] == ["stripe"] * 5
    assert [taught.tell(_pit(rng)).kind for _ in range(5)].count("pit") >= 4
    assert types.kinds == ("pit", "scratch"), "what was known before stays as it was"


def test_it_is_written_and_read_back_and_foreign_bytes_are_refused(types: DefectTypes) -> None:
    picture = _pit(np.random.default_rng(4))
    again = DefectTypes.from_bytes(types.to_bytes())
    assert again.tell(picture) == types.tell(picture)
    data = types.to_bytes()
    for wrong in (b"", b"PK", data[: len(data) // 2]):
        with pytest.raises(BadInput):
            DefectTypes.from_bytes(wrong)


def test_too_little_to_learn_from_is_named() -> None:
    picture = _pit(np.random.default_rng(5))
    with pytest.raises(BadInput, match="two kinds"):
        DefectTypes.fit({"pit": [picture]})
    with pytest.raises(BadInput, match="scratch"):
        DefectTypes.fit({"pit": [picture], "scratch": []})
