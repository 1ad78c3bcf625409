"""The world's rules, its clock, and what stays the same under another policy."""

from hashlib import sha256
from itertools import pairwise

import msgspec
import pytest

from nightmill.drivers.virtual_shop import Truth, World, effects, read_truth, rules
from nightmill.drivers.virtual_shop.state import ProgramReading, ToolUse
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.shop import Shop

READING = ProgramReading(600.0, (ToolUse(1, 480.0, 8000.0, 1200.0), ToolUse(2, 60.0, 3000.0, 300.0)))
DIGEST = sha256(b"program").hexdigest()
QUIET = "[breakdown]\nsudden_mean_h = 1e9\ngradual_life_h = 1e9\nsample_every_s = 1e9\n[wear]\nbreakage_past_life = 0\nbreakage_rate_per_min = 0\n"


def _settle(world: World, command: c.AnyCommand, reading: ProgramReading | None = None) -> list[r.AnyReport]:
    answer = world.submit(command, reading)
    assert answer.accepted, answer.reason
    seq = world.last_seq
    for _ in range(50):
        if world.evidence(command.command_id) == "done":
            break
        world.advance(world.now_s + 1e6)
    return list(world.pending(seq))


def _mounted(world: World, machine: str = "M1", serial: str = "S1", pallet: str = "P01", tag: str = "") -> None:
    _settle(world, c.StoreProgram(f"store{tag}", machine, "A/1", DIGEST, "", "6082"), READING)
    _settle(world, c.MountPart(f"mount{tag}", "B1", pallet, serial, "A/1", "blank", 120.0))
    _settle(world, c.MovePallet(f"move{tag}", "R1", pallet, "pool", machine))


def _cut(world: World, serial: str, tag: str, machine: str = "M1", pallet: str = "P01") -> r.CycleFinished:
    _settle(world, c.StartCycle(f"cut{tag}", machine, pallet, serial, "A/1", DIGEST))
    return next(report for report in reversed(world.reality.reports) if isinstance(report, r.CycleFinished))


@pytest.fixture
def world(shop: Shop) -> World:
    return World(shop, read_truth(QUIET, shop), 3)


def test_attended_work_needs_presence_and_a_free_person(shop: Shop) -> None:
    world = World(shop, read_truth(QUIET, shop), 1)
    for n in (1, 2):
        assert world.submit(c.MountPart(f"m{n}", "B1", f"P0{n}", f"S{n}", "A/1", "blank", 120.0)).accepted
    third = c.MountPart("m3", "B1", "P03", "S3", "A/1", "blank", 120.0)
    assert "no person free" in world.submit(third).reason
    world.advance(3600.0)
    world.advance(3600.0)
    # Monday 06:00 UTC is 07:00 in Vienna; the shift ends at 18:00 there, at 11 h of shop time.
    world.relive(11 * 3600.0 - 1)
    assert world.submit(msgspec.structs.replace(third, command_id="m4")).accepted
    world.relive(11 * 3600.0 + 600)
    late = world.submit(c.MountPart("m5", "B1", "P04", "S5", "A/1", "blank", 120.0))
    assert not late.accepted
    assert "nobody present" in late.reason
    assert world.submit(c.MovePallet("night", "R1", "P01", "pool", "M1")).accepted


def test_a_command_takes_effect_once(world: World) -> None:
    command = c.MountPart("m1", "B1", "P01", "S1", "A/1", "blank", 120.0)
    assert world.evidence("m1") == "unknown"
    assert world.submit(command) == c.Acknowledgement("m1", True)
    assert world.submit(command) == c.Acknowledgement("m1", True, True)
    assert world.evidence("m1") == "running"
    assert world.reality.stock["blank"] == 199
    refused = c.DismountPart("d1", "B1", "P09", "S1", "finished", 60.0)
    reason = world.submit(refused).reason
    assert reason
    assert world.submit(refused) == c.Acknowledgement("d1", False, True, reason)
    assert world.evidence("d1") == "refused"


