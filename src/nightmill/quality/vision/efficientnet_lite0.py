"""Build EfficientNet-Lite0 as an ONNX model from the published weights, without torch.

The weights (Apache-2.0, ImageNet) come in the older of torch's two file formats: five pickles (magic number, format
version, machine, state dict, storage keys), then each storage as a count and raw little-endian numbers. The reader
accepts nothing but tensors of numbers. The network: Tan & Le, EfficientNet, ICML 2019 (arXiv 1905.11946), in the "lite"
form of github.com/tensorflow/tpu (no squeeze-and-excitation, ReLU6, stem and head of fixed width).
"""

import io
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nightmill.vocabulary.errors import BadInput, Finding

Weights = Mapping[str, NDArray[Any]]

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_BEGIN = pickle.dumps(_MAGIC, protocol=2)
_DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}
_MOST_NUMBERS = 50_000_000
_EPSILON = 1e-3
# (repeats, kernel, stride, expansion, output channels) for each group of blocks; the last two groups aren't needed here
_GROUPS = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112))
# blocks whose output has 4 pixels per place
_FINE = (1, 2)


class _Tensor:
    """A view of a storage block that is read later."""

    def __init__(
        self, storage: tuple[str, str, str, str, int, None], offset: int, size: tuple[int, ...], stride: Any, *_: Any
    ) -> None:
        self.key, self.offset, self.size, self.stride = storage[2], offset, size, tuple(stride)
        self.dtype = storage[1]


class _NumbersOnly(pickle.Unpickler):
    """Reads pickles that contain plain values, ordered dicts and tensors; refuses anything else before it is executed."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _DTYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} doesn't belong in a table of numbers")

    def persistent_load(self, pid: Any) -> Any:
        return pid


def is_weights(data: bytes) -> bool:
    """Return whether ``data`` starts like torch's older format."""
    return data.startswith(_BEGIN)


def read_weights(data: bytes) -> dict[str, NDArray[Any]]:
    """Return the named arrays of a torch weights file (older format), read without torch. Raises ``BadInput`` for any
    other file.
    """
    try:
        return _read(io.BytesIO(data))
    except (
        pickle.UnpicklingError,
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
    ) as error:
        raise BadInput(
            Finding(
                "weights",
                "",
                f"no readable weights ({error})",
                "a table of numbers as torch saves it",
                "Install the extra again.",
            )
        ) from error


def _read(file: BinaryIO) -> dict[str, NDArray[Any]]:
    if _NumbersOnly(file).load() != _MAGIC or _NumbersOnly(file).load() != _VERSION:
        raise ValueError("another format")
    _NumbersOnly(file).load()
    tensors: dict[str, _Tensor] = _NumbersOnly(file).load()
    dtypes = {tensor.key: _DTYPES[tensor.dtype] for tensor in tensors.values()}
    storages = {}
    for key in _NumbersOnly(file).load():
        count = int.from_bytes(file.read(8), "little")
        if count > _MOST_NUMBERS:
            raise ValueError(f"{count} numbers in one table")
        dtype = np.dtype(dtypes[key])
        storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype=dtype, count=count)
    return {name: _placed(tensor, storages[tensor.key]) for name, tensor in tensors.items()}


def _placed(tensor: _Tensor, storage: NDArray[Any]) -> NDArray[Any]:
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.size, tensor.stride, strict=True))
    if not 0 <= last < len(storage) or min((*tensor.stride, *tensor.size), default=0) < 0:
        raise ValueError("a table reaches beyond its numbers")
    flat = storage[tensor.offset :]
    steps = tuple(step * storage.itemsize for step in tensor.stride)
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(flat, tensor.size, steps, writeable=False))


def lite0_onnx(weights: Weights, blocks: tuple[int, ...] = (2, 4, 10)) -> bytes:
    """Return an ONNX model from a grey image (n, 1, h, w), about -1..1, to the outputs of ``blocks``.

    Blocks count from 0; 2, 4 and 10 give 4, 8 and 16 pixels per place. The network ends after the last block requested.
    It was trained on three colours, so the first kernels are summed over them, as if the same grey image were in all
    three. Batch normalisation is folded into the convolutions. Maps with 4 pixels per place are averaged 2 x 2, as in
    the code that reads them. Raises ``KeyError`` if a weight is missing.
    """
    from onnx import TensorProto, helper

    graph = _Graph(weights)
    name = graph.convolution("picture", "_conv_stem", "_bn0", stride=2, clipped=True)
    channels, block, outputs = 32, 0, []
    for repeats, _kernel, first_stride, expansion, out in _GROUPS:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            before, prefix = name, f"_blocks.{block}."
            if expansion > 1:
                name = graph.convolution(name, prefix + "_expand_conv", prefix + "_bn0", clipped=True)
            name = graph.convolution(
                name,
                prefix + "_depthwise_conv",
                prefix + "_bn1",
                stride=stride,
                groups=channels * expansion,
                clipped=True,
            )
            name = graph.convolution(name, prefix + "_project_conv", prefix + "_bn2")
            if stride == 1 and channels == out:
                name = graph.sum(name, before)
            if block in blocks:
                outputs.append((graph.halved(name) if block in _FINE else name, out))
            channels, block = out, block + 1
            if block > max(blocks):
                break
        if block > max(blocks):
            break
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet-lite0",
            [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 1, "h", "w"])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", out, None, None]) for name, out in outputs],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    return bytes(model.SerializeToString())


class _Graph:
    """Collects the nodes and constants of the network."""

    def __init__(self, weights: Weights) -> None:
        from onnx import numpy_helper

        self.weights = weights
        self.nodes: list[Any] = []
        self._tensor = numpy_helper.from_array
        self.constants: list[Any] = [
            self._tensor(np.array(0, dtype=np.float32), "zero"),
            self._tensor(np.array(6, dtype=np.float32), "six"),
        ]

    def convolution(
        self, source: str, conv: str, norm: str, *, stride: int = 1, groups: int = 1, clipped: bool = False
    ) -> str:
        from onnx import helper

        kernel, bias = self._folded(conv, norm)
        if source == "picture":
            kernel = kernel.sum(axis=1, keepdims=True)
        self.constants += [self._tensor(kernel, conv + ".weight"), self._tensor(bias, conv + ".bias")]
        self.nodes.append(
            helper.make_node(
                "Conv", [source, conv + ".weight", conv + ".bias"], [conv],
                strides=[stride, stride], group=groups, auto_pad="SAME_UPPER",
            )
        )  # fmt: skip
        if not clipped:
            return conv
        self.nodes.append(helper.make_node("Clip", [conv, "zero", "six"], [conv + ".clipped"]))
        return conv + ".clipped"

    def halved(self, source: str) -> str:
        """Add a 2 x 2 average of the map."""
        from onnx import helper

        name = source + ".halved"
        self.nodes.append(helper.make_node("AveragePool", [source], [name], kernel_shape=[2, 2], strides=[2, 2]))
        return name

    def sum(self, first: str, second: str) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node("Add", [first, second], [first + ".sum"]))
        return first + ".sum"

    def _folded(self, conv: str, norm: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        kernel = self.weights[conv + ".weight"].astype(np.float64)
        scale = self.weights[norm + ".weight"] / np.sqrt(
            self.weights[norm + ".running_var"].astype(np.float64) + _EPSILON
        )
        bias = self.weights[norm + ".bias"] - self.weights[norm + ".running_mean"] * scale
        return (kernel * scale[:, None, None, None]).astype(np.float32), bias.astype(np.float32)
