"""A proof that recalls an earlier one says what a proof from scratch says, and takes nothing over that has changed."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from test_verification_pipeline import TOP, check, part, swap
from test_verification_three_setups import BOTTOM, END, FAULTS, bar, prove

from nightmill.verification import Recall, certify, cut_ahead
from nightmill.verification.memo_cache import digest
from nightmill.verification.stock.height_map_kernels import run_moves
from nightmill.vocabulary.plan import Certificate

__all__ = ["bar", "part"]


def test_a_digest_tells_order_and_borders_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest(np.zeros(2)) != digest(np.zeros(3))
    assert digest(b"x", (1, 2)) == digest(b"x", (1, 2))


def test_one_result_is_kept_a_place() -> None:
    kept = Recall()
    made: list[str] = []

    def make(source: str) -> str:
        made.append(source)
        return source

    for source in ("a", "a", "b", "a"):
        assert kept.of("place", source, partial(make, source)) == source
    assert made == ["a", "b", "a"]


def test_work_that_was_broken_off_is_asked_again() -> None:
    kept = Recall()
    answers = iter([None, "whole"])
    assert [kept.of("reach", "a", lambda: next(answers)) for _ in range(3)] == [None, "whole", "whole"]


@pytest.mark.slow
def test_a_mended_plan_is_judged_as_if_from_scratch(bar: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    recall = Recall()
    plunge = BOTTOM.replace("G1 X-15", "G0 X-15", 1)
    rounds = [(BOTTOM, END), (BOTTOM, FAULTS["hole too deep"]), (plunge, END), (BOTTOM, END)]
    verdicts = []
    for bottom, end in rounds:
        again = prove(bar, tmp_path, bottom=bottom, end=end, recall=recall)
        assert again == prove(bar, tmp_path / "other", bottom=bottom, end=end)
        verdicts.append(again.certified)
    assert verdicts == [True, False, False, True]


@pytest.mark.slow
def test_setups_before_the_changed_one_are_not_cut_again(
    bar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[object] = []

    def counted(*given: object) -> None:
        runs.append(given)
        run_moves(*given)

    monkeypatch.setattr("nightmill.verification.stock.milling_setup.run_moves", counted)
    recall = Recall()
    prove(bar, tmp_path, recall=recall)
    assert len(runs) == 3
    prove(bar, tmp_path, end=FAULTS["hole too deep"], recall=recall)
    assert len(runs) == 4


@pytest.mark.slow
def test_time_that_is_up_costs_the_answer_on_reach_and_nothing_else(part: Path, tmp_path: Path) -> None:
    """A hole left out: judged the same with and without time, but for what the tools could reach."""
    whole = check(part, tmp_path, swap(TOP, "X10 Y30\nG80", "G80"))
    cut_short: Certificate = certify(tmp_path, part, late=lambda: True)
    assert whole.reachable_area_share is not None
    assert cut_short.reachable_area_share is None
    assert cut_short.reachable_area_mm2 is None
    assert any("time ran out" in message for message in cut_short.messages)
    for name in ("certified", "gouge_mm", "excess_mm", "certified_area_share", "rapid_hits", "collisions"):
        assert getattr(whole, name) == getattr(cut_short, name), name
    assert [(each.faces, each.area_mm2) for each in whole.uncut] == [
        (each.faces, each.area_mm2) for each in cut_short.uncut
    ]


@pytest.mark.slow
def test_what_was_cut_ahead_is_not_cut_again_and_changes_no_verdict(
    bar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[object] = []

    def counted(*given: object) -> None:
        runs.append(given)
        run_moves(*given)

    scratch = prove(bar, tmp_path)
    monkeypatch.setattr("nightmill.verification.stock.milling_setup.run_moves", counted)
    recall = Recall()
    cut_ahead(tmp_path, bar, recall)
    assert len(runs) == 3
    assert prove(bar, tmp_path, recall=recall) == scratch
    assert len(runs) == 3
    assert not prove(bar, tmp_path, end=FAULTS["hole too deep"], recall=recall).certified
