"""Copies of few good pictures of a part in a fixture, moved by half a place.

Each place's covariance wants more pictures than the directions it has; of few pictures, copies tell what a part that lies
by a hair elsewhere looks like (cf. Simard, Steinkraus & Platt, ICDAR 2003). Of surfaces, which look alike everywhere, they
tell nothing new.
"""

import numpy as np

from nightmill.quality.vision.filter_bank import Floats

# pictures up to which copies are made of them
COPIED = 60
# of the side: half a place of the network's finest grid of 32
_STEP = 1 / 64

STEPS = ((1, 1), (-1, 1), (1, -1), (-1, -1))


def stepped(picture: Floats, steps: tuple[int, int]) -> Floats:
    """An evened picture moved by ``steps`` in rows and columns, of the same size; what comes in at the border repeats it."""
    size = len(picture)
    step = max(1, round(size * _STEP))
    rows, columns = (np.clip(np.arange(size) + way * step, 0, size - 1) for way in steps)
    return picture[np.ix_(rows, columns)]
