"""Random numbers tied to a name: the n-th draw for a purpose is the same under every policy.

A stream is keyed by (seed, replication, name, purpose); draws are numbered, not taken in turn. Adding a machine or changing the
order of work therefore changes no other draw (common random numbers; Law, Simulation Modeling and Analysis, 5th ed., sec.
11.2). The mixer is SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
"""

from hashlib import blake2b
from math import log
from statistics import NormalDist

MASK = 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15
UNIT = 2.0**-53

STANDARD = NormalDist()


def key_of(name: str, purpose: str) -> int:
    """Return a 64-bit key for a name and a purpose."""
    return int.from_bytes(blake2b(f"{purpose}\x00{name}".encode(), digest_size=8).digest(), "big")


def replication_key(seed: int, replication: int) -> int:
    """Return the key that all streams of one replication share."""
    return key_of(f"{seed}\x00{replication}", "replication")


def uniform(replication: int, key: int, n: int) -> float:
    """Draw number ``n`` of a stream, in the open interval (0, 1)."""
    z = ((replication ^ key) + (n + 1) * GOLDEN) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return (((z ^ (z >> 31)) >> 11) + 0.5) * UNIT


def normal(replication: int, key: int, n: int) -> float:
    """A standard normal draw, by inversion so that it is monotone in the uniform one."""
    return STANDARD.inv_cdf(uniform(replication, key, n))


def exponential(replication: int, key: int, n: int) -> float:
    """An exponential draw of mean 1."""
    return -log(uniform(replication, key, n))
