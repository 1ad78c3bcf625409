"""What a person reads of a certificate."""

from typing import Any

import pytest

from nightmill.cli.parts.part import _print_certificate

JUDGED: dict[str, Any] = {
    "certified": True, "gouge_mm": 0.0, "excess_mm": 0.0, "certified_area_share": 0.9957, "rapid_hits": 0,
    "collisions": 0, "uncut": [], "messages": ["a note"], "wall_sections": 30, "wall_area_share": 0.998,
}  # fmt: skip


def test_a_certificate_says_how_walls_were_judged(capsys: pytest.CaptureFixture[str]) -> None:
    _print_certificate(JUDGED)
    first, second, note = capsys.readouterr().out.splitlines()
    assert first.startswith("CERTIFIED: gouge 0.0 mm, excess 0.0 mm, 99.57% of the visible area")
    assert second == "second check of walls: 30 exact sections cover 99.8% of the wall area"
    assert note == "a note"


def test_what_was_not_checked_gets_no_figures(capsys: pytest.CaptureFixture[str]) -> None:
    unmade = dict.fromkeys(JUDGED) | {"certified": False, "uncut": [], "messages": ["the geometry was not checked"]}
    _print_certificate(unmade)
    assert capsys.readouterr().out.splitlines() == ["NOT certified", "the geometry was not checked"]
