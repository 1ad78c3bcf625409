"""Material review: a person's decision on a part, the facts that follow, and what the floor then does."""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from desk_sample import append, turn, write_shop

from nightmill.floor import ShopState, apply, empty_state, genealogy
from nightmill.floor.interlocks import gate
from nightmill.plant.analysis.quality.traceability import trace_back, trace_forward
from nightmill.plant.requests.from_shell import dispose_part, review_answer
from nightmill.plant.requests.inbox import Request, decided
from nightmill.plant.requests.material_review import decided_facts, in_review, parts_in_review, why_not
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import HOUR_S

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from virtual_shops import lived, virtual_shop

OPERATIONS = (e.RoutedOperation("bracket/1", "a" * 64, 600.0, {}), e.RoutedOperation("bracket/2", "b" * 64, 600.0, {}))


def _cut(n: int, serial: str, operation: str) -> tuple[e.AnyFact, ...]:
    sha = next(each.program_sha256 for each in OPERATIONS if each.operation == operation)
    head = (HOUR_S, "mill-1", f"cycle-{n}", serial, operation, sha)
    return (
        e.Reported(r.CycleStarted(2 * n, *head)),
        e.Reported(r.CycleFinished(2 * n + 1, *head[:5], 600.0, 1.0, {"1": 5.0}, {"1": "E1"}, {}, {})),
    )


def _log(*, finished: bool = True, interrupted: bool = False) -> list[tuple[float, e.AnyFact]]:
    """An order of two: the first part is cut, in doubt and in quarantine, another is ordered in its place."""
    last = "bracket/2" if finished or interrupted else "bracket/1"
    facts: list[e.AnyFact] = [
        e.RunStarted("desk", "closed-loop", 1, 3.0, "0" * 64),
        e.RouteCertified("bracket", 1, "0" * 64, "Al 6061", OPERATIONS, True, 1.0),
        e.OrderReceived("A", "bracket", 2, 20 * HOUR_S, 1),
        *_cut(1, "A.001", "bracket/1"),
    ]
    if finished:
        facts += _cut(2, "A.001", last)
    if interrupted:
        head = (9, HOUR_S, "mill-1", "cycle-9", "A.001", last)
        facts.append(e.Reported(r.CycleStarted(*head, "b" * 64)))
        facts.append(e.Reported(r.CycleInterrupted(*head, "power", {})))
    facts += [
        e.VerdictGiven("A.001", last, "vision", "doubt", {"score": 1.2}, "odd spot"),
        e.HoldPlaced("hold-A.001", ("A.001",), "odd spot"),
        e.PartDisposed("A.001", "quarantine", "odd spot"),
        e.OrderReceived("A", "bracket", 1, 20 * HOUR_S, 1, remake_of="A.001"),
        e.Reported(r.PartDismounted(10, HOUR_S, "bench", "off", "P01", "A.001", "quarantine")),
    ]
    return [(HOUR_S, fact) for fact in facts]


def _state(folder: Path, facts: Iterable[tuple[float, e.AnyFact]]) -> ShopState:
    state = empty_state(whole_shop(folder))
    for seq, (at, fact) in enumerate(facts, 1):
        apply(state, e.Event(seq, at, "software", fact))
    return state


def _after(folder: Path, decision: str, facts: list[tuple[float, e.AnyFact]]) -> tuple[ShopState, list[e.AnyFact]]:
    state = _state(folder, facts)
    ask = a.DisposePart("A.001", decision, "looked at it", 20.0)  # type: ignore[arg-type]
    assert why_not(state, ask) == ""
    found = [each.fact for each in decided_facts(state, whole_shop(folder), ask, "Ann")]
    for fact in found:
        apply(state, e.Event(state.version + 1, 2 * HOUR_S, "person", fact))
    return state, found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop", *_log())


MOUNT = c.MountPart("m-1", "bench", "P02", "A.001", "bracket/2", "", 60.0)


