"""Features of a pre-trained network at each place of a picture, by onnxruntime on one core."""

import math
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np

from nightmill.quality.image_features import Features, Floats, Image
from nightmill.quality.lite0 import is_weights, lite0_onnx, read_weights
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

# side of the picture that the network sees, and places on the side of its grid
GRIDS = {256: 32, 384: 24}
# an evened picture has a spread of about 1; networks are trained on -1..1
_CONTRAST = 0.25


def size_for(data: bytes, images: Sequence[Image]) -> int:
    """The size at which ``images`` go into the network: the larger one where 256 would lose an eighth of their detail.

    Only EfficientNet-Lite0 is known to take both.
    """
    sides = [math.sqrt(image.shape[0] * image.shape[1]) for image in images]
    return 384 if is_weights(data) and statistics.median(sides) > 1.125 * 256 else 256


def network_features(data: bytes, size: int = 256) -> Features:
    """What the network ``data`` sees: an ONNX model, or the weights of EfficientNet-Lite0 as torch saves them.

    The model takes (n, 3, h, w) and gives one or more (n, channels, h', w') maps; each is brought to the places of
    ``GRIDS``: 32 x 32 for pictures of ``size`` 256, 24 x 24 for 384.
    Raises ``BadInput`` for a model that doesn't, ``EnvironmentFailed`` where the ``vision`` extra isn't installed.
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
    grid = GRIDS[size]
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        asked = session.get_inputs()[0].name

        def read(picture: Floats) -> Floats:
            return _maps(session.run(None, {asked: np.broadcast_to(picture * _CONTRAST, (1, 3, *picture.shape))}), grid)

        read(np.zeros((size, size), dtype=np.float32))
    except _own_errors() as error:
        raise BadInput(
            Finding("network", "", str(error).splitlines()[0], "maps of a (n, 3, h, w) picture", "Export it so.")
        ) from error
    return Features("lite0" if is_weights(data) else "network", size, read, model)


def _own_errors() -> tuple[type[Exception], ...]:
    """What a model that doesn't fit raises; the exceptions of onnxruntime share no class of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (
        ValueError,
        RuntimeError,
        *(kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    )


def _maps(outputs: list[Any], grid: int) -> Floats:
    grids = [_on_grid(output[0], grid) for output in outputs if np.ndim(output) == 4]
    if not grids:
        raise ValueError("no output with four axes")
    return np.concatenate(grids, axis=-1)


def _on_grid(values: Floats, grid: int) -> Floats:
    """(grid, grid, channels) of (channels, h, w): means of cells where it is finer, repeated where it is coarser."""
    channels, height, width = values.shape
    if height != width or (height % grid and grid % height):
        raise ValueError(f"a map of {height} x {width} places; {grid} or a multiple or part of it is expected")
    if height > grid:
        step = height // grid
        values = values.reshape(channels, grid, step, grid, step).mean(axis=(2, 4))
    elif height < grid:
        values = values.repeat(grid // height, axis=1).repeat(grid // width, axis=2)
    return np.ascontiguousarray(values.transpose(1, 2, 0), dtype=np.float32)
