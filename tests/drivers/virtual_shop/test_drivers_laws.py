"""The laws: monotone where nature is, with the signs that offsets rely on."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nightmill.drivers.virtual_shop import distributions, read_truth
from nightmill.drivers.virtual_shop.hidden_parameters import Breakdown, Surface, Wear
from nightmill.drivers.virtual_shop.pictures import render
from nightmill.drivers.virtual_shop.random_draws import Draws
from nightmill.drivers.virtual_shop.state import Picture
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import Shop


def _life(vc: float, fz: float = 0.05) -> float:
    return distributions.life_min(
        vc, fz, stated_min=60.0, vc_ref_m_min=150.0, fz_ref_mm=0.05, n=0.25, feed_exponent=0.6
    )


@settings(max_examples=40, deadline=None)
@given(st.floats(20, 600), st.floats(1.01, 2.0))
def test_faster_cutting_never_lengthens_tool_life(vc: float, factor: float) -> None:
    assert _life(vc * factor) <= _life(vc)
    assert _life(vc, 0.05 * factor) <= _life(vc, 0.05)


def test_taylor_exponent_is_the_slope() -> None:
    assert _life(150.0) == pytest.approx(60.0)
    assert _life(300.0) == pytest.approx(60.0 / 2**4)


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1.5), st.floats(0.001, 0.5))
def test_wear_and_hazard_only_grow(used: float, step: float) -> None:
    wear = Wear()
    assert distributions.wear_um(used + step, wear) > distributions.wear_um(used, wear)
    assert distributions.breakage_hazard(used + step, 10.0, wear) >= distributions.breakage_hazard(used, 10.0, wear)


def test_damage_shows_before_it_fails_and_not_at_once() -> None:
    failing = Breakdown()
    assert distributions.degradation(0.4, failing) < 0.01 < distributions.degradation(0.8, failing) < 1.0
    assert distributions.degradation(1.0, failing) == pytest.approx(1.0)
    assert distributions.vibration_mm_s(1.0, 0.0, failing) > 4.5 > distributions.vibration_mm_s(0.2, 0.0, failing)


def test_roughness_follows_feed_and_wear() -> None:
    surface = Surface()
    marks = distributions.roughness_um(0.1, 0.2, 0.0, 0.0, surface) - surface.roughness_floor_um
    assert marks == pytest.approx(1000 * 0.1**2 / (32 * 0.2))
    assert distributions.roughness_um(0.1, 0.2, 20.0, 0.0, surface) > distributions.roughness_um(
        0.1, 0.2, 0.0, 0.0, surface
    )


def test_threads_leave_no_feed_marks_on_the_faces_that_a_camera_sees() -> None:
    tap = Tool(1, "tap", 6.0, pitch_mm=1.0, flutes=3)
    insert = Tool(2, "turning", 9.5, pitch_mm=1.75, nose_radius_mm=0.25, insert_angle_deg=60.0)
    surface = Surface()
    for tool, feed in ((tap, 1 / 3), (insert, 1.75)):
        assert (
            distributions.roughness_um(*distributions.feed_marks(tool, feed), 0.0, 0.0, surface)
            == surface.roughness_floor_um
        )
    assert distributions.feed_marks(Tool(3, "turning", 12.7, nose_radius_mm=0.8), 0.2) == (0.2, 0.8)
    assert distributions.feed_marks(Tool(4, "bull", 10.0, corner_radius_mm=1.0), 0.1) == (0.1, 1.0)


def test_materials_find_their_group() -> None:
    names = {"EN AW-6082": "N", "AlMg3": "N", "1.4301 stainless": "M", "C45": "P", "Ti6Al4V": "S", "POM-C": "O"}
    assert {name: distributions.material_group(name) for name in names} == names


def test_nickel_is_cut_slower_than_titanium() -> None:
    wear = Wear()
    assert distributions.material_group("Inconel 718") == "S"
    nickel = distributions.reference_speed_m_min("Inconel 718", None, False, wear)
    assert 0 < nickel < distributions.reference_speed_m_min("Ti-6Al-4V", None, False, wear)
    assert distributions.reference_speed_m_min("Inconel 718", 45.0, False, wear) == 45.0


def test_draws_depend_on_their_key_alone() -> None:
    first, second = Draws(5), Draws(5)
    wanted = [first.normal("M1", "bias", n) for n in range(4)]
    assert [second.normal("M1", "bias", n) for n in reversed(range(4))] == wanted[::-1]
    assert Draws(6).normal("M1", "bias", 0) != wanted[0]


def test_draws_have_their_moments() -> None:
    draws = Draws(1)
    normal = np.array([draws.normal("x", "y", n) for n in range(4000)])
    assert abs(normal.mean()) < 0.06
    assert abs(normal.std() - 1) < 0.05
    assert np.mean([draws.exponential("x", "z", n) for n in range(4000)]) == pytest.approx(1, abs=0.06)


def _grey(defect: str, key: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    image = Image.open(io.BytesIO(render(Picture(key, 1.0, defect, 0.8))))
    assert image.size == (128, 128)
    assert image.mode == "L"
    return np.asarray(image, dtype=float)


@pytest.mark.parametrize("defect", ["scratch", "chip", "burr", "dent"])
def test_defects_show_in_the_image(defect: str) -> None:
    differences = [np.abs(_grey(defect, key) - _grey("", key)) for key in range(1, 9)]
    assert np.median([np.percentile(each, 99.5) for each in differences]) > 40
    assert render(Picture(7, 1.0, defect, 0.8)) == render(Picture(7, 1.0, defect, 0.8))


def test_truth_defaults_and_own_figures(shop: Shop) -> None:
    assert read_truth("", shop).wear == Wear()
    truth = read_truth('[machine.M1]\nbias_um = 12\n[material."6082"]\nspeed_m_min = 400\n', shop)
    assert truth.machine["M1"].bias_um == 12
    assert truth.material["6082"].speed_m_min == 400


def test_truth_names_all_that_is_wrong(shop: Shop) -> None:
    text = "[wear]\nsteady_mm = 0.014\ntaylor_n_carbide = 4\n[machine.M9]\nbias_um = 1\n[weather]\nrain = 1\n[supply]\nlate_share = 'often'\n"
    with pytest.raises(BadInput) as caught:
        read_truth(text, shop)
    places = [finding.place for finding in caught.value.findings]
    assert places == ["wear.steady_mm", "wear.taylor_n_carbide", "machine.M9", "weather", "supply.late_share"]
    assert "steady_um" in caught.value.findings[0].remedy


def test_truth_that_is_no_toml(shop: Shop) -> None:
    with pytest.raises(BadInput, match=r"world\.toml"):
        read_truth("[wear", shop)
