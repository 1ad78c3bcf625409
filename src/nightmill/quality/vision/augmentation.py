"""Copy the few good images of a part in a fixture, each copy shifted by half a place.

A place's covariance needs more images than it has directions. When images are few, shifted copies show the model how
the part looks when it is slightly out of position (cf. Simard, Steinkraus & Platt, ICDAR 2003). For surfaces, which look alike
everywhere, copies add nothing.
"""

import numpy as np

from nightmill.quality.vision.filter_bank import Floats

# up to this many images, copies are made
COPIED = 60
# fraction of the side: half a place of the network's finest grid of 32
_STEP = 1 / 64

STEPS = ((1, 1), (-1, 1), (1, -1), (-1, -1))


def stepped(picture: Floats, steps: tuple[int, int]) -> Floats:
    """Return a normalised image shifted by ``steps`` in rows and columns, at the same size; the border is repeated."""
    size = len(picture)
    step = max(1, round(size * _STEP))
    rows, columns = (np.clip(np.arange(size) + way * step, 0, size - 1) for way in steps)
    return picture[np.ix_(rows, columns)]
