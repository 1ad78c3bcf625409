"""Watch brightness, sharpness and position of the images, and raise an alarm when the camera, not the part, has
changed.
"""

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.quality.vision.filter_bank import Floats

AlarmKind = Literal["camera", "light", "pose"]
_PERSIST = 4
_NEEDED = 3
_LIMIT_SD = 3.5
_KINDS: tuple[tuple[AlarmKind, tuple[int, ...]], ...] = (("light", (0, 1)), ("camera", (2, 3)), ("pose", (4, 5)))
# smallest change that counts, however similar the good images were: logarithms of light, contrast, sharpness and noise;
# shift in pixels
_LEAST = np.array([0.03, 0.05, 0.08, 0.08, 1.0, 1.0])
_REASONS = {
    "light": "brightness or contrast differs from the good images",
    "camera": "sharpness or noise differs from the good images",
    "pose": "the part is not where it was on the good images",
}


class CameraAlarm(msgspec.Struct, frozen=True):
    """An alarm raised at the ``image``-th image, counted from 1."""

    kind: AlarmKind
    image: int
    reason: str


def picture_state(values: Floats, shift: tuple[float, float]) -> NDArray[np.float64]:
    """Return six values for a raw image: log light, log contrast, log sharpness, log fine noise, shift in rows and
    columns.
    """
    light = float(np.median(values))
    contrast = float(np.std(values))
    steps = np.abs(np.diff(values, axis=1))
    fine = np.abs(
        values[1:-1, 1:-1] - 0.25 * (values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:])
    )
    # sharpness and noise are relative to the contrast, so a change in lighting alone doesn't change them
    scale = contrast + 1.0
    logs = [np.log(light + 1), np.log(scale), np.log(float(steps.mean()) / scale + 1e-3)]
    return np.array([*logs, np.log(float(np.median(fine)) / scale + 1e-3), *shift])


def watch(
    states: NDArray[np.float64], center: NDArray[np.float64], spread: NDArray[np.float64]
) -> tuple[CameraAlarm, ...]:
    """Return the alarms over (n, 6) states: one at the third of four images in a row that are off to the same side.

    A single odd image (a defect or glare) raises no alarm. Each kind of alarm is raised once, and again after the values
    have returned to normal.
    """
    z = (states - center) / np.maximum(spread, _LEAST)
    alarms: list[CameraAlarm] = []
    raised: set[AlarmKind] = set()
    for index in range(len(z)):
        recent = z[max(0, index - _PERSIST + 1) : index + 1]
        for kind, places in _KINDS:
            off = any(
                max(int(np.sum(recent[:, place] > _LIMIT_SD)), int(np.sum(recent[:, place] < -_LIMIT_SD))) >= _NEEDED
                for place in places
            )
            if off and kind not in raised:
                raised.add(kind)
                alarms.append(CameraAlarm(kind, index + 1, _REASONS[kind]))
            elif not off and not np.any(np.abs(recent[:, list(places)]) > _LIMIT_SD):
                raised.discard(kind)
    return tuple(alarms)
