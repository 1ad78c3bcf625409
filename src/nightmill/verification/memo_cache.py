"""Keep results from one check of a part for reuse in the next, each under a digest of everything that went into the result."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


class Recall:
    """Check results by key; one result is kept for each key, so that no more is stored than one check produces.

    A result is reused only if the digest of its sources is the same, so that a check with a recall gives the same answer as a check
    without.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, object]] = {}

    def of(self, place: str, digest: str, make: Callable[[], T]) -> T:
        """Return the result kept at ``place`` if it came from the same sources, otherwise what ``make`` returns.

        The new result is kept unless it is None, which means that the work was interrupted; the next check repeats it.
        """
        known = self._kept.get(place)
        if known is None or known[0] != digest:
            made = make()
            if made is None:
                return made
            known = self._kept[place] = (digest, made)
        return cast("T", known[1])


def digest(*sources: str | bytes | NDArray[np.float64] | Any) -> str:
    """Return SHA-256 over sources in order: texts, bytes, arrays and records."""
    total = hashlib.sha256()
    for source in sources:
        if isinstance(source, np.ndarray):
            part = np.ascontiguousarray(source).tobytes()
        else:
            part = source if isinstance(source, bytes) else msgspec.json.encode(source)
        total.update(len(part).to_bytes(8, "little"))
        total.update(part)
    return total.hexdigest()
