"""The checker of record schedules sees seeded faults; the records themselves are checked where the instances are."""

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest

HOME = Path(__file__).parents[3] / "certificates"
DATA = (
    Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).parents[4] / "shared" / "data")) / "scheduling" / "instances"
)


def _fault(instance: dict[str, Any], certificate: dict[str, Any]) -> str:
    spec = importlib.util.spec_from_file_location("certificate_check", HOME / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.fault(instance, certificate))


INSTANCE = {"jobs": [[[[0, 3], [1, 2]], [[0, 4]]], [[[0, 2]]]]}


def _schedule() -> dict[str, Any]:
    rows = ((0, 0, 1, 0, 2), (0, 1, 0, 2, 6), (1, 0, 0, 0, 2))
    names = ("job", "operation", "machine", "start", "end")
    return {"instance": "tiny", "makespan": 6, "operations": [dict(zip(names, row, strict=True)) for row in rows]}


def test_a_right_schedule_has_no_fault() -> None:
    assert _fault(INSTANCE, _schedule()) == ""


@pytest.mark.parametrize(
    ("place", "change", "word"),
    [(1, {"start": 1, "end": 5}, "before"), (2, {"start": 3, "end": 5}, "two things"), (0, {"end": 3}, "offered"),
     (0, {"machine": 2}, "offered"), (2, {"job": 0}, "exactly once")],
)  # fmt: skip
def test_seeded_faults_are_seen(place: int, change: dict[str, int], word: str) -> None:
    broken = _schedule()
    broken["operations"][place] |= change
    assert word in _fault(INSTANCE, broken)


def test_a_wrong_makespan_is_seen() -> None:
    assert "ends at 6" in _fault(INSTANCE, _schedule() | {"makespan": 5})


@pytest.mark.parametrize("path", sorted(HOME.glob("*.json")), ids=lambda path: path.stem)
def test_the_records_hold(path: Path) -> None:
    instance = DATA / path.name
    if not instance.exists():
        pytest.skip(f"{instance} isn't here")
    assert _fault(json.loads(instance.read_text()), json.loads(path.read_text())) == ""
