"""Moves of a drilling cycle along its axis, as a control makes them at each hole."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stroke:
    """A move along the drilling axis to ``depth`` (mm, absolute): ``kind`` as in ``motions``, ``feed`` in mm/min (None: as programmed),
    or per revolution at ``rpm`` if ``pitch`` is given.
    """

    kind: int
    depth: float
    feed: float | None = None
    pitch: float = 0.0
    rpm: float = 0.0
