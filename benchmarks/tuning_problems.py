"""Simulated turning, milling, welding and tempering with hidden constants, and emulators of measured tables: problems for tuners.

Each seed draws a different material and machine. ``prior`` is the study's prior knowledge: nothing ("cold"), handbook
formulas of another material ("handbook"), formulas in which every constant is wrong by a factor of up to 2 ("factor"),
or formulas that lack a term and have wrong exponents ("form"). Simulated.
"""

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.maintenance import neural_network
from nightmill.tuning import Study, read_study
from nightmill.tuning.output_model import numeric_columns
from nightmill.tuning.search_space import decode
from nightmill.tuning.study import Limit

Floats = npt.NDArray[np.float64]
Setting = dict[str, float]
NOISE = {
    "cost": 0.03,
    "ra": 0.03,
    "chatter": 0.03,
    "force": 0.03,
    "lack": 0.03,
    "undercut": 0.03,
    "hardness": 0.01,
    "spread": 0.05,
}
PRIORS = ("cold", "earlier", "handbook", "factor", "form")


class Problem(msgspec.Struct, frozen=True):
    """A study and the truth behind it: the outputs for a setting, without noise."""

    name: str
    study: Study
    truth: Callable[[Setting], dict[str, float]]
    optimum: float

    def measured(self, setting: Setting, rng: np.random.Generator) -> dict[str, float]:
        """Return one noisy trial."""
        return {name: value * (1 + NOISE[name] * rng.standard_normal()) for name, value in self.truth(setting).items()}

    def kept(self, outputs: dict[str, float]) -> bool:
        """Return True if no quality limit is broken."""
        return all(_within(o.limit, outputs[o.name]) for o in self.study.outputs if o.limit)


def _within(limit: Limit, value: Any) -> Any:
    least, most = (-np.inf if limit.min is None else limit.min), (np.inf if limit.max is None else limit.max)
    return (value >= least) & (value <= most)


def _optimum(study: Study, truth: Callable[..., dict[str, Any]]) -> float:
    """Return the least cost within all limits, found by search over arrays of settings."""
    rng = np.random.default_rng(5)
    best, near = np.inf, np.zeros((1, len(study.parameters)))
    limits = {o.name: o.limit for o in study.outputs if o.limit}
    for spread in (1.0, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002):
        points = rng.random((60_000, near.shape[1]))
        if spread < 1.0:
            points = np.clip(
                np.tile(near, (300, 1)) + spread * rng.standard_normal((300 * len(near), near.shape[1])), 0, 1
            )
        columns = numeric_columns(study, points)
        out = truth(columns)
        kept = np.all([_within(limit, out[name]) for name, limit in limits.items()], axis=0)
        for h in study.hard_limits:
            kept &= h.coefficient * np.prod([columns[n] ** q for n, q in h.powers.items()], axis=0) <= h.max
        cost = np.where(kept, out["cost"], np.inf)
        near = points[np.argsort(cost)[:40]]
        best = min(best, float(cost.min()))
    return best


def _off(rng: np.random.Generator, prior: str) -> Callable[[float], float]:
    size = {"handbook": 0.25, "factor": 0.69, "form": 0.25}.get(prior, 0.0)
    return lambda value: float(value * np.exp(rng.uniform(-size, size)))


