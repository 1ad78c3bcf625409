"""Draw an image for people: the camera's image, with warm colours at places that differ from good parts."""

import numpy as np
from numpy.typing import NDArray

from nightmill.quality.vision.filter_bank import SIZE, Floats, Image, grey, moved, squared

# opacity at the hottest place: the surface below stays visible
_OPACITY = 0.65
_YELLOW, _RED = np.array((255.0, 215.0, 0.0)), np.array((215.0, 0.0, 40.0))


def heat_picture(
    image: Image, heat: Floats, shift: tuple[float, float], usual: tuple[float, float]
) -> NDArray[np.uint8]:
    """Return (h, w, 3) uint8: ``image`` in grey under its ``heat`` (grid, grid).

    ``shift`` is the image's shift before it was read, in ``SIZE``-ths of its side. ``usual`` is the heat at which
    colour starts, and the additional heat at which it is full; yellow turns to red in between.
    """
    under = grey(image)
    placed = moved(squared(heat, SIZE), -shift[0], -shift[1])
    full = _resized(placed, *under.shape)
    strength = np.clip((full - usual[0]) / usual[1], 0, 1)[..., None]
    colour = (1 - strength) * _YELLOW + strength * _RED
    # below a visibility threshold good places stay grey
    cover = _OPACITY * np.minimum(1.0, 3 * strength)
    shown = (1 - cover) * under[..., None] + cover * colour
    return np.asarray(np.clip(np.rint(shown), 0, 255), dtype=np.uint8)


def _resized(values: Floats, rows: int, columns: int) -> Floats:
    """Interpolate linearly between cell centres; repeat the border's values beyond them."""
    for axis, size in ((0, rows), (1, columns)):
        place = np.clip((np.arange(size) + 0.5) * values.shape[axis] / size - 0.5, 0, values.shape[axis] - 1)
        low = np.minimum(place.astype(int), values.shape[axis] - 2)
        part = (place - low).astype(np.float32)
        part = part[:, None] if axis == 0 else part[None, :]
        values = np.take(values, low, axis) * (1 - part) + np.take(values, low + 1, axis) * part
    return values
