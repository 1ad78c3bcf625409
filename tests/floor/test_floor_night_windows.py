"""The night: as many cuts as possible end before people are back, and what can't is begun last."""

import itertools
import random
from collections.abc import Sequence

import msgspec
import pytest
from test_floor_dispatch_rules import SHOP

from nightmill.floor import ShopState, Wishes, apply, dispatch, empty_state
from nightmill.floor.records import goes_first
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.night_packing import NightCut, NightMill, all_end, night_cuts
from nightmill.vocabulary.shop import Shop, WorkUnit
from nightmill.vocabulary.units import HOUR_S

MILLS = ("mill-1", "mill-2")
UNITS = (*(WorkUnit(name, "mill", "milling") for name in MILLS), *SHOP.work_units[1:])
NIGHT_SHOP = msgspec.structs.replace(SHOP, work_units=UNITS, pallets=6)


def _most(cuts: Sequence[NightCut], mills: Sequence[NightMill]) -> int:
    """The most cuts, by trying all ways."""
    best = 0
    for places in itertools.product([*(mill.id for mill in mills), ""], repeat=len(cuts)):
        given = {mill.id: [cut for cut, at in zip(cuts, places, strict=True) if at == mill.id] for mill in mills}
        if all(_holds(mill, given[mill.id]) for mill in mills):
            best = max(best, sum(map(bool, places)))
    return best


def _holds(mill: NightMill, given: Sequence[NightCut]) -> bool:
    seconds = sum(cut.takes_s.get(mill.id, 1e9) for cut in given)
    edges = {tool: sum(cut.shares.get(tool, 0.0) for cut in given) for tool in mill.edges}
    fits = all(edges[tool] <= left + 1e-6 for tool, left in mill.edges.items())
    return fits and seconds <= min(mill.left_s, mill.chips_s) + 1e-6 and len(given) <= mill.cuts


@pytest.mark.parametrize("seed", range(20))
def test_as_many_cuts_end_as_can(seed: int) -> None:
    rng = random.Random(seed)
    mills = [
        NightMill("a", rng.uniform(5, 16) * HOUR_S, {"1": rng.choice([1.0, 3.0])}),
        NightMill("b", rng.uniform(5, 16) * HOUR_S, {"1": 3.0}, chips_s=rng.choice([9, 99]) * HOUR_S, cuts=rng.choice([2.0, 9.0])),
    ]  # fmt: skip
    cuts = [
        NightCut(f"{n}", {"a": (took := rng.uniform(1, 5) * HOUR_S), "b": took}, {"1": rng.choice([0.25, 0.5])})
        for n in range(7)
    ]
    found = night_cuts(cuts, mills)
    assert all(_holds(mill, [cut for cut in cuts if found.get(cut.id) == mill.id]) for mill in mills)
    assert len(found) >= _most(cuts, mills) - 1
    assert all_end(cuts, mills) <= (len(found) == len(cuts))


def test_the_heuristic_is_seldom_one_short() -> None:
    short = 0
    for seed in range(40):
        rng = random.Random(1000 + seed)
        mills = [NightMill(name, rng.uniform(6, 12) * HOUR_S, {}) for name in "ab"]
        cuts = [NightCut(f"{n}", dict.fromkeys("ab", rng.uniform(1, 5) * HOUR_S), {}) for n in range(7)]
        short += _most(cuts, mills) - len(night_cuts(cuts, mills))
    assert 0 <= short <= 2


def test_the_urgent_goes_before_the_short() -> None:
    mills = [NightMill("a", 10 * HOUR_S, {})]
    cuts = [NightCut(str(n), {"a": hours * HOUR_S}, {}, urgent=hours > 5) for n, hours in enumerate((3, 3, 3, 6))]
    assert night_cuts(cuts, mills).keys() == {"3", "0"}
    assert night_cuts([msgspec.structs.replace(cut, urgent=False) for cut in cuts], mills).keys() == {"0", "1", "2"}


