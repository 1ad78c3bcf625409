"""The grammar of callouts and frames, by example and by what must be flagged."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.intake.drawing.grammar.callouts import read_callout
from nightmill.intake.drawing.grammar.feature_control_frames import frame_in_line, read_frame
from nightmill.intake.drawing.records import Asked
from nightmill.intake.drawing.symbols import plain

EXAMPLES: list[tuple[str, dict[str, object]]] = [
    ("Ø12,5 H7", {"kind": "diameter", "nominal": 12.5, "lower": 12.5, "upper": 12.518, "fit": "H7"}),
    ("%%c12%%p0.1", {"kind": "diameter", "nominal": 12.0, "lower": 11.9, "upper": 12.1}),
    ("50 +0.1/-0.05", {"kind": "length", "nominal": 50.0, "lower": 49.95, "upper": 50.1}),
    ("50⟨+0.1|-0.05⟩", {"kind": "length", "lower": 49.95, "upper": 50.1}),
    ("⌀10 0/-0.1", {"kind": "diameter", "lower": 9.9, "upper": 10.0}),
    ("⌀⟨12.52|12.48⟩", {"kind": "diameter", "nominal": None, "lower": 12.48, "upper": 12.52}),
    ("12.52-12.48", {"kind": "length", "lower": 12.48, "upper": 12.52}),
    ("⌀20 g6 (-0.007/-0.020)", {"fit": "g6", "lower": 19.98, "upper": 19.993}),
    ("(25)", {"kind": "length", "nominal": 25.0, "modifier": "reference"}),
    ("25 MAX", {"upper": 25.0, "lower": None, "modifier": "max"}),
    ("4X M8", {"kind": "thread", "thread": "M8", "count": 4, "pitch": 1.25}),
    ("3xM8", {"kind": "thread", "thread": "M8", "count": 3}),
    ("6xM4-6g ↧ 28", {"kind": "thread", "thread": "M4", "thread_class": "6g", "count": 6, "depth": 28.0}),
    ("M6x1 - 6H ↧12", {"thread": "M6x1", "thread_class": "6H", "depth": 12.0}),
    ("M8 x 20", {"thread": "M8", "depth": 20.0, "pitch": 1.25}),
    ("M10x1.25-6g LH", {"thread": "M10x1.25", "left_hand": True}),
    ("1/4-20 UNC-2B THRU", {"thread": "1/4-20 UNC", "thread_class": "2B", "through": True}),
    ("#10-32 UNF-2B", {"thread": "#10-32 UNF", "nominal": 4.826}),
    ("1/2-14 NPT", {"thread": "1/2 NPT"}),
    ("G 1/4 A", {"thread": "G1/4", "thread_class": "A"}),
    ("2×45°", {"kind": "chamfer", "nominal": 2.0, "angle": 45.0, "count": 1}),
    ("2×1×45°", {"kind": "chamfer", "nominal": 1.0, "count": 2}),
    ("C0.5", {"kind": "chamfer", "nominal": 0.5, "angle": 45.0}),
    ("SR10", {"kind": "radius", "nominal": 10.0}),
    ("30°15'", {"kind": "angle", "nominal": 30.25}),
    ("30° ±0.5°", {"kind": "angle", "lower": 29.5, "upper": 30.5}),
    ("Rz 25", {"kind": "roughness", "parameter": "Rz", "roughness": 25.0}),
    ("⌀8 15 DEEP", {"kind": "diameter", "depth": 15.0}),
    ("Fase 1x45°", {"kind": "chamfer", "nominal": 1.0, "angle": 45.0}),
    ("90° ±30'", {"kind": "angle", "lower": 89.5, "upper": 90.5}),
    ("⌀20H7 (20.021/20.000)", {"kind": "diameter", "lower": 20.0, "upper": 20.021}),
    ("M20 x 2.5 - 6g x 40", {"kind": "thread", "thread": "M20x2.5", "thread_class": "6g", "depth": 40.0}),
    ("1.5 x 45° (2x)", {"kind": "chamfer", "nominal": 1.5, "count": 2}),
    ("⌀6 (4 PLACES)", {"kind": "diameter", "count": 4}),
]


@pytest.mark.parametrize(("text", "wanted"), EXAMPLES)
def test_a_callout_is_read(text: str, wanted: dict[str, object]) -> None:
    read = read_callout(plain(text))
    assert len(read.asked) == 1, read
    assert not read.rest
    assert not read.asked[0].flags
    for name, value in wanted.items():
        found = getattr(read.asked[0], name)
        assert found == (pytest.approx(value) if isinstance(value, float) else value), name


def test_a_counterbore_has_the_count_of_its_hole() -> None:
    hole, bore = read_callout("4× ⌀6.6 THRU ⏎ ⌴ ⌀11 ↧6.5").asked
    assert (hole.kind, hole.count, hole.through) == ("diameter", 4, True)
    assert (bore.kind, bore.nominal, bore.depth, bore.count) == ("counterbore", 11.0, 6.5, 4)


@pytest.mark.parametrize(
    "text",
    [
        "2X 1,5×450", "4x10", "4X 45°", "⌀20 H7/g6", "⌀20 H7⟨+0.03|0⟩", "M6x2", "M6.5", "⌀20 A19", "⌴ ⌀11 ↧6.5", "⌀15 8.6", "12.50 (0.492)", "1-0.01", "(0134.79)", "50 +0.1", "1/4-28 UNC", "20 ±0,1 4,5 TIEF",
        "50⟨-0.1|+0.1⟩",
    ],
)  # fmt: skip
def test_two_readings_and_what_no_standard_has_are_flagged(text: str) -> None:
    read = read_callout(plain(text))
    assert read.rest or all(each.flags for each in read.asked), read


def test_a_frame_is_read_with_its_modifiers_and_datums() -> None:
    frame = read_frame(["⌖", "⌀0.1 Ⓜ", "A", "B Ⓜ", "C-D"])
    assert isinstance(frame, Asked)
    assert (frame.characteristic, frame.tolerance, frame.zone_form, frame.material_condition) == (
        "position",
        0.1,
        "diameter",
        "M",
    )
    assert frame.datums == ("A", "B(M)", "C-D")
    assert not frame.flags
    assert frame_in_line("⟂|0,05|A") == read_frame(["⟂", "0,05", "A"])


@pytest.mark.parametrize(
    "cells", [["⏥", "0.1", "A"], ["⟂", "0.1"], ["⏥", "⌀0.1"], ["⌖", "⌀0.1", "A", "A"], ["⌖", "⌀0.1 ?", "A"]]
)
def test_a_frame_that_the_standard_forbids_is_flagged(cells: list[str]) -> None:
    frame = read_frame(cells)
    assert frame is not None
    assert frame.flags


@given(st.text(alphabet="0123456789.,+-±⌀RMxX×° HgCTHRU/()⟨|⟩↧⏎", max_size=24))
@settings(max_examples=150, deadline=None)
def test_any_text_comes_to_an_end_with_finite_numbers(text: str) -> None:
    for asked in read_callout(plain(text)).asked:
        assert asked.count >= 0
        assert asked.nominal is None or asked.nominal >= 0


def test_a_radius_has_no_fit_and_two_that_ran_together_are_asked_about() -> None:
    apart = read_callout("2×R8 R2").asked
    assert [(each.kind, each.nominal, each.fit) for each in apart] == [("radius", 8.0, ""), ("radius", 2.0, "")]
    together = read_callout("2×R8R2").asked
    assert [each.nominal for each in together] == [8.0, 2.0]
    assert all(each.flags for each in together)
