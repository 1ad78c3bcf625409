"""Classify the defect in an image, after learning from a few examples per kind and from every verdict that a person confirms.

Features at each place (``filter_bank.py``, ``onnx_features.py``) are pooled over the image to their mean, spread and
maximum. A multinomial logistic regression with a quadratic penalty separates the kinds. It is fitted again whenever an
example is added, which is fast even for hundreds of examples (Hastie, Tibshirani & Friedman, The Elements of
Statistical Learning, 4.4). Below the probability ``SURE`` the answer is ``unsure``: a person names the kind, and the
image becomes the next example.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zipfile import BadZipFile

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.quality.vision.filter_bank import FILTERS, Features, Floats, Image, evened, grey, squared
from nightmill.quality.vision.onnx_features import SIDES, network_features
from nightmill.vocabulary.errors import BadInput, Finding

SURE = 0.6
_PENALTY = 1.0
_MOST_EXAMPLES = 20_000
Doubles = NDArray[np.float64]


class DefectType(msgspec.Struct, frozen=True):
    """The most likely ``kind`` and its probability; ``sure`` if the probability is high enough that no person needs to look."""

    kind: str
    probability: float
    sure: bool
    others: dict[str, float] = {}


class _Card(msgspec.Struct, frozen=True):
    kinds: list[str]
    size: int


@dataclass(frozen=True)
class DefectTypes:
    """The examples and the fitted weights. ``examples`` (n, d) are pooled features, ``labels`` (n,) indices into
    ``kinds``.
    """

    kinds: tuple[str, ...]
    examples: Floats
    labels: NDArray[np.int64]
    weights: Doubles
    features: Features = field(default=FILTERS, compare=False)

    @staticmethod
    def fit(
        named: Mapping[str, Sequence[Image]], *, network: bytes | None = None, features: Features = FILTERS
    ) -> "DefectTypes":
        """Learn from images by kind: at least two kinds with at least one image each. Raises ``BadInput`` for fewer.

        ``network``: as for ``VisionModel.fit``.
        """
        findings = [
            Finding("types", kind, "no pictures", "at least one image per kind", "Add one, or leave the kind out.")
            for kind, pictures in named.items()
            if not pictures
        ]
        if len(named) < 2:
            found = ", ".join(named) or "no kind"
            findings.append(Finding("types", "kinds", found, "at least two kinds of defect", "Add another kind."))
        if findings:
            raise BadInput(*findings)
        eye = network_features(network) if network else features
        kinds = tuple(sorted(named))
        examples = np.stack([_pooled(picture, eye) for kind in kinds for picture in named[kind]])
        labels = np.repeat(np.arange(len(kinds)), [len(named[kind]) for kind in kinds])
        return DefectTypes(kinds, examples, labels, _solved(examples, labels, len(kinds)), eye)

    def tell(self, image: Image) -> DefectType:
        """Return the kind of defect in the image."""
        shares = _shares(_standardised(self.examples, _pooled(image, self.features)[None]), self.weights)[0]
        order = np.argsort(-shares)
        others = {self.kinds[place]: float(shares[place]) for place in order[1:3]}
        best = float(shares[order[0]])
        return DefectType(self.kinds[order[0]], best, best >= SURE, others)

    def confirmed(self, image: Image, kind: str) -> "DefectTypes":
        """Return the classifier with one more example, confirmed by a person; an unknown kind is added."""
        if not kind.strip() or len(self.examples) >= _MOST_EXAMPLES:
            found = f"{len(self.examples)} examples" if kind.strip() else "no kind"
            raise BadInput(
                Finding("types", "kind", found, f"a name, and at most {_MOST_EXAMPLES} examples", "Correct it.")
            )
        kinds = self.kinds if kind in self.kinds else (*self.kinds, kind)
        examples = np.concatenate([self.examples, _pooled(image, self.features)[None]])
        labels = np.append(self.labels, kinds.index(kind))
        return DefectTypes(kinds, examples, labels, _solved(examples, labels, len(kinds)), self.features)

    def to_bytes(self) -> bytes:
        """Return the examples and the network as a NumPy archive (no pickle)."""
        out = io.BytesIO()
        card = np.frombuffer(msgspec.json.encode(_Card(list(self.kinds), self.features.size)), dtype=np.uint8)
        network = np.frombuffer(self.features.network, dtype=np.uint8)
        np.savez(out, types=card, network=network, examples=self.examples, labels=self.labels)
        return out.getvalue()

    @staticmethod
    def from_bytes(data: bytes, *, features: Features = FILTERS) -> "DefectTypes":
        """Read what ``to_bytes`` wrote. Raises ``BadInput`` for anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                card = msgspec.json.decode(archive["types"].tobytes(), type=_Card)
                examples, labels = archive["examples"].astype(np.float32), archive["labels"].astype(np.int64)
                network = archive["network"].tobytes()
            if examples.ndim != 2 or labels.shape != examples.shape[:1] or not np.isfinite(examples).all():
                raise ValueError("examples and labels don't belong together")
            if set(labels.tolist()) != set(range(len(card.kinds))) or len(card.kinds) < 2:
                raise ValueError("kinds and labels don't belong together")
            if network and card.size not in SIDES:
                raise ValueError(f"images of {card.size} pixels")
        except (ValueError, KeyError, OSError, EOFError, BadZipFile, msgspec.MsgspecError) as error:
            raise BadInput(
                Finding("types", "", f"not a model of defect types ({error})", "bytes written by fit", "Fit it again.")
            ) from error
        eye = network_features(network, card.size) if network else features
        return DefectTypes(tuple(card.kinds), examples, labels, _solved(examples, labels, len(card.kinds)), eye)