def turning(seed: int, prior: str) -> Problem:
    """Speed, feed and depth of a turned part: cost under roughness and chatter, spindle power as hard limit."""
    rng = np.random.default_rng([seed, 1])
    C, n = rng.uniform(220, 420), rng.uniform(0.2, 0.33)
    a, b = rng.uniform(0.15, 0.35), rng.uniform(0.05, 0.2)
    kc, nose = rng.uniform(1500, 2600), rng.choice([0.4, 0.8, 1.2])
    edge, stiff = rng.uniform(0.3, 1.2), rng.uniform(1.6, 3.2)
    minute, insert, change = rng.uniform(0.8, 1.6), rng.uniform(4, 12), rng.uniform(1, 4)
    volume, lobes = rng.uniform(60_000, 160_000), rng.uniform(0, 0.15)

    def truth(p: Setting) -> dict[str, float]:
        vc, f, ap = p["vc"], p["f"], p["ap"]
        minutes = volume / (1000 * vc * f * ap)
        life = (C / (vc * f**a * ap**b)) ** (1 / n)
        cost = minutes * minute + minutes / life * (insert + change * minute)
        ra = 31.25 * f**2 / nose + 0.25 + edge * np.exp(-vc / 70)
        return {"cost": cost, "ra": ra, "chatter": ap * f**-0.2 / stiff * (1 + lobes * np.sin(vc / 25))}

    w = _off(np.random.default_rng([seed, 2]), prior)
    q_c, q_n, q_k, q_i = w(C), w(n) if prior == "handbook" else n, w(stiff), w(insert)
    life = f"({q_c} / (vc * f**{a if prior != 'form' else 0.0} * ap**{b if prior != 'form' else 0.0}))**{1 / (q_n if prior != 'form' else 0.25)}"
    formulas = {
        "cost": f"{volume / 1000} / (vc * f * ap) * ({minute} + ({q_i} + {change * minute}) / {life})",
        "ra": f"{w(31.25 / nose)} * f**2" + ("" if prior == "form" else f" + {w(0.3)}"),
        "chatter": f"ap / {q_k}" if prior == "form" else f"ap * f**(-0.2) / {q_k}",
    }
    power = {"name": "spindle power", "coefficient": kc / 60_000, "powers": {"vc": 1, "f": 0.75, "ap": 1}, "max": 11.0}
    parameters = [
        {"name": "vc", "low": 60, "high": 400, "scale": "log"},
        {"name": "f", "low": 0.05, "high": 0.6, "scale": "log"},
        {"name": "ap", "low": 0.5, "high": 4.0, "scale": "log"},
    ]
    return _problem("turning", seed, prior, parameters, {"ra": 2.5, "chatter": 1.0}, formulas, [power], truth)


def milling(seed: int, prior: str) -> Problem:
    """Speed, feed per tooth, depth and width of a pocket: cost under roughness and tool force, power as hard limit."""
    rng = np.random.default_rng([seed, 3])
    C, n = rng.uniform(180, 380), rng.uniform(0.22, 0.35)
    a, b, e = rng.uniform(0.15, 0.4), rng.uniform(0.05, 0.15), rng.uniform(0.1, 0.25)
    kc, edge = rng.uniform(900, 2400), rng.uniform(0.2, 0.9)
    minute, tool = rng.uniform(0.9, 1.8), rng.uniform(25, 70)
    volume, most = rng.uniform(40_000, 120_000), rng.uniform(500, 1100)

    def truth(p: Setting) -> dict[str, float]:
        vc, fz, ap, ae = p["vc"], p["fz"], p["ap"], p["ae"]
        minutes = volume / (1000 * vc / (np.pi * 10) * 4 * fz * ap * ae)
        life = 15 * (C / (vc * (fz / 0.1) ** a * (ap / 5) ** b * (ae / 3) ** e)) ** (1 / n)
        force = kc * ap * fz**0.75 * (ae / 10) ** 0.5
        ra = 0.3 + 28 * fz**2 + edge * np.exp(-vc / 60) + 0.25 * (force / most) ** 2
        return {"cost": minutes * minute + minutes / life * tool, "ra": ra, "force": force / most}

    w = _off(np.random.default_rng([seed, 4]), prior)
    q_c, q_n, q_t = w(C), w(n) if prior == "handbook" else n, w(tool)
    shape = f"(vc * (fz / 0.1)**{a} * (ap / 5)**{b} * (ae / 3)**{e})" if prior != "form" else "vc"
    life = f"15 * ({q_c} / {shape})**{1 / q_n if prior != 'form' else 4.0}"
    formulas = {
        "cost": f"{volume * np.pi / 400} / (vc * fz * ap * ae) * ({minute} + {q_t} / ({life}))",
        "ra": f"{w(28)} * fz**2 + {w(0.4)}",
        "force": f"{w(kc / most)} * ap * fz**0.75" + ("" if prior == "form" else " * (ae / 10)**0.5"),
    }
    power = {
        "name": "spindle power", "coefficient": kc * 4 / (60e6 * np.pi) * 1e2, "max": 6.0,
        "powers": {"vc": 1, "fz": 0.75, "ap": 1, "ae": 1},
    }  # fmt: skip
    parameters = [
        {"name": "vc", "low": 50, "high": 350, "scale": "log"},
        {"name": "fz", "low": 0.03, "high": 0.3, "scale": "log"},
        {"name": "ap", "low": 1.0, "high": 12.0, "scale": "log"},
        {"name": "ae", "low": 0.5, "high": 8.0, "scale": "log"},
    ]
    return _problem("milling", seed, prior, parameters, {"ra": 1.2, "force": 1.0}, formulas, [power], truth)


