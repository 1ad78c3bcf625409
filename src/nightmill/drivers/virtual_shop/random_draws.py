"""Random values keyed by (seed, unit, purpose, n): the same key gives the same value, regardless of the order in which values are drawn.

So the world is the same under every policy: the eighth edge of tool 3 on mill M1 has the same life, whichever policy uses
it, and whenever (common random numbers: Law, Simulation Modeling and Analysis, 5th ed., ch. 11.2). The generator
is BLAKE2b over the key (RFC 7693), so there is no state to save or restore.
"""

import math
from hashlib import blake2b

_SPAN = float(1 << 53)


class Draws:
    """All random values in one world."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._key = seed.to_bytes(16, "little", signed=True)

    def _pair(self, unit: str, purpose: str, n: int | str) -> tuple[float, float]:
        digest = blake2b(f"{unit}\x1f{purpose}\x1f{n}".encode(), digest_size=16, key=self._key).digest()
        first = (int.from_bytes(digest[:8], "little") >> 11) + 0.5
        second = (int.from_bytes(digest[8:], "little") >> 11) + 0.5
        return first / _SPAN, second / _SPAN

    def uniform(self, unit: str, purpose: str, n: int | str) -> float:
        """Return a uniform value in the open interval (0, 1)."""
        return self._pair(unit, purpose, n)[0]

    def normal(self, unit: str, purpose: str, n: int | str, sigma: float = 1.0) -> float:
        """Return a normal value with mean 0 and standard deviation ``sigma`` (Box and Muller 1958)."""
        first, second = self._pair(unit, purpose, n)
        return sigma * math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second)

    def lognormal(self, unit: str, purpose: str, n: int | str, sigma: float) -> float:
        """Return a lognormal value with median 1 and standard deviation ``sigma`` of the logarithm."""
        return math.exp(self.normal(unit, purpose, n, sigma))

    def exponential(self, unit: str, purpose: str, n: int | str) -> float:
        """Return an exponential value with mean 1."""
        return -math.log(self.uniform(unit, purpose, n))

    def weibull(self, unit: str, purpose: str, n: int | str, shape: float) -> float:
        """Return a Weibull value with scale 1."""
        return float(self.exponential(unit, purpose, n) ** (1.0 / shape))

    def key(self, unit: str, purpose: str, n: int | str) -> int:
        """Return a 64-bit seed for a separate generator (images)."""
        return int(self._pair(unit, purpose, n)[0] * _SPAN)
