"""Attended time: turns windows with head counts into one calendar per person."""

from collections.abc import Sequence

from nightmill.scheduling.problem.records import Window
from nightmill.vocabulary import intervals
from nightmill.vocabulary.intervals import Span


def head_counts(presence: Sequence[Window]) -> list[tuple[float, float, int]]:
    """Disjoint ascending spans with the number of persons present; overlapping windows add up."""
    return intervals.head_counts((window.start_s, window.end_s, window.persons) for window in presence)


def present_spans(presence: Sequence[Window], person: int) -> list[Span]:
    """Merged spans in which at least ``person + 1`` persons are present."""
    return intervals.present_spans(((window.start_s, window.end_s, window.persons) for window in presence), person)