def welding(seed: int, prior: str) -> Problem:
    """Current, voltage and speed of a weld: cost per metre under lack of penetration and undercut, the source's power as hard limit."""
    rng = np.random.default_rng([seed, 7])
    deep, steep = rng.uniform(0.75, 1.25), rng.uniform(1.1, 1.5)
    minute, wire, best = rng.uniform(0.7, 1.5), rng.uniform(0.6, 1.8), rng.uniform(13.0, 16.0)
    cleaning, hot = rng.uniform(0.005, 0.03), rng.uniform(0.8, 1.2)

    def truth(p: Setting) -> dict[str, float]:
        amps, volts, v = p["current"], p["voltage"], p["speed"]
        off = volts - best - 0.04 * amps
        minutes = 1000 / (60 * v)
        penetration = deep * (amps / 220) ** steep * (v / 7) ** -0.4 * np.exp(-np.square(off / 14))
        undercut = hot * (v / 9) ** 1.2 * (amps / 240) ** 0.5 * (1 + 0.05 * np.maximum(off, 0))
        return {
            "cost": minutes * minute + wire * minutes * (amps / 250) ** 1.3 + cleaning * off**2 * minutes,
            "lack": 1 / penetration, "undercut": undercut,
        }  # fmt: skip

    w = _off(np.random.default_rng([seed, 8]), prior)
    best_w = best + 3 * (w(1.0) - 1)
    spatter = "" if prior == "form" else f" + {w(cleaning)} * (voltage - {best_w} - 0.04 * current)**2"
    formulas = {
        "cost": f"1000 / (60 * speed) * ({minute} + {w(wire)} * (current / 250)**{1.3 if prior != 'form' else 1.0}{spatter})",
        "lack": f"{w(1 / deep)} * (current / 220)**(-{steep if prior != 'form' else 1.333}) * (speed / 7)**{0.4 if prior != 'form' else 0.333}",
        "undercut": f"{w(hot)} * (speed / 9)" + ("" if prior == "form" else "**1.2 * (current / 240)**0.5"),
    }
    power = {"name": "source power", "coefficient": 1e-3, "powers": {"current": 1, "voltage": 1}, "max": 9.0}
    parameters = [
        {"name": "current", "low": 120, "high": 340},
        {"name": "voltage", "low": 18, "high": 32},
        {"name": "speed", "low": 3, "high": 15, "scale": "log"},
    ]
    return _problem("welding", seed, prior, parameters, {"lack": 1.0, "undercut": 1.0}, formulas, [power], truth)


def tempering(seed: int, prior: str) -> Problem:
    """Temperature, hours and load of a furnace: cost per kilogram within a band of hardness and under its spread over the load."""
    rng = np.random.default_rng([seed, 9])
    start, fall, c = rng.uniform(66, 74), rng.uniform(1.5e-3, 1.9e-3), rng.uniform(18.5, 20.5)
    hour, heat, slow = rng.uniform(15, 40), rng.uniform(0.05, 0.15), rng.uniform(0.06, 0.12)
    asked = start - fall * (rng.uniform(540, 620) + 273) * (c + np.log10(2))

    def truth(p: Setting) -> dict[str, float]:
        degrees, hours, load = p["degrees"], p["hours"], p["load"]
        parameter = (degrees + 273) * (c + np.log10(hours))
        behind = np.exp(-hours / (slow * load**0.5))
        return {
            "cost": (hour * (hours + 0.5) + heat * degrees) / load + 0.002 * load,
            "hardness": start - fall * parameter + 4 * behind, "spread": 0.25 + 0.08 * load**0.4 + 3 * behind,
        }  # fmt: skip

    w = _off(np.random.default_rng([seed, 10]), prior)
    formulas = {
        "cost": f"({w(hour)} * hours + {w(heat)} * degrees) / load",
        "hardness": f"{start} - {fall * w(1.0) ** 0.2} * (degrees + 273) * ({c} + log(hours) / 2.303)",
        "spread": f"{w(0.35)} + {w(0.05)} * load**0.4"
        + ("" if prior == "form" else f" + 3 * exp(-hours / ({w(slow)} * load**0.5))"),
    }
    parameters = [
        {"name": "degrees", "low": 450, "high": 680},
        {"name": "hours", "low": 0.5, "high": 6, "scale": "log"},
        {"name": "load", "low": 20, "high": 300, "scale": "log"},
    ]
    band: dict[str, float | tuple[float, float]] = {"hardness": (asked - 1.5, asked + 1.5), "spread": 1.0}
    return _problem("tempering", seed, prior, parameters, band, formulas, [], truth)


