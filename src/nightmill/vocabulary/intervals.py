"""Arithmetic on time intervals: (begin, end) in s, rising and disjoint unless stated otherwise."""

from collections.abc import Iterable, Sequence

Span = tuple[float, float]


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the same time as rising intervals that neither touch nor overlap; empty intervals are dropped."""
    found: list[Span] = []
    for begin, end in sorted(span for span in spans if span[1] > span[0]):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return tuple(found)


def complement(spans: Iterable[Span], first: float, last: float) -> list[Span]:
    """Return the time left free by ``spans`` between ``first`` and ``last``."""
    gaps: list[Span] = []
    at = first
    for start, end in spans:
        if start > at:
            gaps.append((at, start))
        at = max(at, end)
    if at < last:
        gaps.append((at, last))
    return gaps


def common(one: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
    """Return the time that is in both of two sequences of intervals."""
    found: list[Span] = []
    i = j = 0
    while i < len(one) and j < len(other):
        begin, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if end > begin:
            found.append((begin, end))
        if one[i][1] <= other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def length_s(spans: Iterable[Span]) -> float:
    """Return the total length."""
    return sum(end - begin for begin, end in spans)


def head_counts(windows: Iterable[tuple[float, float, int]]) -> list[tuple[float, float, int]]:
    """Return rising spans with the number of persons present; ``windows`` (begin, end, persons) that overlap add up."""
    windows = list(windows)
    edges = sorted({edge for start, end, _ in windows for edge in (start, end)})
    position = {edge: index for index, edge in enumerate(edges)}
    change = [0] * (len(edges) + 1)
    for start, end, persons in windows:
        change[position[start]] += persons
        change[position[end]] -= persons
    spans: list[tuple[float, float, int]] = []
    count = 0
    for index in range(len(edges) - 1):
        count += change[index]
        spans.append((edges[index], edges[index + 1], count))
    return spans


def present_spans(windows: Iterable[tuple[float, float, int]], person: int) -> list[Span]:
    """Return merged spans in which at least ``person + 1`` persons are present."""
    spans: list[Span] = []
    for start, end, count in head_counts(windows):
        if count <= person:
            continue
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans
