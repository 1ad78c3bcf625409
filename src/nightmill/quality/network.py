"""Features of a pre-trained network at each place of a picture, by onnxruntime on one core."""

from typing import Any

import numpy as np

from nightmill.quality.image_features import Features, Floats
from nightmill.quality.lite0 import is_weights, lite0_onnx, read_weights
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

SIZE = 256
GRID = 32
# an evened picture has a spread of about 1; networks are trained on -1..1
_CONTRAST = 0.25


def network_features(data: bytes) -> Features:
    """What the network ``data`` sees: an ONNX model, or the weights of EfficientNet-Lite0 as torch saves them.

    The model takes (n, 3, h, w) and gives one or more (n, channels, h', w') maps; each is brought to 32 x 32 places.
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
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        asked = session.get_inputs()[0].name

        def read(picture: Floats) -> Floats:
            return _maps(session.run(None, {asked: np.broadcast_to(picture * _CONTRAST, (1, 3, *picture.shape))}))

        read(np.zeros((SIZE, SIZE), dtype=np.float32))
    except _own_errors() as error:
        raise BadInput(
            Finding("network", "", str(error).splitlines()[0], "maps of a (n, 3, h, w) picture", "Export it so.")
        ) from error
    return Features("lite0" if is_weights(data) else "network", SIZE, read, model)


def _own_errors() -> tuple[type[Exception], ...]:
    """What a model that doesn't fit raises; the exceptions of onnxruntime share no class of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (
        ValueError,
        RuntimeError,
        *(kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    )


def _maps(outputs: list[Any]) -> Floats:
    grids = [_on_grid(output[0]) for output in outputs if np.ndim(output) == 4]
    if not grids:
        raise ValueError("no output with four axes")
    return np.concatenate(grids, axis=-1)


def _on_grid(values: Floats) -> Floats:
    """(GRID, GRID, channels) of (channels, h, w): means of cells where it is finer, repeated where it is coarser."""
    channels, height, width = values.shape
    if height != width or (height % GRID and GRID % height):
        raise ValueError(f"a map of {height} x {width} places; {GRID} or a multiple or part of it is expected")
    if height > GRID:
        step = height // GRID
        values = values.reshape(channels, GRID, step, GRID, step).mean(axis=(2, 4))
    elif height < GRID:
        values = values.repeat(GRID // height, axis=1).repeat(GRID // width, axis=2)
    return np.ascontiguousarray(values.transpose(1, 2, 0), dtype=np.float32)
