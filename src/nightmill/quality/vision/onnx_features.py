"""Compute features of a pre-trained network at each place of an image, with onnxruntime on one core."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nightmill.quality.vision.efficientnet_lite0 import is_weights, lite0_onnx, read_weights
from nightmill.quality.vision.filter_bank import Features, Floats, Image, squared
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

# allowed image sides for a network, and the maximum number of places on one side of its grid
SIDES = range(32, 1025)
_MOST_PLACES = 32
# at this image side and above, small defects would vanish at 384
_LARGE = 640
# leading tokens of a transformer that aren't patches: the class token and up to seven registers
_MOST_LEADING = 8
# channels: grey, or red, green and blue
_COLOURS = (1, 3)
# a normalised image has a spread of about 1; networks are trained on -1..1
_CONTRAST = 0.25


def size_for(data: bytes, images: Sequence[Image], *, small_faults: bool = False) -> int:
    """Return the side at which the network reads ``images``: 256, or 384 if 256 would lose 12.5 % of their detail.

    The side is 768 for ``small_faults`` if images are at least 640 pixels wide: the network then slides over the image in tiles of
    half the side. It sees small defects, but takes longer and misses defects as wide as a tile. Only EfficientNet-Lite0
    is known to accept all three sizes.
    """
    side = statistics.median(math.sqrt(image.shape[0] * image.shape[1]) for image in images)
    if not is_weights(data) or side <= 1.125 * 256:
        return 256
    return 768 if small_faults and side >= _LARGE else 384


def network_features(data: bytes, size: int = 256) -> Features:
    """Return the feature extractor for ``data``: an ONNX model, or the weights of EfficientNet-Lite0 as torch saves
    them.

    The model takes images (n, 3, h, w), (n, h, w, 3) or one channel, float32 or float16, with a fixed side or otherwise with side
    ``size``. It returns maps (n, channels, h', w'), in the order of its input, or tokens (n, t, channels) of a
    transformer whose patches form a square and come last. Other outputs are ignored. The grid has as many places as the
    finest map with at most 32 places per side; if all maps are finer, it has the size of the coarsest map, halved until it fits. Raises
    ``BadInput`` for a model of another shape, and ``EnvironmentFailed`` if the ``vision`` extra isn't installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise EnvironmentFailed(
            Finding("vision", "onnxruntime", "not installed", "the vision extra", "Install nightmill[vision].")
        ) from error
    model = lite0_onnx(read_weights(data)) if is_weights(data) else data
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        asked = _asked(session, size)

        def read(picture: Floats) -> Floats:
            seen = np.broadcast_to((picture * _CONTRAST).astype(asked.dtype), (1, asked.colours, *picture.shape))
            shown = seen.transpose(0, 2, 3, 1) if asked.channels_last else seen
            return _maps(session.run(None, {asked.name: shown}), asked.channels_last)

        read(np.zeros((asked.size, asked.size), dtype=np.float32))
    except _own_errors() as error:
        expected = "maps of an image (n, 3, h, w) or (n, h, w, 3), or of one channel"
        raise BadInput(
            Finding("network", "", str(error).splitlines()[0], expected, "Export it in that form.")
        ) from error
    return Features("lite0" if is_weights(data) else "network", asked.size, read, model)


@dataclass(frozen=True)
class _Asked:
    """The expected shape and type of a network's input."""

    name: str
    size: int
    colours: int
    channels_last: bool
    dtype: type[np.floating[Any]]


def _asked(session: Any, size: int) -> _Asked:
    one = session.get_inputs()[0]
    shape = list(one.shape)
    kinds: dict[str, type[np.floating[Any]]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
    if len(session.get_inputs()) != 1 or len(shape) != 4 or one.type not in kinds:
        raise ValueError(f"an input {one.name} of {one.type}, shape {shape}")
    last = shape[3] in _COLOURS and shape[1] not in _COLOURS
    colours = shape[3] if last else shape[1]
    sides = [side for side in (shape[1:3] if last else shape[2:4]) if isinstance(side, int)]
    if len(set(sides)) > 1 or (sides and sides[0] not in SIDES):
        raise ValueError(
            f"images of {shape}; a square with sides of {SIDES.start} to {SIDES.stop - 1} pixels is expected"
        )
    known = colours if colours in _COLOURS else 3
    return _Asked(one.name, sides[0] if sides else size, known, last, kinds[one.type])


def _own_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that an unsuitable model raises; those of onnxruntime have no common base class."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (
        ValueError,
        RuntimeError,
        *(kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    )


def _maps(outputs: list[Any], channels_last: bool) -> Floats:
    """Return (grid, grid, channels) of all maps among a network's ``outputs``."""
    squares = [found for output in outputs if (found := _square(np.asarray(output), channels_last)) is not None]
    if not squares:
        raise ValueError("no output with maps of several places")
    sides = [values.shape[1] for values in squares]
    within = [side for side in sides if side <= _MOST_PLACES]
    grid = max(within) if within else min(sides)
    while grid > _MOST_PLACES:
        grid = -(-grid // 2)
    maps = np.empty((grid, grid, sum(len(values) for values in squares)), dtype=np.float32)
    begin = 0
    for values in squares:
        _put(values, maps[..., begin : begin + len(values)])
        begin += len(values)
    return maps


def _square(output: Any, channels_last: bool) -> Floats | None:
    """Return (channels, h, h) of a map or of a transformer's tokens; None for anything else."""
    if output.ndim == 4:
        values = output[0].transpose(2, 0, 1) if channels_last else output[0]
        return values if values.shape[1] == values.shape[2] > 1 else None
    if output.ndim == 3:
        side = math.isqrt(output.shape[1])
        leading = output.shape[1] - side * side
        if side > 1 and leading <= _MOST_LEADING:
            return output[0, leading:].reshape(side, side, -1).transpose(2, 0, 1)
    return None


def _put(values: Any, maps: Floats) -> None:
    """Fill (grid, grid, channels) from (channels, h, h): cell means if the map is finer; repeated or interpolated
    values if it is coarser.
    """
    channels, side, _ = values.shape
    grid = len(maps)
    if side < grid and grid % side == 0:
        # transposed first, so that only short rows are repeated
        coarse = np.ascontiguousarray(values.transpose(1, 2, 0), dtype=np.float32)
        for row in range(grid // side):
            for column in range(grid // side):
                maps[row :: grid // side, column :: grid // side] = coarse
        return
    if side % grid == 0:
        step = side // grid
        values = values if step == 1 else values.reshape(channels, grid, step, grid, step).mean(axis=(2, 4))
    else:
        values = np.stack([squared(each.astype(np.float32), grid) for each in values])
    maps[...] = values.transpose(1, 2, 0)
