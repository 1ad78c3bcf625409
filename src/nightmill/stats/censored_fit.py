"""Fit shifted lognormal times, some of them right-censored (known only to have lasted longer)."""

import math
from collections.abc import Sequence
from statistics import NormalDist

import msgspec

STANDARD = NormalDist()
_SHARES = (0.25, 0.5, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 1.0)
_FAR = 6.0
_ENOUGH = 10

_WORTH = 2.0
"""Gain in log likelihood that a shift must bring to be accepted: half the 5 % point of a chi square with one degree."""


class Fit(msgspec.Struct, frozen=True):
    """``shift`` + exp(normal of ``mean`` and ``sd``); ``log_likelihood`` of the times it was fitted to."""

    shift: float
    mean: float
    sd: float
    log_likelihood: float


def fit_shifted(
    complete: Sequence[float], censored: Sequence[float] = (), *, may_shift: bool = True, least_sd: float = 1e-4
) -> Fit:
    """The most likely law of the times; ``censored`` ones lasted longer than recorded.

    The shift is searched between 0 and the shortest time, less a share of the spread (the likelihood has no bound at
    the shortest time itself; Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 1, sec. 14.4), and is
    0 unless it is significant and ``may_shift``. Needs one complete time above 0.
    """
    shortest, middle = min(complete), sorted(complete)[len(complete) // 2]
    best = _at_shift(0.0, complete, censored, least_sd)
    if not may_shift or len(complete) < _ENOUGH or middle - shortest < least_sd * shortest:
        return best
    room = max(0.0, shortest - (middle - shortest) / len(complete))
    shifted = [_at_shift(share * room, complete, censored, least_sd) for share in _SHARES]
    top = max(shifted, key=lambda fit: fit.log_likelihood)
    return top if top.log_likelihood > best.log_likelihood + _WORTH and top.sd > least_sd else best


def completed(mean: float, sd: float, censored: Sequence[float]) -> tuple[list[float], list[float]]:
    """Expected logarithms of censored times, and the remaining variance of each (E step of Dempster, Laird & Rubin 1977)."""
    expected, left = [], []
    for time in censored:
        z = (math.log(time) - mean) / sd
        hazard = STANDARD.pdf(z) / (1.0 - STANDARD.cdf(z)) if z < _FAR else z + 1.0 / z - 2.0 / z**3
        expected.append(mean + sd * hazard)
        left.append(sd * sd * max(0.0, 1.0 + z * hazard - hazard * hazard))
    return expected, left


def _at_shift(shift: float, complete: Sequence[float], censored: Sequence[float], least_sd: float) -> Fit:
    logs = [math.log(time - shift) for time in complete]
    beyond = [time - shift for time in censored if time > shift]
    mean = sum(logs) / len(logs)
    sd = max(math.sqrt(sum((log - mean) ** 2 for log in logs) / len(logs)), least_sd)
    for _ in range(200 if beyond else 0):
        expected, left = completed(mean, sd, beyond)
        number = len(logs) + len(beyond)
        before, mean = mean, (sum(logs) + sum(expected)) / number
        spread = sum((log - mean) ** 2 for log in (*logs, *expected)) + sum(left)
        sd = max(math.sqrt(spread / number), least_sd)
        if abs(mean - before) < 1e-9:
            break
    likelihood = sum(-log - math.log(sd) - 0.5 * ((log - mean) / sd) ** 2 for log in logs)
    likelihood += sum(_log_tail((math.log(time) - mean) / sd) for time in beyond)
    return Fit(shift, mean, sd, likelihood - 0.5 * len(logs) * math.log(2.0 * math.pi))


def _log_tail(z: float) -> float:
    """Logarithm of the normal probability above ``z`` (Mills' ratio far out in the tail)."""
    if z < _FAR:
        return math.log(1.0 - STANDARD.cdf(z))
    return -0.5 * z * z - math.log(z * math.sqrt(2.0 * math.pi)) + math.log1p(-1.0 / (z * z))