def test_physics_refuses(world: World) -> None:
    _mounted(world)
    wrong: dict[str, c.AnyCommand] = {
        "occupied": c.MovePallet("x1", "R1", "P02", "pool", "M1"),
        "not at pool": c.MovePallet("x2", "R1", "P01", "pool", "M2"),
        "isn't on M1": c.StartCycle("x3", "M1", "P01", "S1", "A/1", "0" * 64),
        "mounted for A/1": c.StartCycle("x4", "M1", "P01", "S1", "A/2", DIGEST),
        "carries S1": c.StartCycle("x5", "M1", "P01", "S7", "A/1", DIGEST),
        "not at M2": c.StartCycle("x6", "M2", "P01", "S1", "A/1", DIGEST),
        "exists already": c.MountPart("x7", "B1", "P02", "S1", "A/1", "blank", 120.0),
        "no stock": c.MountPart("x8", "B1", "P02", "S2", "A/1", "gold", 120.0),
        "isn't down": c.RepairMachine("x9", "M1"),
        "beyond": c.WriteOffset("x10", "M1", 1, 3.0),
        "no supplier": c.PlacePurchaseOrder("x11", "", "po", "", "unobtainium", 1),
        "no place": c.WriteOffset("x12", "M1", 77, 0.0),
        "unknown pallet": c.MovePallet("x13", "R1", "", "pool", "M2"),
    }
    for part_of_reason, command in wrong.items():
        assert part_of_reason in world.submit(command).reason, command
    assert world.submit(c.MovePallet("y1", "R1", "P02", "pool", "M2")).accepted
    assert "busy" in world.submit(c.MovePallet("y2", "R1", "P03", "pool", "G1")).reason
    assert world.submit(c.StartCycle("y3", "M1", "P01", "S1", "A/1", DIGEST)).accepted
    assert "cutting" in world.submit(c.MaintainMachine("y4", "M1", 60.0)).reason


def test_only_so_many_pallets_exist(world: World) -> None:
    for n in range(1, 5):
        assert world.reality.pallet(f"P0{n}") is not None
    assert world.reality.pallet("P05") is None


def test_an_offset_cuts_further_and_wear_less(shop: Shop) -> None:
    still = QUIET + "[dimension]\nnoise_um = 0\nthermal_day_um = 0\nthermal_warm_up_um = 0\ngauge_bias_um = 0\n"

    def bore(offset_mm: float, cuts: int) -> list[float]:
        world = World(shop, read_truth(still, shop), 3)
        _mounted(world)
        _settle(world, c.WriteOffset("o", "M1", 1, offset_mm))
        errors = []
        for n in range(cuts):
            _cut(world, "S1", f"{n}")
            errors.append(world.reality.parts["S1"].errors_um[("A/1", 1)])
        return errors

    plain, moved = bore(0.0, 6), bore(0.02, 6)
    assert [b - a for a, b in zip(plain, moved, strict=True)] == pytest.approx([20.0] * 6)
    assert all(later < earlier for earlier, later in pairwise(plain))


def test_a_reading_is_nominal_plus_sensitivity_times_error(world: World) -> None:
    _mounted(world)
    _cut(world, "S1", "1")
    _settle(world, c.MovePallet("g", "R1", "P01", "M1", "G1"))
    tasks = (c.MeasureTask("d", "A/1", 1, 2.0, 40.0), c.MeasureTask("e", "A/1", 1, -2.0, 40.0))
    reports = _settle(world, c.MeasurePart("q", "G1", "P01", "S1", tasks))
    measured = next(report for report in reports if isinstance(report, r.PartMeasured))
    error_mm = world.reality.parts["S1"].errors_um[("A/1", 1)] / 1000
    assert measured.readings["d"] - 40.0 == pytest.approx(2 * error_mm, abs=0.005)
    assert measured.readings["e"] - 40.0 == pytest.approx(-2 * error_mm, abs=0.005)
    assert (
        "not cut yet"
        in world.submit(c.MeasurePart("q2", "G1", "P01", "S1", (c.MeasureTask("d", "A/2", 1, 2.0, 40.0),))).reason
    )


def test_cycle_time_is_the_programs_times_a_small_factor(world: World) -> None:
    _mounted(world)
    finished = _cut(world, "S1", "1")
    assert 1.0 <= finished.duration_s / READING.cycle_s < 1.06
    assert finished.tool_minutes["1"] == pytest.approx(8.0, rel=0.06)


def test_same_seed_same_world_under_another_order(shop: Shop) -> None:
    truth = read_truth(QUIET, shop)
    first, second = World(shop, truth, 9), World(shop, truth, 9)
    _mounted(first, "M1", "S1", "P01", "a")
    _cut(first, "S1", "a", "M1", "P01")
    _mounted(first, "M2", "S2", "P02", "b")
    _cut(first, "S2", "b", "M2", "P02")
    second.relive(7200.0)
    _mounted(second, "M2", "S2", "P02", "x")
    _cut(second, "S2", "x", "M2", "P02")
    _mounted(second, "M1", "S1", "P01", "y")
    _cut(second, "S1", "y", "M1", "P01")
    for machine in ("M1", "M2"):
        a, b = first.reality.mills[machine], second.reality.mills[machine]
        assert (a.bias_um, a.life_h, a.sudden_at_h, a.slots[1].active) == (
            b.bias_um,
            b.life_h,
            b.sudden_at_h,
            b.slots[1].active,
        )
    other = World(shop, truth, 10)
    assert other.reality.mills["M1"].bias_um != first.reality.mills["M1"].bias_um