def test_a_concession_lets_the_part_pass_and_its_unbegun_remake_is_not_made(folder: Path) -> None:
    state, _ = _after(folder, "use_as_is", _log())
    part = state.parts["A.001"]
    assert (part.disposition, part.verdicts) == ("good", {"bracket/2:vision": "conceded"})
    assert state.parts["A.003"].disposition == "cancelled"
    assert not state.holds
    assert gate(state, MOUNT, tool_life={}) is None, "it comes out of quarantine over a pallet"
    again = c.StartCycle("s-1", "mill-1", "P02", "A.001", "bracket/2", "b" * 64)
    assert gate(state, again, tool_life={}) is not None, "and is never cut again"


def test_a_concession_between_two_operations_leaves_the_rest_to_be_cut(folder: Path) -> None:
    state, _ = _after(folder, "use_as_is", _log(finished=False))
    assert state.parts["A.001"].disposition == ""
    upcoming = state.next_operation(state.parts["A.001"])
    assert upcoming is not None
    assert upcoming.operation == "bracket/2"
    wrong = c.MountPart("m-1", "bench", "P02", "A.001", "bracket/2", "", 60.0)
    assert gate(state, wrong, tool_life={}) is not None, "first out of quarantine as it was cut last"


def test_a_reworked_part_is_inspected_anew_before_it_passes(folder: Path) -> None:
    state, _ = _after(folder, "rework", _log())
    part = state.parts["A.001"]
    assert (part.disposition, part.verdicts, part.rework_s) == ("", {}, 1200.0)
    assert state.parts["A.003"].disposition == "cancelled"
    assert gate(state, MOUNT, tool_life={}) is None
    apply(
        state,
        e.Event(
            99,
            3 * HOUR_S,
            "machine",
            e.Reported(r.PartMounted(99, 3 * HOUR_S, "bench", "m-1", "P02", "A.001", "bracket/2")),
        ),
    )
    assert part.rework_s == 0.0
    assert not part.comes_back()
    assert not in_review(state, part)


@pytest.mark.parametrize(("decision", "words"), [("scrap", "Ann"), ("return", "its supplier")])
def test_scrap_and_return_leave_the_one_remake_that_was_ordered(folder: Path, decision: str, words: str) -> None:
    state, found = _after(folder, decision, _log())
    assert state.parts["A.001"].disposition == "scrap"
    assert not any(isinstance(fact, e.OrderReceived) for fact in found)
    assert state.parts["A.003"].disposition == ""
    assert any(words in fact.reason for fact in found if isinstance(fact, e.PartDisposed))
    assert gate(state, MOUNT, tool_life={}) is not None


def test_a_held_part_that_is_scrapped_is_made_again(folder: Path) -> None:
    facts = [
        pair for pair in _log() if not isinstance(pair[1], e.PartDisposed | e.OrderReceived) or pair[1] == _log()[2][1]
    ]
    state, found = _after(folder, "scrap", facts)
    assert [fact.remake_of for fact in found if isinstance(fact, e.OrderReceived)] == ["A.001"]
    assert len(state.orders["A"].serials) == 3


def test_what_was_half_cut_or_isnt_waited_for_is_never_let_out(folder: Path) -> None:
    broken = _state(folder, _log(finished=False, interrupted=True))
    complete = _state(folder, [*_log(), (HOUR_S, e.OrderCompleted("A", 2, True))])
    for state, word in ((broken, "interrupted"), (complete, "complete")):
        for decision in ("use_as_is", "rework"):
            assert word in why_not(state, a.DisposePart("A.001", decision, "why"))
        assert why_not(state, a.DisposePart("A.001", "scrap", "why")) == ""
    good = _state(folder, [*_log()[:7], (HOUR_S, e.PartDisposed("A.001", "good", ""))])
    assert "good" in why_not(good, a.DisposePart("A.001", "scrap", "why"))