def test_what_finds_no_place_speaks_for_nothing_but_its_like() -> None:
    mills = [NightMill("lathe", HOUR_S, {}), NightMill("mill", 16 * HOUR_S, {"1": 0.2, "2": 0.5, "3": 0.5})]
    turned = [NightCut(f"t{n}", {"lathe": (2 + n) * HOUR_S}, {}) for n in range(3)]
    urgent = [NightCut(f"u{n}", {"mill": (17 + n) * HOUR_S}, {}, urgent=True) for n in range(3)]
    blunt = [NightCut(f"b{n}", {"mill": (1 + n / 10) * HOUR_S}, {"1": 0.25}) for n in range(3)]
    rest = [NightCut(f"m{n}", {"mill": 3 * HOUR_S}, {str(2 + n % 2): 0.25}) for n in range(5)]
    for others in (turned, urgent, blunt, [*turned, *urgent, *blunt]):
        assert night_cuts([*others, *rest], mills) == {f"m{n}": "mill" for n in range(4)}
    alike = [NightCut("t", {"lathe": 3 * HOUR_S}, {}), NightCut("m", {"mill": 3 * HOUR_S}, {})]
    assert night_cuts(alike, mills) == {"m": "mill"}, "as long, on another machine"
    alike = [NightCut("1", {"mill": 3 * HOUR_S}, {"1": 0.25}), NightCut("2", {"mill": 3 * HOUR_S}, {"2": 0.25})]
    assert night_cuts(alike, mills) == {"2": "mill"}, "as much, of another tool"


def _night(hours: Sequence[float], due_s: float = 1e7) -> ShopState:
    """One part of each length in the pool, in the schedule's order, all planned for the first mill."""
    state, seq = empty_state(NIGHT_SHOP), itertools.count(1)
    state.stock["blank"] = 9

    def add(fact: e.AnyFact) -> None:
        apply(state, e.Event(next(seq), 0.0, "software", fact))

    lines = []
    for n, long in enumerate(hours, 1):
        operation = e.RoutedOperation(f"p{n}/1", "sha", long * HOUR_S, {"1": 0.1})
        add(e.RouteCertified(f"p{n}", 1, "cad", "Al 6061", (operation,), True, 1.0))
        add(e.OrderReceived(f"O{n}", f"p{n}", 1, due_s, 1))
        serial = next(part.serial for part in state.parts.values() if part.order == f"O{n}")
        lines.append(e.ScheduleLine(serial, f"p{n}/1", "mill-1", 0.0, n * HOUR_S, n * HOUR_S))
        mount = c.MountPart(f"m{n}", "bench", f"P{n:02d}", serial, f"p{n}/1", "", 1.0)
        add(e.CommandIssued(mount))
        add(e.Reported(r.PartMounted(n, 0.0, "bench", f"m{n}", f"P{n:02d}", serial, f"p{n}/1")))
    add(e.SchedulePublished("test", tuple(lines), 0.0, 0.0))
    return state


def _fed(state: ShopState, back_h: float, shop: Shop = NIGHT_SHOP) -> dict[str, str]:
    """Which pallets the robot would bring where, one after the other, with nobody there."""
    wishes = Wishes(0, frozenset(), frozenset(), (), (), {"1": 60.0}, {}, {}, back_s=back_h * HOUR_S, left_s=0.0)
    found: dict[str, str] = {}
    for command in dispatch(state, shop, wishes, lambda sha: "text"):
        if isinstance(command, c.MovePallet):
            found[command.pallet] = command.destination
    return found


def _alone(state: ShopState) -> ShopState:
    """The second mill can cut nothing: its tool is worn out, and nobody brings another."""
    state.machines["mill-2"].edges["1"].minutes = 60.0
    state.machines["mill-2"].edges["1"].sisters = 0
    return state


def test_what_cannot_end_in_time_is_begun_last() -> None:
    hours = (8, 3, 3, 3)
    assert _fed(_alone(_night(hours)), 10) == {"P02": "mill-1"}, "three of 3 h end, with the one of 8 h only one"
    assert _fed(_alone(_night(hours, due_s=11 * HOUR_S)), 10) == {"P01": "mill-1"}, "wanted in the morning"
    assert _fed(_alone(_night(hours)), 17.5) == {"P01": "mill-1"}, "all end in time: by the schedule"
    assert _fed(_alone(_night(hours)), 3.5) == {"P02": "mill-1"}, (
        "in a short absence what ends in it goes first, as ever"
    )
    assert _fed(_alone(_night((8, 9))), 7) == {"P01": "mill-1"}, "nothing ends in time: the mill cuts on all the same"


