"""Cutting data on a lathe: power that there is, speeds of the tool's own material, and slender pieces that give way."""

import math

import msgspec
import pytest
import shapely

from nightmill.cam.cutting_data.milling import drilling
from nightmill.cam.cutting_data.turning import EFFICIENCY, axial_data, blade_data, turning_data
from nightmill.cam.fixturing.chucks import bends_mm, slender_words
from nightmill.cam.tooling.materials import material_named, materials, modulus
from nightmill.cam.tooling.tool_library import default_lathe, default_machine, default_tools
from nightmill.vocabulary.plan import Step, Tool


def tool_of(kind: str, diameter: float = 0.0) -> Tool:
    found = [tool for tool in default_tools() if tool.type == kind and diameter in (0.0, tool.diameter_mm)]
    return found[0]


@pytest.mark.parametrize("kilowatts", [1.0, 3.0, 15.0])
def test_every_cut_keeps_to_the_spindle_s_power(kilowatts: float) -> None:
    lathe = msgspec.structs.replace(default_lathe(), spindle_kw=kilowatts)
    for material in materials():
        found = [
            axial_data(tool_of("drill", 20.0), material, lathe),
            blade_data(tool_of("parting"), material, lathe, 40.0),
            turning_data(tool_of("turning"), material, lathe, 40.0, rough=True),
        ]
        for data in found:
            least = data.fz_mm <= 0.02 or data.ap_mm <= 0.3
            assert data.power_kw <= kilowatts * EFFICIENCY or least, (material.name, data)
    weak = msgspec.structs.replace(default_lathe(), spindle_kw=1.0)
    held = axial_data(tool_of("drill", 20.0), material_named("4140"), weak)
    assert held.source.endswith("feed limited by power")
    assert held.feed_mm_min < axial_data(tool_of("drill", 20.0), material_named("4140"), default_lathe()).feed_mm_min


def test_a_drill_of_high_speed_steel_turns_slower_and_says_by_whose_figure() -> None:
    carbide = tool_of("drill", 10.0)
    steel = msgspec.structs.replace(carbide, material="hss")
    material = material_named("42CrMo4")
    for slow, quick in (
        (axial_data(steel, material, default_lathe()), axial_data(carbide, material, default_lathe())),
        (drilling(steel, material, default_machine()), drilling(carbide, material, default_machine())),
    ):
        assert slow.vc_m_min == pytest.approx(material.vc_hss_m_min / 2, abs=0.1)
        assert quick.vc_m_min == pytest.approx(material.vc_coated_m_min / 2, abs=0.1)
        assert material.source_coated in quick.source
        assert material.source_coated not in slow.source


def test_a_bar_bends_as_a_cantilever_does() -> None:
    material = material_named("Al 6061")
    bend, place = bends_mm(shapely.box(-100.0, 0.0, 0.0, 6.0), -100.0, 50.0, material)
    assert bend == pytest.approx(50.0 * 100.0**3 / (3 * modulus(material) * math.pi * 12.0**4 / 64), rel=0.01)
    assert place == pytest.approx(0.0, abs=0.3)
    tube, _ = bends_mm(shapely.box(-100.0, 3.0, 0.0, 6.0), -100.0, 50.0, material)
    assert tube == pytest.approx(bend / (1 - 0.5**4), rel=0.01)


def test_a_slender_piece_is_said_to_give_way_and_a_stout_one_is_not() -> None:
    material, tool = material_named("Al 6061"), tool_of("turning")
    data = turning_data(tool, material, default_lathe(), 12.0, rough=False)
    step = Step("finish", "finish", tool.number, (), (), data, 1.0, 1, 2)
    told = slender_words(shapely.box(-136.0, 0.0, 0.0, 6.0), -136.0, [step], material)
    assert told.startswith("136 mm from the jaws")
    assert "tailstock" in told
    assert slender_words(shapely.box(-40.0, 0.0, 0.0, 10.0), -40.0, [step], material) == ""
    assert slender_words(shapely.box(-136.0, 0.0, 0.0, 6.0), -136.0, [], material) == ""


def test_plastics_and_copper_have_data_of_their_own() -> None:
    for alias, name in (
        ("Delrin", "POM"),
        ("nylon", "PA 6"),
        ("peek", "PEEK"),
        ("UHMW", "PE 1000"),
        ("C110", "Cu-ETP"),
    ):
        material = material_named(alias)
        assert material.name == name
        assert modulus(material) != modulus(material_named("Al 6061"))
    aliases = [
        alias for material in materials() for alias in {material.name.lower(), material.group, *material.aliases}
    ]
    assert len(aliases) == len(set(aliases)), "one name, one material"