def _problem(
    name: str,
    seed: int,
    prior: str,
    parameters: list[dict[str, object]],
    limits: Mapping[str, float | tuple[float, float]],
    formulas: dict[str, str],
    hard: list[dict[str, object]],
    truth: Callable[[Setting], dict[str, float]],
) -> Problem:
    outputs: list[dict[str, object]] = [{"name": "cost", "goal": "minimise", "noise": {"relative": NOISE["cost"]}}]
    for o, m in limits.items():
        limit = {"min": m[0], "max": m[1]} if isinstance(m, tuple) else {"max": m}
        outputs.append({"name": o, "limit": limit, "noise": {"relative": NOISE[o]}})
    if prior not in ("cold", "earlier"):
        outputs = [{**o, "prior": formulas[str(o["name"])]} for o in outputs]
    document = {"name": name, "seed": seed, "parameters": parameters, "outputs": outputs, "hard_limits": hard}
    study = read_study(json.dumps(document))
    if prior == "earlier":
        other = {make.__name__: make for make in MADE}[name](seed + 500, "cold")
        rng = np.random.default_rng([seed, 6])
        settings = decode(study, rng.random((40, len(parameters))))
        rows = [
            {"parameters": s, "outputs": other.measured({k: float(v) for k, v in s.items()}, rng)} for s in settings
        ]
        study = read_study(json.dumps({**document, "earlier_trials": rows}))
    return Problem(f"{name} {prior} {seed}", study, truth, _optimum(study, truth))


MADE = (turning, milling, welding, tempering)


class Emulator(msgspec.Struct, frozen=True):
    """A smoothed table of measurements: the value to be maximised at a point of the unit cube, with its best and median."""

    name: str
    inputs: int
    nets: tuple[neural_network.Network, ...]
    best: float
    middle: float

    def value(self, points: Floats) -> Floats:
        """Return the emulated measurement [n] at points [n, inputs]."""
        return np.asarray(np.mean([net.predict(points) for net in self.nets], axis=0))

    def regret(self, value: float) -> float:
        """Return 0 at the optimum, 1 at the median random point."""
        return (self.best - value) / (self.best - self.middle)


def emulators(data: Path) -> list[Emulator]:
    """Return an emulator of each table of measured experiments below ``data``."""
    neural_network.EPOCHS = (8, 400)
    found = []
    for folder in sorted(path.parent for path in data.glob("*/config.json")):
        ranges = json.loads((folder / "config.json").read_text())["parameters"]
        with (folder / "data.csv").open() as lines:
            rows = np.array([[float(cell) for cell in row] for row in csv.reader(lines)])
        low, high = (np.array([p[end] for p in ranges]) for end in ("low", "high"))
        X, y = (rows[:, :-1] - low) / (high - low), rows[:, -1]
        y = (y - y.min()) / np.ptp(y)
        nets = tuple(neural_network.fit_network(X, y, np.ones(len(y)), seed) for seed in range(5))
        plain = Emulator(folder.name, len(low), nets, 1.0, 0.0)
        rng = np.random.default_rng(0)
        points = rng.random((40_000, len(low)))
        values = plain.value(points)
        at = points[np.argsort(-values)[:20]]
        for spread in (0.1, 0.03, 0.01):
            near = np.concatenate([np.repeat(at, 200, axis=0)] * 2)
            near = np.clip(near + spread * rng.standard_normal(near.shape), 0, 1)
            at = near[np.argsort(-plain.value(near))[:20]]
        best = float(plain.value(at).max())
        found.append(msgspec.structs.replace(plain, best=best, middle=float(np.median(values))))
    return found
