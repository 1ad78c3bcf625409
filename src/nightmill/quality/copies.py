"""Copies of few good pictures, moved by half a place and turned over where good parts show themselves so.

Each place's covariance wants more pictures than the directions it has; of few pictures, copies tell what a part that
lies by a hair elsewhere looks like, and mirror images what a surface looks like that has neither top nor bottom (cf.
Simard, Steinkraus & Platt, ICDAR 2003). Whether it has, the good pictures say themselves: mirror images that models of
other pictures find as ordinary as what they are of.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nightmill.quality.image_features import Floats

# pictures up to which copies are made of them
COPIED = 60
# of the side: half a place of the network's finest grid of 32
_STEP = 1 / 64
# how much hotter than what it is of a mirror image may be: surfaces reach 1.03, those with a top and a bottom begin at 1.6
_AS_ORDINARY = 1.15


@dataclass(frozen=True)
class Copy:
    """How a copy is made of an evened picture: ``mirrored`` in rows and columns, then moved by steps."""

    mirrored: tuple[bool, bool]
    steps: tuple[int, int]

    def of(self, picture: Floats) -> Floats:
        """The copy, of the same size; what comes in at the border repeats it."""
        size = len(picture)
        step = max(1, round(size * _STEP))
        rows, columns = (
            np.clip(np.arange(size) + way * step, 0, size - 1)[:: -1 if over else 1]
            for way, over in zip(self.steps, self.mirrored, strict=True)
        )
        return picture[np.ix_(rows, columns)]


MIRRORS = ((True, False), (False, True), (True, True))
_STEPS = ((1, 1), (-1, 1), (1, -1), (-1, -1))


def copies_of(mirrors: tuple[tuple[bool, bool], ...]) -> tuple[Copy, ...]:
    """Four ways to copy: a step to each corner, with each of ``mirrors`` once and the rest as they lie."""
    turned = (*mirrors, *[(False, False)] * len(_STEPS))
    return tuple(Copy(mirrored, steps) for mirrored, steps in zip(turned, _STEPS, strict=False))


def ordinary_mirrors(heat: Callable[[Copy | None], Floats]) -> tuple[tuple[bool, bool], ...]:
    """The mirrors under which good pictures look ordinary.

    ``heat`` gives (n,) how hot the worst places of copies, or of the pictures themselves, are under models of others.
    """
    own = float(np.median(heat(None)))
    return tuple(
        mirror for mirror in MIRRORS if float(np.median(heat(Copy(mirror, (0, 0))))) < _AS_ORDINARY * max(own, 1e-9)
    )
