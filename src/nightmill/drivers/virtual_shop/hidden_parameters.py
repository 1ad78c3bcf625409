"""The hidden truth of the virtual shop: ``world.toml``, its schema and its defaults.

Every section and every key may be left out. A key that doesn't exist, or whose value has the wrong type or is
outside its limits, is a finding; all findings are reported at once, and the world doesn't start. The names include the units.
"""

import difflib
import tomllib
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Wear(msgspec.Struct, frozen=True):
    """Tool wear and breakage; see ``distributions.life_min``, ``wear_um`` and ``breakage_hazard``."""

    taylor_n_carbide: Annotated[float, Meta(gt=0.05, lt=1)] = 0.25
    taylor_n_hss: Annotated[float, Meta(gt=0.05, lt=1)] = 0.125
    hss_speed_share: Positive = 0.25
    feed_exponent: NotNegative = 0.6
    break_in_um: NotNegative = 3.0
    steady_um: NotNegative = 14.0
    accelerated_um: NotNegative = 10.0
    edge_scatter: NotNegative = 0.2
    seat_um: NotNegative = 6.0
    setter_noise_um: NotNegative = 2.0
    breakage_rate_per_min: NotNegative = 0.00002
    breakage_past_life: NotNegative = 4.0


class Dimension(msgspec.Struct, frozen=True):
    """Size errors other than wear; see ``distributions.thermal_um``."""

    bias_um: NotNegative = 3.0
    noise_um: NotNegative = 2.0
    thermal_day_um: NotNegative = 5.0
    thermal_warm_up_um: NotNegative = 4.0
    warm_up_h: Positive = 1.0
    gauge_bias_um: NotNegative = 0.3
    cycle_factor_sigma: NotNegative = 0.01


class Breakdown(msgspec.Struct, frozen=True):
    """Failures of machines over spindle hours; see ``distributions.vibration_mm_s``."""

    gradual_life_h: Positive = 220.0
    gradual_shape: Positive = 3.0
    degradation_exponent: Positive = 6.0
    sudden_mean_h: Positive = 400.0
    initial_age_share: Share = 0.85
    imperfect_share: Share = 0.1
    repair_sigma: NotNegative = 0.5
    vibration_mm_s: Positive = 1.2
    vibration_rise: NotNegative = 3.5
    load_rise_pct: NotNegative = 18.0
    sensor_noise: NotNegative = 0.05
    sample_every_s: Positive = 1800.0


class Surface(msgspec.Struct, frozen=True):
    """Roughness, chatter and visible defects; see ``distributions.roughness_um`` and ``defect_probability``."""

    roughness_floor_um: NotNegative = 0.4
    roughness_wear_um_per_um: NotNegative = 0.03
    natural_frequency_hz: Positive = 900.0
    chatter: NotNegative = 0.15
    defect_share: Share = 0.006
    defect_wear: NotNegative = 0.35
    defect_roughness_per_um: NotNegative = 0.02


class Supply(msgspec.Struct, frozen=True):
    """Deliveries: lead time around the promise, and a tail of late ones."""

    lead_sigma: NotNegative = 0.1
    lead_median: Positive = 0.95
    late_share: Share = 0.1
    late_factor: Annotated[float, Meta(ge=1)] = 2.0
    confirm_s: NotNegative = 900.0


class People(msgspec.Struct, frozen=True):
    """Scatter of the times of people and robots, and the transfer of a program."""

    hand_sigma: NotNegative = 0.08
    robot_sigma: NotNegative = 0.03
    transfer_s: NotNegative = 2.0


class Material(msgspec.Struct, frozen=True):
    """Cutting speed (carbide) at which a tool reaches its stated life in this material."""

    speed_m_min: Positive


class MachineTruth(msgspec.Struct, frozen=True):
    """Fixed values for one machine in place of random values."""

    bias_um: float | None = None
    thermal_day_um: float | None = None
    cycle_factor: Annotated[float, Meta(gt=0.5, lt=2)] | None = None
    gradual_life_h: Positive | None = None
    sudden_mean_h: Positive | None = None
    initial_age_share: Share | None = None


class SupplierTruth(msgspec.Struct, frozen=True):
    """The lateness of one supplier."""

    late_share: Share | None = None
    late_factor: Annotated[float, Meta(ge=1)] | None = None


class Truth(msgspec.Struct, frozen=True):
    """The hidden truth of one virtual shop."""

    wear: Wear = Wear()
    dimension: Dimension = Dimension()
    breakdown: Breakdown = Breakdown()
    surface: Surface = Surface()
    supply: Supply = Supply()
    people: People = People()
    material: dict[str, Material] = msgspec.field(default_factory=dict)
    machine: dict[str, MachineTruth] = msgspec.field(default_factory=dict)
    supplier: dict[str, SupplierTruth] = msgspec.field(default_factory=dict)


_SECTIONS: dict[str, type[msgspec.Struct]] = {
    "wear": Wear,
    "dimension": Dimension,
    "breakdown": Breakdown,
    "surface": Surface,
    "supply": Supply,
    "people": People,
}
_NAMED: dict[str, type[msgspec.Struct]] = {"material": Material, "machine": MachineTruth, "supplier": SupplierTruth}


def read_truth(text: str, shop: Shop, file: str = "world.toml") -> Truth:
    """Return the truth in a ``world.toml`` for ``shop``; an empty text gives all defaults.

    Raises ``BadInput`` with all findings: broken TOML, unknown section, key or machine, wrong type, outside limits.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(Finding(file, "", str(error), "a TOML file", "Correct that line.")) from error
    findings: list[Finding] = []
    for name, table in document.items():
        if name in _SECTIONS:
            findings += _check_table(file, name, table, _SECTIONS[name])
        elif name in _NAMED and isinstance(table, dict):
            for key, inner in table.items():
                findings += _check_table(file, f"{name}.{key}", inner, _NAMED[name])
                if name == "machine" and key not in {unit.id for unit in shop.cutters()}:
                    findings.append(_unknown(file, f"machine.{key}", key, [unit.id for unit in shop.cutters()]))
        else:
            findings.append(_unknown(file, name, name, [*_SECTIONS, *_NAMED]))
    if findings:
        raise BadInput(*findings)
    return msgspec.convert(document, Truth)


def _check_table(file: str, place: str, table: Any, kind: type[msgspec.Struct]) -> list[Finding]:
    if not isinstance(table, dict):
        return [Finding(file, place, repr(table), f"a table [{place}]", "Write the keys below a table header.")]
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    findings = [_unknown(file, f"{place}.{key}", key, list(fields)) for key in table if key not in fields]
    for key, field in fields.items():
        if key not in table:
            if field.required:
                findings.append(Finding(file, place, "nothing", f"the key {key}", "Add it."))
            continue
        try:
            msgspec.convert(table[key], field.type)
        except msgspec.ValidationError as error:
            findings.append(
                Finding(
                    file,
                    f"{place}.{key}",
                    repr(table[key]),
                    str(error),
                    "Give a number in the unit that the name ends in.",
                )
            )
    return findings


def _unknown(file: str, place: str, key: str, known: list[str]) -> Finding:
    near = difflib.get_close_matches(key, known, 1, 0.5)
    remedy = f"Did you mean {near[0]}?" if near else "Remove it."
    return Finding(file, place, f"{key}, which doesn't exist", "one of " + ", ".join(known), remedy)
