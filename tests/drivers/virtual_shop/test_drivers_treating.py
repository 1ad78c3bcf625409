"""Ovens, washers and tumblers of the virtual shop: who may put in what, and what becomes of it."""

import msgspec
import pytest

from nightmill.drivers.virtual_shop import World, read_truth
from nightmill.drivers.virtual_shop.state import Part
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Shop, WorkUnit
from nightmill.vocabulary.units import HOUR_S

QUIET = "[breakdown]\nsudden_mean_h = 1e9\ngradual_life_h = 1e9\nsample_every_s = 1e9\n"
BAKE = c.TreatParts("bake", "oven", ("S1", "S2"), "bake", 60.0, 20 * HOUR_S)


@pytest.fixture
def world(shop: Shop) -> World:
    """Two cut parts beside an oven of two places and a table at which somebody stays."""
    units = (*shop.work_units, WorkUnit("oven", "process", "cell", places=2), WorkUnit("table", "process", "cell"))
    world = World(msgspec.structs.replace(shop, work_units=units), read_truth(QUIET, shop), 3)
    world.reality.parts = {name: Part(name, "wip") for name in ("S1", "S2")}
    return world


def _settle(world: World, command: c.AnyCommand) -> None:
    answer = world.submit(command)
    assert answer.accepted, answer.reason
    while world.evidence(command.command_id) != "done":
        world.advance(world.now_s + HOUR_S)


def test_parts_are_put_in_by_people_treated_without_and_taken_out_by_people(world: World) -> None:
    free = world.reality.persons_free()
    assert world.submit(BAKE).accepted
    assert world.reality.persons_free() == free - 1
    world.advance(world.now_s + HOUR_S)
    assert isinstance(world.reality.reports[-1], r.TreatmentStarted)
    assert world.reality.persons_free() == free
    assert world.evidence("bake") == "running"
    unload = c.UnloadParts("out", "oven", ("S1",), "finished", 30.0)
    assert "bake" in world.submit(unload).reason
    world.relive(world.now_s + 20 * HOUR_S)
    assert world.evidence("bake") == "done"
    treated = next(report for report in world.reality.reports if isinstance(report, r.PartsTreated))
    assert treated.duration_s == pytest.approx(20 * HOUR_S)
    assert "nobody" in world.submit(msgspec.structs.replace(unload, command_id="night")).reason
    world.relive(world.now_s + 6 * HOUR_S)
    _settle(world, msgspec.structs.replace(unload, command_id="day"))
    assert world.reality.parts["S1"].place == "finished"
    assert world.reality.inside == {"oven": ["S2"]}


def test_physics_refuses(world: World) -> None:
    replace = msgspec.structs.replace
    for change, reason in (
        ({"unit": "M1"}, "not a process"),
        ({"unit": "table"}, "takes 1 to 1"),
        ({"serials": ()}, "takes 1 to 2"),
        ({"serials": ("S1", "S9")}, "unknown"),
        ({"duration_s": 0.0}, "invalid times"),
    ):
        command = replace(BAKE, command_id=str(change), **change)
        assert reason in world.submit(command).reason
    assert "not in oven" in world.submit(c.UnloadParts("u", "oven", ("S1",), "wip", 1.0)).reason
    _settle(world, replace(BAKE, serials=("S1",), duration_s=60.0))
    assert "holds S1" in world.submit(replace(BAKE, command_id="again", serials=("S2",))).reason
    twice = c.TreatParts("twice", "table", ("S1",), "deburr", 1.0, 60.0)
    assert "in oven" in world.submit(twice).reason
    assert "unknown destination" in world.submit(c.UnloadParts("v", "oven", ("S1",), "moon", 1.0)).reason


def test_somebody_stays_with_what_is_attended(world: World) -> None:
    free = world.reality.persons_free()
    command = c.TreatParts("deburr", "table", ("S1",), "deburr", 30.0, 600.0, attended=True)
    assert world.submit(command).accepted
    world.advance(world.now_s + HOUR_S)
    assert world.reality.persons_free() == free - 1
    world.advance(world.now_s + HOUR_S)
    assert isinstance(world.reality.reports[-1], r.PartsTreated)
    assert world.reality.persons_free() == free
