"""A label with a gap and a long sentence behind it is read at once: each of its spaces has one reading."""

from nightmill.intake.lexicon.labels import labelled
from nightmill.workers import Limits, run_guarded

SENTENCE = "Please see " + "a b c d e f " * 12


def test_a_long_sentence_behind_a_gap_takes_no_time() -> None:
    limits = Limits(cpu_s=60, wall_s=900.0)
    assert (
        run_guarded("nightmill.intake.lexicon.labels:labelled", {"body": f"Material   {SENTENCE}"}, limits=limits) == []
    )


def test_a_value_behind_a_gap_is_told() -> None:
    (told,) = labelled("Material   Al 6061 T6 plate\n")
    assert (told.kind, told.text, told.start) == ("material", "Al 6061 T6 plate", 11)
