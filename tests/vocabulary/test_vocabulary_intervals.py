from hypothesis import given
from hypothesis import strategies as st

from nightmill.vocabulary.intervals import common, complement, head_counts, length_s, present_spans, union

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda ends: (float(min(ends)), float(max(ends))))
)


@given(SPANS, SPANS)
def test_what_is_in_both_and_what_is_in_neither_add_up(some: list[tuple[float, float]], more: list[tuple[float, float]]) -> None:  # fmt: skip
    one, other = union(some), union(more)
    assert length_s(one) + length_s(other) == length_s(union([*one, *other])) + length_s(common(one, other))
    free = complement(one, 0.0, 40.0)
    assert length_s(free) + length_s(one) == 40.0
    assert common(one, free) == ()


@given(SPANS)
def test_persons_follow_from_head_counts(windows: list[tuple[float, float]]) -> None:
    staffed = [(start, end, 1 + int(start) % 3) for start, end in windows if end > start]
    heads = head_counts(staffed)
    persons = [present_spans(staffed, person) for person in range(max((count for *_, count in heads), default=0))]
    assert sum(map(length_s, persons)) == sum((end - start) * count for start, end, count in staffed)
    assert present_spans(staffed, 0) == list(union(windows))
    assert present_spans(staffed, len(persons)) == []