def test_a_cut_goes_to_the_mill_where_it_ends_in_time() -> None:
    state = _night((5, 4, 3))
    state.machines["mill-1"].edges["1"].sisters = 0
    state.machines["mill-1"].edges["1"].minutes = 59.95
    assert _fed(state, 9.5) == {"P02": "mill-2"}, "the schedule's mill has no edge for any of them"
    both = _night((7, 6, 5, 5, 4, 3))
    found = dict[str, str]()
    for _ in range(2):
        for pallet, mill in _fed(both, 10.5).items():
            both.pallets[pallet].place = mill
            found[pallet] = mill
    assert set(found.values()) == set(MILLS)
    assert not found.keys() & {"P01", "P02"}, "5 + 5 and 4 + 3, or 5 + 4 and 5 + 3: four of six"


def test_no_mill_is_kept_for_a_cut_that_its_chip_bin_will_not_take() -> None:
    """By what such cuts have taken it would hold them; by what they are planned to take, which counts, it doesn't."""
    small = msgspec.structs.replace(UNITS[0], chip_s=3 * HOUR_S)
    shop = msgspec.structs.replace(NIGHT_SHOP, work_units=(small, *UNITS[1:]))
    state = _night((3.1, 9, 9))
    state.cut_s = {"mill-1": {"p1/1|sha": (100, 100 * 2.9 * HOUR_S)}}
    assert _fed(state, 10, shop) == {"P01": "mill-2"}


def test_what_no_night_is_long_enough_for_takes_no_turn_from_others() -> None:
    state = _alone(_night((12, 12, 8, 3, 3, 3)))
    for pallet, days in (("P01", 4), ("P02", 4), ("P03", 3)):
        state.pallets[pallet].mounted_s = -days * 24 * HOUR_S
    assert _fed(state, 10) == {"P03": "mill-1"}


def test_what_is_on_its_way_to_a_mill_has_that_mills_turn() -> None:
    state = _night((8, 8, 8, 3, 3, 3))
    state.pallets["P01"].place = "mill-1"
    for pallet, days in (("P01", 5), ("P02", 3), ("P03", 4)):
        state.pallets[pallet].mounted_s = -days * 24 * HOUR_S
    assert _fed(state, 16.5) == {"P04": "mill-2"}, "one more turn: P03 goes to what is left of mill-1, and P02 waits"


def test_a_cut_that_yielded_for_days_goes_first() -> None:
    state = _alone(_night((8, 3, 3, 3)))
    assert _fed(state, 10) == {"P02": "mill-1"}
    state.pallets["P01"].mounted_s = -2 * 24 * HOUR_S
    assert _fed(state, 10) == {"P01": "mill-1"}, "two nights went by without it"
    state.pallets["P01"].mounted_s = -1.9 * 24 * HOUR_S
    assert _fed(state, 10) == {"P02": "mill-1"}
    for pallet in state.pallets.values():
        pallet.mounted_s = -3 * 24 * HOUR_S
    state.pallets["P03"].mounted_s -= HOUR_S
    assert goes_first(state, 0.0, 10 * HOUR_S, 1, state.parts) == {state.pallets["P03"].serial}, (
        "the longest there, one a mill"
    )
    assert len(goes_first(state, 0.0, 10 * HOUR_S, 3, state.parts)) == 3
    begun = e.CommandIssued(c.StartCycle("c1", "mill-1", "P03", state.pallets["P03"].serial, "p3/1", "sha"))
    apply(state, e.Event(98, HOUR_S, "software", begun))
    started = r.CycleStarted(98, HOUR_S, "mill-1", "c1", state.pallets["P03"].serial, "p3/1", "sha")
    apply(state, e.Event(98, HOUR_S, "cell", e.Reported(started)))
    assert goes_first(state, 0.0, 10 * HOUR_S, 1, state.parts) == frozenset(), "that mill has had its turn"
    assert goes_first(state, 2 * HOUR_S, 10 * HOUR_S, 1, state.parts) == {state.pallets["P01"].serial}, (
        "in another night"
    )
    mounted = r.PartMounted(99, 5 * HOUR_S, "bench", "m99", "P05", state.pallets["P02"].serial, "p2/1")
    apply(state, e.Event(99, 5 * HOUR_S, "cell", e.Reported(mounted)))
    assert state.pallets["P05"].mounted_s == 5 * HOUR_S
