"""Find pictures that show the same part: sets of real pictures often contain several shots of one part.

A defect learned as good is no longer found, in any shot of that part. If a benchmark mixes bad pictures into the
training set, other shots of the same parts in the test set measure how well a model remembers, not how well it finds
defects.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nightmill.quality.vision.filter_bank import Features, Floats, Image, evened, grey, squared

# Threshold for the correlation of two pictures' deviations from the mean features of good parts: 98 % of the pairs of
# faulty magnetic tiles are below 0.3 and hardly any between 0.4 and 0.5; pairs above that show one tile in different
# light.
_SAME = 0.5


def other_shots(good: list[Image], features: Features) -> Callable[[list[Image], list[Image]], NDArray[np.bool_]]:
    """Return a function of (pictures, known) that finds pictures of parts that also appear among the known ones. Parts
    in a fixture, some of them shifted alike, may be mistaken for the same part.
    """

    def read(pictures: list[Image]) -> Floats:
        return np.stack([features.read(evened(squared(grey(picture), features.size))) for picture in pictures])

    usual = read(good)
    center = usual.mean(axis=0)
    spread = (usual - center).std(axis=(0, 1, 2)) + 1e-6

    def away(pictures: list[Image]) -> Floats:
        flat = ((read(pictures) - center) / spread).reshape(len(pictures), -1)
        unit: Floats = flat / np.linalg.norm(flat, axis=1)[:, None]
        return unit

    def same(pictures: list[Image], known: list[Image]) -> NDArray[np.bool_]:
        if not pictures or not known:
            return np.zeros(len(pictures), dtype=bool)
        found: NDArray[np.bool_] = (away(pictures) @ away(known).T).max(axis=1) > _SAME
        return found

    return same