def test_from_the_command_line_to_the_log_and_the_story_of_both_parts(folder: Path) -> None:
    (row,) = review_answer(folder)["parts"]
    assert (row["serial"], row["reason"], row["holds"]) == ("A.001", "odd spot", ["hold-A.001"])
    for wrong in (("A.002", "scrap", "why"), ("A.001", "eat", "why"), ("A.001", "scrap", " ")):
        with pytest.raises(BadInput):
            dispose_part(folder, wrong[0], wrong[1], by="Ann", why=wrong[2])
    dispose_part(folder, "A.001", "use_as_is", by="Ann", why="the spot is outside the seat")
    facts = turn(folder)
    assert [type(fact) for fact in facts] == [e.RequestTaken, e.PartReviewed, e.HoldReleased, e.PartDisposed]
    assert review_answer(folder)["parts"] == []
    log = read_events(folder)
    told = {step.what: step.detail for step in genealogy(log, "A.001").steps}
    assert told["reviewed"]["by"] == "Ann"
    assert told["made again"] == {"order": "A"}
    assert genealogy(log, "A.003").steps[-1].detail["part"] == "A.001"
    with pytest.raises(BadInput, match="good"):
        dispose_part(folder, "A.001", "scrap", by="Ann", why="again")
    append(folder, (3 * HOUR_S, e.PartDisposed("A.002", "scrap", "dent")))
    assert parts_in_review(_state(folder, _log()), log)


def test_a_part_is_traced_back_and_its_edge_forward(folder: Path) -> None:
    dispose_part(folder, "A.001", "scrap", by="Ann", why="too deep")
    turn(folder)
    back = trace_back(folder, "A.001")
    assert (back["part"], back["disposition"], back["remakes"], back["remake_of"]) == (
        "bracket",
        "scrap",
        ["A.003"],
        None,
    )
    assert [cut["edges"] for cut in back["cuts"]] == [{"1": "E1"}, {"1": "E1"}]
    assert trace_back(folder, "A.003")["remake_of"] == "A.001"
    forward = trace_forward(folder, edge="E1", machine="mill-1")["parts"]
    assert [(row["serial"], row["operation"]) for row in forward] == [("A.001", "bracket/1"), ("A.001", "bracket/2")]
    assert len(trace_forward(folder, program="b" * 8)["parts"]) == 1
    for wrong in ({}, {"edge": "E9"}, {"program": "b"}):
        with pytest.raises(BadInput):
            trace_forward(folder, **wrong)
    with pytest.raises(BadInput):
        trace_back(folder, "Z.001")


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["closed-loop", "conventional"])
def test_a_shop_lives_with_people_who_decide(policy: str) -> None:
    virtual, asked, pictures = virtual_shop(4, 3.0), list[str](), list[str]()

    def look(name: str, unit: str) -> tuple[str, float, str]:
        pictures.append(name)
        return ("unsure", 1.1, "odd") if len(pictures) % 5 in (3, 4) else ("good", 0.5, "")

    def requests(state: ShopState) -> list[Decision]:
        waiting = [part for part in state.parts.values() if in_review(state, part) and part.place == "quarantine"]
        if not waiting:
            return []
        decision = ("use_as_is", "rework", "scrap", "return")[len(asked) % 4]
        asked.append(decision)
        ask = a.DisposePart(waiting[0].serial, decision, "looked at it")  # type: ignore[arg-type]
        return decided(Request(f"r-{len(asked)}", ask, "Ann", "engineer"), virtual.shop, state)

    log = lived(virtual, 2.0, policy, requests=requests, look=look)
    state = empty_state(virtual.shop)
    for event in log:
        apply(state, event)
    reviews = [event.fact for event in log if isinstance(event.fact, e.PartReviewed)]
    assert {fact.decision for fact in reviews} >= {"use_as_is", "rework", "scrap"}
    for part in state.parts.values():
        cuts = Counter(cut.operation for cut in part.cuts)
        assert all(count == 1 for count in cuts.values()), "no operation is cut twice"
        assert not (part.place == "finished" and part.disposition != "good")
    judged = [event for event in log if isinstance(event.fact, e.VerdictGiven)]
    for event in log:
        if isinstance(event.fact, e.PartReviewed) and event.fact.decision == "rework":
            serial = event.fact.serial
            last = state.parts[serial]
            later = [each for each in judged if each.seq > event.seq and each.fact.serial == serial]  # type: ignore[union-attr]
            assert last.disposition in {"", "good", "scrap", "quarantine"}
            assert (last.disposition != "good") or later, "good only by another verdict"
