"""Attended time: one person away is one head fewer in that span, nowhere else; a usual week fills what is missing."""

import random

import pytest

from nightmill.scheduling.diagnosis.baseline import usual_presence
from nightmill.scheduling.problem.calendars import head_counts
from nightmill.scheduling.problem.records import Window, repeat_presence, with_one_away
from nightmill.vocabulary.units import DAY_S


def heads(presence: tuple[Window, ...], at: float) -> int:
    return sum(w.persons for w in presence if w.start_s <= at < w.end_s)


@pytest.mark.parametrize("seed", range(20))
def test_one_head_fewer_in_the_span_and_nowhere_else(seed: int) -> None:
    rng = random.Random(seed)
    presence = tuple(
        Window(begin, begin + rng.randint(1, 9), rng.randint(0, 3)) for begin in (rng.randint(0, 30) for _ in range(6))
    )
    begin = rng.randint(0, 30)
    end = begin + rng.randint(1, 12)
    fewer = with_one_away(presence, begin, end)
    for half in range(100):
        at = half / 2.0
        expected = max(0, heads(presence, at) - 1) if begin <= at < end else heads(presence, at)
        assert heads(fewer, at) == expected


def test_days_without_anyone_are_filled_as_in_most_weeks() -> None:
    week = [Window(day * DAY_S + 6 * 3600.0, day * DAY_S + 14 * 3600.0, 2) for day in range(5)]
    whole = repeat_presence(week, 8 * 7 * DAY_S)
    gone = tuple(w for w in whole if not 15 * DAY_S <= w.start_s < 18 * DAY_S)
    assert len(gone) == len(whole) - 3
    assert head_counts(usual_presence(gone)) == head_counts(whole)
    assert usual_presence(whole) == whole
    assert usual_presence(()) == ()
