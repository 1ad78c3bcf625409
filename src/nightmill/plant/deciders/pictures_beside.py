"""Decode camera pictures in a reusable child process with limits, so that a malicious file can't affect the run."""

import struct

import numpy as np
from numpy.typing import NDArray

from nightmill.formats import decode_image
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.workers import KeptChild, Limits

LIMITS = Limits(memory_mib=2048, cpu_s=20, wall_s=30.0)
_SHAPE = struct.Struct("<II")


class PictureReader:
    """Decode pictures one after another; the child starts with the first picture."""

    def __init__(self) -> None:
        self._child = KeptChild(f"{__name__}:decoded", LIMITS)

    def read(self, data: bytes, name: str) -> NDArray[np.uint8]:
        """Return the picture as (height, width, 3) uint8, sRGB. Raises ``BadInput`` with its name if it can't be read."""
        try:
            answer = self._child.ask(data, name)
        except BadInput as error:
            raise BadInput(*(Finding(name, f.place, f.found, f.expected, f.remedy) for f in error.findings)) from error
        height, width = _SHAPE.unpack_from(answer)
        return np.frombuffer(answer, np.uint8, offset=_SHAPE.size).reshape(height, width, 3)


def decoded(data: bytes) -> bytes:
    """Return height, width and pixels; runs in the child."""
    image = decode_image(data, "")
    return b"".join((_SHAPE.pack(*image.shape[:2]), image.data.cast("B")))
