"""The desk: what is shown is what is done, each command once, and nobody does what the role or the policy doesn't let."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from desk_sample import FACTS, append, turn, write_shop

from nightmill.floor import apply, empty_state
from nightmill.plant.proposals.proposal_service import Conflict, Desk, NoProposal, NotAllowed, Spent
from nightmill.plant.requests import roles
from nightmill.plant.requests.effects import NotPossible, ReturnToServiceDecider, consequences
from nightmill.plant.requests.roles import Caller
from nightmill.plant.views.live_view import Following
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import HOUR_S

ANN, BOT = Caller("Ann", "operator"), Caller("bot", "agent")
RUSH = a.TakeOrder("R-1", "bracket", 2, 9 * HOUR_S, 5)
CHECK = a.NoteCheck("mill-1", "coolant", 80.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


@pytest.fixture
def desk(folder: Path) -> Desk:
    return Desk(folder, loop_wait_s=0.0)


POSSIBLE: tuple[tuple[a.AnyAsk, type[e.Fact]], ...] = (
    (RUSH, e.OrderReceived),
    (a.ChangeOrder("A-1", 5 * HOUR_S, 9), e.OrderChanged),
    (a.CancelOrder("A-1"), e.OrderCancelled),
    (a.StopUnit("mill-2", 2.0), e.UnitStopped),
    (a.ScrapPart("A-1.001", "scratch"), e.PartDisposed),
    (a.DisposePart("A-1.001", "scrap", "the bore is scratched"), e.PartReviewed),
    (a.CondemnTool("mill-1", 1), e.EdgeCondemned),
    (a.ReleaseHold("triage: load"), e.SafeHoldReleased),
    (a.ReleaseHold("hold-A-1.002"), e.HoldReleased),
    (CHECK, e.ResourceChecked),
    (a.LimitPresence(2 * HOUR_S, 5 * HOUR_S, 0), e.PresenceLimited),
    (a.LimitPresence(12 * HOUR_S, 15 * HOUR_S, 2, call=True), e.PeopleWanted),
    (a.MoveOperation("A-1.003", "bracket/1", "mill-2", 2 * HOUR_S), e.OperationMoved),
    (a.CloseWork("WO-7", "bearing", {"blank-bracket": 1}), e.WorkOrderClosed),
    (a.NameLot("L-1", "blank-bracket", 2, heat="H7"), e.LotNamed),
)
IMPOSSIBLE: tuple[tuple[a.AnyAsk, str], ...] = (
    (a.TakeOrder("A-1", "bracket", 1, 9 * HOUR_S), "already"),
    (a.TakeOrder("B-1", "bracket", 1, 9 * HOUR_S), "already"),
    (a.TakeOrder("N-1", "plate", 1, 9 * HOUR_S), "no certified route"),
    (a.TakeOrder("N-1", "bracket", 1, 10.0), "already"),
    (a.CancelOrder("Z-9"), "no order"),
    (a.StopUnit("mill-9", 1.0), "not a mill"),
    (a.ReturnUnit("mill-1"), "not taken out of service"),
    (a.ScrapPart("A-1.002", ""), "not been cut"),
    (a.ScrapPart("A-9.001", ""), "no part"),
    (a.DisposePart("A-1.002", "rework", "deburr"), "not been cut"),
    (a.DisposePart("A-9.001", "scrap", "dent"), "no part"),
    (a.CondemnTool("mill-1", 999), "no T999"),
    (a.ReleaseHold("nothing"), "no open hold"),
    (a.NoteCheck("mill-9", "coolant", 1.0), "not a work unit"),
    (a.LimitPresence(5 * HOUR_S, 2 * HOUR_S, 0), "after the start"),
    (a.LimitPresence(12 * HOUR_S, 15 * HOUR_S, 0, call=True), "at least one"),
    (a.MoveOperation("A-1.001", "bracket/1", "mill-2", 0.0), "cut"),
    (a.MoveOperation("A-1.003", "bracket/9", "mill-2", 0.0), "no operation"),
    (a.CloseWork("WO-1", "bearing"), "no work order"),
    (a.NameLot("L-1", "gold", 2), "not a purchased item"),
    (a.CloseWork("WO-7", "bearing", {"left-handed screw": 1}), "not an item"),
)


def test_every_kind_is_tried_here() -> None:
    assert {type(ask) for ask, _ in POSSIBLE} | {a.ReturnUnit} == set(get_args(a.AnyAsk))
    assert set(roles.MATRIX) == set(a.KINDS)


@pytest.mark.parametrize(("ask", "fact"), POSSIBLE, ids=lambda each: getattr(each, "__name__", None) or a.kind_of(each))
def test_what_is_asked_is_shown_and_done_once_and_the_log_says_who_and_why(
    desk: Desk, folder: Path, ask: a.AnyAsk, fact: type[e.Fact]
) -> None:
    admin = Caller("Ann", "admin")
    if isinstance(ask, a.DisposePart):
        append(folder, (HOUR_S, e.HoldPlaced(f"hold-{ask.serial}", (ask.serial,), "a chip in the bore")))
    proposed = desk.propose(admin, "c-1", ask, "because")
    assert (proposed.state, proposed.refused) == ("proposed", "")
    assert turn(folder) == [], "a proposal alone does nothing"
    approved = desk.approve(admin, proposed.id, "c-2", "go")
    assert approved.state == "approved"
    facts = turn(folder)
    taken = facts[0]
    assert isinstance(taken, e.RequestTaken)
    assert (taken.request, taken.ask, taken.by, taken.role) == (proposed.id, ask, "Ann", "admin")
    assert (taken.why, taken.approved_by, taken.refused) == ("because", "Ann", "")
    assert fact in {type(each) for each in facts}
    assert turn(folder) == [], "taken once"
    assert desk.proposal(proposed.id).state == "executed"
    assert desk.propose(admin, "c-1", ask, "because").id == proposed.id, "the same id answers the first outcome"
    assert desk.approve(admin, proposed.id, "c-2", "go").state == "executed"
    assert turn(folder) == []


@pytest.mark.parametrize(("ask", "reason"), IMPOSSIBLE, ids=lambda each: str(each)[:40])
def test_what_cannot_be_done_says_why(desk: Desk, folder: Path, ask: a.AnyAsk, reason: str) -> None:
    found = desk.propose(Caller("Ann", "admin"), "c-1", ask, execute=True)
    assert found.state == "refused"
    assert reason in found.refused
    with pytest.raises(Conflict):
        desk.approve(Caller("Ann", "admin"), found.id, "c-2")
    assert turn(folder) == []


def test_the_diff_is_what_the_plan_makes_of_it(desk: Desk) -> None:
    rush = desk.propose(ANN, "c-1", RUSH).diff
    assert rush.parts == 2
    assert rush.minutes == pytest.approx(2 * 45.0)
    assert rush.money_usd > 0
    assert {shift.order for shift in rush.orders} >= {"R-1"}
    down = desk.propose(ANN, "c-2", a.StopUnit("mill-2", 200.0)).diff
    assert (down.parts, down.minutes) == (0, 0.0)
    assert down.moves > 0
    assert any("out of service" in gate or "no cycle starts" in gate for gate in down.gates)
    late = desk.propose(ANN, "c-3", a.LimitPresence(0.0, 90 * HOUR_S, 0)).diff
    assert late.on_time_share.before == 1.0
    assert late.on_time_share.after == 0.0
    assert any("stays in safe hold" in gate for gate in late.gates), "a safe hold is said"


def test_a_command_that_the_shop_has_outrun_is_refused_by_the_loop(desk: Desk, folder: Path) -> None:
    first = desk.propose(ANN, "c-1", a.ReleaseHold("triage: load"))
    second = desk.propose(ANN, "c-2", a.ReleaseHold("triage: load"))
    desk.approve(ANN, first.id, "c-3")
    desk.approve(ANN, second.id, "c-4")
    turn(folder)
    turn(folder)
    assert desk.proposal(first.id).state == "executed"
    found = desk.proposal(second.id)
    assert (found.state, "no open hold" in found.refused) == ("refused", True)


def test_a_command_id_says_one_thing_and_a_decision_is_made_once(desk: Desk) -> None:
    found = desk.propose(ANN, "c-1", RUSH)
    with pytest.raises(Conflict):
        desk.propose(ANN, "c-1", CHECK)
    assert desk.propose(Caller("Bea", "operator"), "c-1", CHECK).id != found.id, "ids belong to who gives them"
    assert desk.reject(ANN, found.id, "c-2", "no").state == "rejected"
    with pytest.raises(Conflict):
        desk.approve(ANN, found.id, "c-3")
    with pytest.raises(NoProposal):
        desk.approve(ANN, "0" * 16, "c-4")


def test_an_old_proposal_must_be_made_again(desk: Desk) -> None:
    found = desk.propose(ANN, "c-1", RUSH)
    old = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    desk.book.change(found.id, lambda each: msgspec.structs.replace(each, at=old))
    with pytest.raises(Conflict):
        desk.approve(ANN, found.id, "c-2")


def test_an_agent_never_approves_and_its_own_waits_for_a_person(desk: Desk, folder: Path) -> None:
    found = desk.propose(BOT, "c-1", RUSH, execute=True)
    assert found.state == "proposed"
    for caller in (BOT, Caller("viewer", "viewer")):
        with pytest.raises(NotAllowed):
            desk.approve(caller, found.id, "c-2")
    with pytest.raises(NotAllowed):
        desk.propose(Caller("viewer", "viewer"), "c-3", RUSH)
    assert turn(folder) == []
    assert desk.approve(ANN, found.id, "c-4").decided_by == "Ann"
    taken = turn(folder)[0]
    assert isinstance(taken, e.RequestTaken)
    assert (taken.by, taken.role, taken.approved_by) == ("bot", "agent", "Ann")


POLICY = """
proposals_an_hour = 6
[[rules]]
name = "small"
kinds = ["order", "check"]
agents = ["bot"]
at_most_parts = 2
at_most_minutes = 100
at_most_usd = 500
a_day = 2
"""


def test_the_policy_lets_an_agent_do_small_things_within_its_limits(desk: Desk, folder: Path) -> None:
    (folder / "approvals.toml").write_text(POLICY)
    one = desk.propose(BOT, "c-1", RUSH, execute=True)
    assert (one.state, one.decided_by, one.rule) == ("approved", "policy", "small")
    big = desk.propose(BOT, "c-2", a.TakeOrder("R-2", "bracket", 3, 20 * HOUR_S), execute=True)
    assert big.state == "proposed", "three parts are more than two"
    other = desk.propose(Caller("other", "agent"), "c-3", CHECK, execute=True)
    assert other.state == "proposed", "the rule names bot"
    assert desk.propose(BOT, "c-4", a.CancelOrder("A-1"), execute=True).state == "proposed", "no rule for it"
    assert desk.propose(BOT, "c-5", CHECK, execute=True).state == "approved"
    assert desk.propose(BOT, "c-6", CHECK, execute=True).state == "proposed", "twice a day"
    assert desk.propose(BOT, "c-7", CHECK).state == "proposed"
    with pytest.raises(Spent):
        desk.propose(BOT, "c-8", CHECK)


@pytest.mark.parametrize("text", ["rules = 1", "[[rules]]\nname='x'\nkinds=['fly']", "["])
def test_a_wrong_policy_lets_nothing_run(desk: Desk, folder: Path, text: str) -> None:
    (folder / "approvals.toml").write_text(text)
    with pytest.raises(BadInput, match=r"approvals\.toml"):
        desk.propose(BOT, "c-1", CHECK, execute=True)
    assert turn(folder) == []


def test_without_an_unfinished_run_orders_wait_for_the_next(desk: Desk, folder: Path) -> None:
    append(folder, (30 * HOUR_S, e.RunEnded({})))
    found = desk.propose(ANN, "c-1", RUSH, execute=True)
    assert (found.state, found.run, found.diff.foreseen) == ("approved", "next", False)
    assert desk.propose(ANN, "c-2", a.StopUnit("mill-1", 1.0)).state == "refused"
    for file in list((folder / ".nightmill").glob("log.sqlite*")):
        file.rename(folder / f"old-{file.name}")
    append(folder, *FACTS)
    assert isinstance(turn(folder)[1], e.OrderReceived)
    assert desk.proposal(found.id).state == "executed"


def test_a_policy_rule_never_covers_what_was_not_foreseen(desk: Desk, folder: Path) -> None:
    (folder / "approvals.toml").write_text(POLICY)
    append(folder, (30 * HOUR_S, e.RunEnded({})))
    huge = a.TakeOrder("R-1", "bracket", 9999, 50 * HOUR_S)
    assert desk.propose(BOT, "c-1", huge, execute=True).state == "proposed"


def test_a_table_of_orders_is_shown_first_and_proposed_whole_or_not_at_all(desk: Desk, folder: Path) -> None:
    good = b"order,part,quantity,due,priority\nX-1,bracket,2,2026-11-04,\nX-2,bracket,1,2026-11-03T12:00,7\n"
    sheet, diff = desk.preview_orders(ANN, good)
    assert [row.command.priority for row in sheet.rows] == [1, 7]
    assert [row.command.due_s for row in sheet.rows] == [65 * HOUR_S, 29 * HOUR_S]
    assert (diff.parts, sheet.findings) == (3, ())
    assert desk.proposals() == []
    _, _, made = desk.import_orders(ANN, "t", good, execute=True)
    assert [each.state for each in made] == ["approved", "approved"]
    _, _, again = desk.import_orders(ANN, "t", good, execute=True)
    assert [each.id for each in again] == [each.id for each in made]
    bad = good.replace(b"X-1", b"Y-1").replace(b"X-2,bracket", b"Y-2,plate")
    sheet, _, made = desk.import_orders(ANN, "u", bad, execute=True)
    assert made == ()
    assert [finding.place for finding in sheet.findings] == ["line 3, part"]


def test_a_stopped_mill_comes_back_and_takes_nothing_meanwhile(folder: Path) -> None:
    now = Following(folder).look()
    state = now.state
    for decision in consequences(state, now.shop, a.StopUnit("mill-2", 2.0), by="Ann", why="coolant leaks"):
        apply(state, e.Event(state.version + 1, state.now_s, "person", decision.fact))
    assert state.out_of_service == {"mill-2": 3 * HOUR_S}
    room = ReturnToServiceDecider()
    assert room.decide(state) == []
    state.now_s = 3 * HOUR_S
    (back,) = room.decide(state)
    apply(state, e.Event(state.version + 1, state.now_s, "software", back.fact))
    assert state.out_of_service == {}
    with pytest.raises(NotPossible):
        consequences(state, now.shop, a.ReturnUnit("mill-2"), by="Ann", why="")


def test_a_cancelled_order_is_no_longer_made_nor_remade(folder: Path) -> None:
    now = Following(folder).look()
    state = now.state
    for ask in (a.CancelOrder("A-1"), a.ScrapPart("A-1.001", "scratch"), a.CancelOrder("B-1")):
        for decision in consequences(state, now.shop, ask, by="Ann", why=""):
            apply(state, e.Event(state.version + 1, state.now_s, "person", decision.fact))
    assert [part.disposition for part in state.parts.values()] == ["scrap", "cancelled", "cancelled"]
    assert state.cancelled == {"A-1", "B-1"}, "B-1 isn't in the book yet and never comes"


def test_following_sees_a_new_run(folder: Path) -> None:
    following = Following(folder)
    assert set(following.look().state.orders) == {"A-1"}
    for file in (folder / ".nightmill").glob("log.sqlite*"):
        file.unlink()
    assert not following.look().began
    append(folder, (0.0, e.RunStarted("desk", "closed-loop", 2, 3.0, "0" * 64)))
    assert following.look().state.orders == {}
    assert following.look().state.seed == 2


def test_empty_state_has_nobody_limited(folder: Path) -> None:
    assert empty_state(Following(folder).look().shop).attendance == []


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (a.TakeOrder("B-1", "bracket", 1, 40 * HOUR_S), "already"),
        (a.TakeOrder("N-1", "no_such_part", 1, 40 * HOUR_S), "not a part of this shop; its parts: bracket"),
        (a.TakeOrder("N-2", "*", 1, 40 * HOUR_S), "not a part of this shop"),
        (a.TakeOrder("N-3", "/tmp/bracket", 1, 40 * HOUR_S), "not a part of this shop"),
        (a.TakeOrder("N-4", "../parts/bracket", 1, 40 * HOUR_S), "not a part of this shop"),
        (a.CancelOrder("B-9"), "no order B-9 in the book; its orders: "),
    ],
)
def test_the_next_run_is_promised_no_order_that_it_could_never_take(
    desk: Desk, folder: Path, ask: a.TakeOrder | a.CancelOrder, why: str
) -> None:
    append(folder, (30 * HOUR_S, e.RunEnded({})))
    found = desk.propose(ANN, "n-1", ask, "", execute=True)
    assert found.state == "refused"
    assert why in found.refused


def test_two_orders_of_one_name_do_not_wait_for_the_next_run(desk: Desk, folder: Path) -> None:
    append(folder, (30 * HOUR_S, e.RunEnded({})))
    first = a.TakeOrder("N-1", "bracket", 1, 40 * HOUR_S)
    assert desk.propose(ANN, "n-1", first, "", execute=True).state == "approved"
    assert desk.propose(ANN, "n-1", first, "", execute=True).state == "approved", "the same command again"
    again = desk.propose(ANN, "n-2", a.TakeOrder("N-1", "bracket", 9, 50 * HOUR_S), "", execute=True)
    assert (again.state, "N-1 already exists" in again.refused) == ("refused", True)
    for order in ("N-1", "B-1"):
        assert desk.propose(ANN, f"c-{order}", a.CancelOrder(order), "", execute=True).state == "proposed"


@pytest.mark.parametrize("file", ["later.step", "later.STP"])
def test_a_part_whose_step_file_was_put_there_after_the_run_may_be_ordered(desk: Desk, folder: Path, file: str) -> None:
    append(folder, (30 * HOUR_S, e.RunEnded({})))
    (folder / "parts").mkdir(exist_ok=True)
    (folder / "parts" / file).write_text("ISO-10303-21;", encoding="ascii")
    assert desk.propose(ANN, "n-1", a.TakeOrder("N-1", "later", 1, 40 * HOUR_S), "", execute=False).state == "proposed"


def test_many_pieces_are_asked_for_at_once_and_not_planned_while_somebody_waits(tmp_path: Path) -> None:
    desk, ann = Desk(write_shop(tmp_path / "shop"), loop_wait_s=0.0), Caller("ann", "engineer")
    lines = "".join(f"X-{n},bracket,1,2026-12-01\n" for n in range(60))
    sheet, diff = desk.preview_orders(ann, f"order,item,quantity,due\n{lines}".encode())
    assert (len(sheet.rows), diff.foreseen) == (60, False)
    bot = Caller("bot", "agent")
    made = desk.propose(bot, "c", a.TakeOrder("X", "bracket", 9000, 1e6), "", execute=False)
    assert (made.state, made.diff.foreseen) == ("proposed", False)
    lines = "".join(f"Y-{n},bracket,10000,2026-12-01\n" for n in range(3))
    sheet, _ = desk.preview_orders(ann, f"order,item,quantity,due\n{lines}".encode())
    assert [finding.found for finding in sheet.findings] == ["30000 pieces in one table"]


def test_two_rows_of_one_name_are_told_and_the_loop_is_waited_for_once_a_table(tmp_path: Path) -> None:
    desk, ann = Desk(write_shop(tmp_path / "shop"), loop_wait_s=0.0), Caller("ann", "engineer")
    twice = b"order,item,quantity,due\nX-1,bracket,1,2026-12-01\nX-1,bracket,2,2026-12-01\nX-2,bracket,2,2026-12-01\n"
    sheet, _ = desk.preview_orders(ann, twice)
    assert sheet.findings
    assert desk.import_orders(ann, "i", twice, execute=False)[2] == ()
