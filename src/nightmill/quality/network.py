"""Features of a pre-trained network at each place of a picture, by onnxruntime on one core."""

import math
import statistics
from collections.abc import Sequence

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
    ``GRIDS``: 32 x 32 for pictures of ``size`` 256, 24 x 24 for 384. Of a finer map the spread within each place is read
    as well as the mean: a surface that has lost its texture, or has a coarser one, may be the same on average.
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

        def outputs(picture: Floats) -> list[Floats]:
            given = session.run(None, {asked: np.broadcast_to(picture * _CONTRAST, (1, 3, *picture.shape))})
            return [output[0] for output in given if np.ndim(output) == 4]

        def read(picture: Floats) -> Floats:
            return _on_places(outputs(picture), grid, size)[0]

        textures = _on_places(outputs(np.zeros((size, size), dtype=np.float32)), grid, size)[1]
    except _own_errors() as error:
        raise BadInput(
            Finding("network", "", str(error).splitlines()[0], "maps of a (n, 3, h, w) picture", "Export it so.")
        ) from error
    return Features("lite0" if is_weights(data) else "network", size, read, model, textures)


def _own_errors() -> tuple[type[Exception], ...]:
    """What a model that doesn't fit raises; the exceptions of onnxruntime share no class of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (
        ValueError,
        RuntimeError,
        *(kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    )


def _on_places(maps: list[Floats], grid: int, size: int) -> tuple[Floats, int]:
    """(grid, grid, channels) of (channels, h, w) maps of a picture of ``size``, and how many channels are of texture.

    A coarser one is repeated; of a finer one come the means of cells and, after the means of all maps, the roots of the
    standard deviations within them. The means of a map at half the picture's size say little more than its grey values:
    beside coarser maps they are left out.
    """
    if not maps:
        raise ValueError("no output with four axes")
    means, textures = [], []
    sides = [values.shape[1] for values in maps]
    blurred = size // 2 if min(sides) < size // 2 else size + 1
    for values in maps:
        _, height, width = values.shape
        if height != width or (height % grid and grid % height):
            raise ValueError(f"a map of {height} x {width} places; {grid} or a multiple or part of it is expected")
        if height <= grid:
            means.append(values.repeat(grid // height, axis=1).repeat(grid // width, axis=2))
            continue
        step = height // grid
        inside = np.stack([values[:, row::step, column::step] for row in range(step) for column in range(step)])
        if height < blurred:
            means.append(inside.mean(axis=0))
        textures.append(np.sqrt(inside.std(axis=0)))
    places = np.ascontiguousarray(np.concatenate(means + textures).transpose(1, 2, 0), dtype=np.float32)
    return places, sum(len(each) for each in textures)
