"""Attended time: turns windows with head counts into one calendar per person."""

from collections.abc import Sequence

from nightmill.scheduling.problem.records import Window


def head_counts(presence: Sequence[Window]) -> list[tuple[float, float, int]]:
    """Disjoint rising spans with the number of persons present; windows that overlap add up."""
    edges = sorted({edge for window in presence for edge in (window.start_s, window.end_s)})
    position = {edge: index for index, edge in enumerate(edges)}
    change = [0] * (len(edges) + 1)
    for window in presence:
        change[position[window.start_s]] += window.persons
        change[position[window.end_s]] -= window.persons
    spans: list[tuple[float, float, int]] = []
    count = 0
    for index in range(len(edges) - 1):
        count += change[index]
        spans.append((edges[index], edges[index + 1], count))
    return spans


def present_spans(presence: Sequence[Window], person: int) -> list[tuple[float, float]]:
    """Merged spans in which at least ``person + 1`` persons are present."""
    spans: list[tuple[float, float]] = []
    for start, end, count in head_counts(presence):
        if count <= person:
            continue
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def complement(spans: Sequence[tuple[float, float]], first: float, last: float) -> list[tuple[float, float]]:
    """The gaps that ``spans`` (disjoint, rising) leave between ``first`` and ``last``."""
    gaps: list[tuple[float, float]] = []
    at = first
    for start, end in spans:
        if start > at:
            gaps.append((at, start))
        at = max(at, end)
    if at < last:
        gaps.append((at, last))
    return gaps