def _break(shop: Shop, text: str) -> tuple[World, list[r.AnyReport]]:
    world = World(shop, read_truth(text, shop), 2)
    _mounted(world)
    return world, _settle(world, c.StartCycle("cut", "M1", "P01", "S1", "A/1", DIGEST))


def test_a_breakdown_interrupts_and_a_person_repairs(shop: Shop) -> None:
    text = QUIET.replace("gradual_life_h = 1e9", "gradual_life_h = 0.001\ninitial_age_share = 0")
    world, reports = _break(shop, text)
    assert [type(report) for report in reports[-2:]] == [r.CycleInterrupted, r.MachineFailed]
    assert "alarm" in world.submit(c.StartCycle("again", "M1", "P01", "S1", "A/1", DIGEST)).reason
    repaired = _settle(world, c.RepairMachine("repair", "M1"))[-1]
    assert isinstance(repaired, r.MachineRepaired)
    assert repaired.cause == "bearing"
    assert world.reality.mills["M1"].age_h < world.reality.mills["M1"].life_h


def test_a_broken_tool_gives_way_to_its_sister(shop: Shop) -> None:
    text = QUIET.replace("breakage_rate_per_min = 0\n", "breakage_rate_per_min = 1000\n")
    world, reports = _break(shop, text)
    assert [type(report) for report in reports[-2:]] == [r.CycleInterrupted, r.ToolReplaced]
    assert world.reality.mills["M1"].slots[1].active.id == "M1/T1/2"
    assert world.reality.mills["M1"].mode == "idle"


def test_people_who_are_called_in_come_and_go_again(world: World) -> None:
    night = 14 * 3600.0
    world.relive(night)
    mount = c.MountPart("m1", "B1", "P01", "S1", "A/1", "blank", 120.0)
    assert "nobody present" in world.submit(mount).reason
    assert "end after its start" in world.submit(c.CallPeople("late", "", 0.0, night - 1.0, 1)).reason
    assert "at least 1 person" in world.submit(c.CallPeople("none", "", night, night + 7200.0, 0)).reason
    assert world.submit(c.CallPeople("call", "", night, night + 7200.0, 1)).accepted
    world.relive(night + 600.0)
    told = next(report for report in world.reality.reports if isinstance(report, r.PeopleCalled))
    assert (told.command_id, told.to_s, told.persons) == ("call", night + 7200.0, 1)
    assert told.from_s > told.at_s
    assert "nobody present" in world.submit(msgspec.structs.replace(mount, command_id="m2")).reason, (
        "still on their way"
    )
    world.relive(told.from_s)
    assert world.submit(msgspec.structs.replace(mount, command_id="m3")).accepted
    world.relive(told.to_s)
    again = c.MountPart("m4", "B1", "P02", "S2", "A/1", "blank", 120.0)
    assert "nobody present" in world.submit(again).reason, "gone"


def test_blanks_can_be_bought_for_parts_that_are_new(world: World) -> None:
    assert "no supplier" in world.submit(c.PlacePurchaseOrder("p", "", "PO1", "", "gold", 1)).reason
    assert world.submit(c.PlacePurchaseOrder("q", "", "PO2", "", "blank-plate", 3)).accepted
    world.relive(30 * 86400.0)
    assert world.reality.stock["blank-plate"] == 3


def test_purchases_are_promised_and_arrive(world: World) -> None:
    assert world.submit(c.PlacePurchaseOrder("p", "", "PO1", "Toolco", "tool:1", 6)).accepted
    world.relive(40 * 86400.0)
    kinds = [report for report in world.reality.reports if isinstance(report, r.PurchaseAccepted | r.Delivered)]
    assert sorted(type(report).__name__ for report in kinds) == ["Delivered", "Delivered", "PurchaseAccepted"]
    assert world.reality.crib[1] == 46
    assert world.reality.stock["blank"] == 205


def test_reports_are_repeated_until_acknowledged(world: World) -> None:
    world.submit(c.WriteOffset("o1", "M1", 1, 0.01))
    world.submit(c.WriteOffset("o2", "M1", 2, 0.01))
    assert [report.seq for report in world.pending(0)] == [1, 2]
    assert [report.seq for report in world.pending(1)] == [2]
    with pytest.raises(BadInput, match="another run of the world"):
        world.pending(3)


def test_at_least_a_fifth_of_failures_come_without_warning(shop: Shop) -> None:
    sudden = gradual = 0
    for seed in range(150):
        for mill in World(shop, Truth(), seed).reality.mills.values():
            if mill.sudden_at_h < mill.life_h - mill.age_h:
                sudden += 1
            else:
                gradual += 1
    assert 0.2 <= sudden / (sudden + gradual) <= 0.4


def test_every_command_is_ruled_and_done() -> None:
    kinds = set(c.AnyCommand.__args__)
    assert set(rules._RULES) == kinds
    assert set(effects._BEGIN) | {c.StoreProgram} == kinds