def _pooled(image: Image, eye: Features) -> Floats:
    """Return (3 x channels,): mean, spread and maximum of each channel over the image."""
    places = eye.read(evened(squared(grey(image), eye.size)))
    flat = places.reshape(-1, places.shape[-1])
    return np.concatenate([flat.mean(axis=0), flat.std(axis=0), flat.max(axis=0)]).astype(np.float32)


def _standardised(examples: Floats, pooled: Floats) -> Doubles:
    """Return (n, d + 1): rows scaled by the examples' mean and spread to a length of about 1, then the constant."""
    center, spread = examples.mean(axis=0), examples.std(axis=0)
    usual = float(np.median(spread)) + 1e-9
    scaled = (pooled - center) / np.maximum(spread, 1e-3 * usual) / np.sqrt(examples.shape[1])
    return np.column_stack([scaled, np.ones(len(pooled))]).astype(np.float64)


def _shares(rows: Doubles, weights: Doubles) -> Doubles:
    logits = rows @ weights
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Doubles = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _solved(examples: Floats, labels: NDArray[np.int64], kinds: int) -> Doubles:
    """Return weights (d + 1, kinds); every kind has the same total weight, however many examples it has."""
    from scipy.optimize import minimize

    rows = _standardised(examples, examples)
    wanted = np.eye(kinds)[labels]
    counts = np.maximum(1, np.bincount(labels, minlength=kinds))
    heft = (len(labels) / kinds / counts)[labels][:, None]
    penalty = np.ones((rows.shape[1], 1))
    penalty[-1] = 0.0
    # a row of length 1 separates kinds only with sizeable weights, so the penalty must be small compared with one
    # example
    penalty *= _PENALTY / 30.0

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        weights = flat.reshape(rows.shape[1], kinds)
        shares = _shares(rows, weights)
        value = -np.sum(heft * wanted * np.log(np.maximum(shares, 1e-300)))
        value += 0.5 * np.sum(penalty * weights * weights)
        slope = rows.T @ (heft * (shares - wanted)) + penalty * weights
        return float(value), slope.ravel()

    start = np.zeros(rows.shape[1] * kinds)
    found: Doubles = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return found.reshape(rows.shape[1], kinds)
