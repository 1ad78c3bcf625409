"""Compare predicted cycle times with a time-stepped simulation of a jerk-limited machine.

Usage: python benchmarks/cycle_time.py PROGRAM.ngc|FOLDER ... [--accel 3000] [--jerk 50000] [--step 0.0005]

The simulation shares no speed-profile formula with the prediction: corners are rounded by arcs within the blend
tolerance, and at each time step the machine applies the highest of three jerks after which it can still meet every
limit ahead. It covers motion only; tool changes and dwells are the same for both.
"""

import argparse
import math
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nightmill.verification import Motions, interpret, read_program
from nightmill.vocabulary.shop import MachineLimits

Floats = NDArray[np.float64]
RAPID_MM_S, FEED_MAX_MM_S, BLEND_MM = 500.0, 10000 / 60, 0.01


def path(motions: Motions, accel: float) -> tuple[Floats, Floats]:
    """Return the pieces of the rounded path: length (n,) and highest allowed speed (n,) of each; pieces of length 0 are
    stops.
    """
    way = motions.end - motions.start
    length = np.linalg.norm(way, axis=1)
    keep = length > 1e-9
    way, length = way[keep] / length[keep, None], length[keep]
    rapid = motions.kind[keep] == 0
    speed = np.where(rapid, RAPID_MM_S, np.minimum(motions.feed_mm_min[keep] / 60, FEED_MAX_MM_S))
    arcs = {i: move.arc for i, move in enumerate(motions.primitives) if move.arc is not None}
    primitive, tool = motions.primitive[keep], motions.tool[keep]
    stop = np.array([move.exact_stop for move in motions.primitives])[primitive]
    blend = motions.blend_mm or BLEND_MM
    lengths, limits = [], []
    trimmed = 0.0
    for index in range(len(length)):
        arc = arcs.get(int(primitive[index]))
        top = (
            speed[index] if arc is None else min(speed[index], math.sqrt(accel * min(arc.radius_start, arc.radius_end)))
        )
        last = index + 1 == len(length)
        inside_arc = not last and arc is not None and primitive[index] == primitive[index + 1]
        turn = math.pi if last else math.acos(max(-1.0, min(1.0, float(way[index] @ way[index + 1]))))
        if last or stop[index] or tool[index] != tool[index + 1] or turn > math.radians(179):
            cut, corner = 0.0, 0.0
        elif inside_arc or turn < 2e-3:
            cut, corner = 0.0, math.inf
        else:
            half = (math.pi - turn) / 2
            radius = blend * math.sin(half) / (1 - math.sin(half))
            cut = min(radius / math.tan(half), length[index] / 2, length[index + 1] / 2)
            corner = math.sqrt(accel * cut * math.tan(half))
        lengths.append(max(0.0, length[index] - trimmed - cut))
        limits.append(top)
        if corner == 0.0:
            lengths.append(0.0)
            limits.append(0.0)
        elif cut > 0:
            lengths.append(cut * turn / math.tan(turn / 2))
            limits.append(min(corner, top, float(speed[index + 1])))
        trimmed = cut
    return np.array(lengths), np.array(limits)


@njit(cache=True)
def _braking(v: float, acc: float, target: float, a: float, j: float) -> float:
    """Return the braking distance from speed ``v`` and acceleration ``acc`` to speed ``target`` at zero acceleration;
    negative if the speed will stay below the target anyway.
    """
    if acc > 0.0:
        t = acc / j
        way = v * t + acc * t * t / 2 - j * t**3 / 6
        return way + _braking(v + acc * acc / (2 * j), 0.0, target, a, j)
    t = -acc / j
    start = v + acc * acc / (2 * j)
    if start <= target:
        return -1.0
    dv = start - target
    total = (dv / a + a / j) if dv >= a * a / j else 2 * math.sqrt(dv / j)
    done = start * t - j * t**3 / 6
    return (start + target) / 2 * total - done


@njit(cache=True)
def simulate(lengths: Floats, limits: Floats, a: float, j: float, dt: float) -> float:
    """Return the seconds to run the pieces from rest, in steps of ``dt`` s."""
    at, s, v, acc, seconds = 0, 0.0, 0.0, 0.0, 0.0
    n = len(lengths)
    slack = 1.0
    while at < n:
        while at < n and s >= lengths[at] - 1e-6:
            s -= lengths[at]
            if limits[at] == 0.0:
                s, v, acc = 0.0, 0.0, 0.0
            at += 1
        if at >= n:
            break
        choice = -j
        for which in range(3):
            jerk = j if which == 0 else (0.0 if which == 1 else -j)
            acc2 = min(a, max(-a, acc + jerk * dt))
            v2 = v + (acc + acc2) / 2 * dt
            s2 = s + v * dt
            if v2 < 0.0 or (acc2 > 0.0 and v2 + acc2 * acc2 / (2 * j) > limits[at] + slack):
                continue
            if acc2 <= 0.0 and v2 > limits[at] + slack and which < 2:
                continue
            ahead, safe, k = lengths[at] - s2, True, at + 1
            top = v2 + max(0.0, acc2) ** 2 / (2 * j)
            reach = top * (top / a + a / j)
            while k < n and ahead < reach:
                if limits[k] < top and _braking(v2, acc2, limits[k], a, j) > max(ahead, 0.0) + 1e-3:
                    safe = False
                    break
                ahead += lengths[k]
                k += 1
            if safe:
                choice = jerk
                break
        new = min(a, max(-a, acc + choice * dt))
        speed = max(v + (acc + new) / 2 * dt, 0.05)
        if speed > limits[at] > 0.0 and new > 0.0:
            speed, new = limits[at], 0.0
        s += (v + speed) / 2 * dt
        v, acc = speed, (new if speed > 0.05 else max(new, 0.0))
        seconds += dt
    return seconds


def main() -> None:
    """Print both times of each program and the worst difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--accel", type=float, default=3000.0)
    parser.add_argument("--jerk", type=float, default=50000.0)
    parser.add_argument("--step", type=float, default=0.0005)
    options = parser.parse_args()
    found = [p for source in options.sources for p in (sorted(source.rglob("*.ngc")) if source.is_dir() else [source])]
    programs = [p for p in found if not p.name.startswith("probe-")]
    worst = 0.0
    for program in programs:
        text = program.read_text()
        motions = interpret(text, chord_mm=0.002)
        limits = MachineLimits(
            rapid_mm_min=RAPID_MM_S * 60,
            accel_mm_s2=options.accel,
            tool_change_s=0.0,
            feed_max_mm_min=FEED_MAX_MM_S * 60,
        )
        predicted = read_program(text, limits, jerk_mm_s3=options.jerk).motion_s
        simulated = simulate(*path(motions, options.accel), options.accel, options.jerk, options.step)
        trapezoid = read_program(text, limits, jerk_mm_s3=math.inf).motion_s
        off = predicted / simulated - 1
        worst = max(worst, abs(off))
        print(
            f"{program.parent.name}/{program.name}: predicted {predicted:.2f} s, simulated {simulated:.2f} s"
            f" ({off:+.1%}; without jerk {trapezoid / simulated - 1:+.1%})"
        )
    print(f"{len(programs)} programs, worst difference {worst:.1%}")


if __name__ == "__main__":
    main()
