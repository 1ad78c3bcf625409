"""Inserts that cut threads: what of them is held against the part, and what their sharp noses don't count for."""

import msgspec

from nightmill.verification.checks.uncut import _smallest
from nightmill.verification.removal.lathe_tool_outline import outline_of
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.uncut_reasons import UncutReason

INSERT = Tool(
    number=1, type="turning", diameter_mm=9.5, flute_length_mm=3.0, shank_diameter_mm=20.0, stickout_mm=60.0,
    holder_diameter_mm=40.0, holder_length_mm=60.0, nose_radius_mm=0.288, insert_angle_deg=60.0, lead_angle_deg=30.0, pitch_mm=2.0,
)  # fmt: skip


def test_a_threading_insert_is_held_against_the_part_from_the_crests_on() -> None:
    assert abs(outline_of(INSERT).cuts[:, 1].min() - (0.7578 * 2.0 - 0.288)) < 1e-3


def test_an_insert_too_short_for_its_pitch_is_held_against_the_part_whole() -> None:
    short = msgspec.structs.replace(INSERT, flute_length_mm=0.5)
    bare = msgspec.structs.replace(short, pitch_mm=None)
    assert (outline_of(short).cuts == outline_of(bare).cuts).all()


def test_a_corner_is_tight_for_the_noses_of_tools_that_turn_and_not_for_a_threads() -> None:
    turning = msgspec.structs.replace(INSERT, number=2, nose_radius_mm=0.4, pitch_mm=None)
    assert _smallest([INSERT, turning], turned=True) == (0.4, UncutReason.TIGHTER_THAN_NOSE)
