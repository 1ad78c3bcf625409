"""Inspect surfaces with a model learned from good parts only, with a guaranteed false-reject rate or a clear
abstention.

The model uses one Gaussian per position (PaDiM: Defard et al., ICPR 2021, arXiv 2011.08785) or, for parts in random
positions, the distance to the nearest good places anywhere (PatchCore: Roth et al., CVPR 2022, arXiv 2106.08265). It uses
positions if they explain much of the image; otherwise the method by which unseen good parts look more ordinary
(``anomaly_map.py``). Each place is then compared with its usual heat. Images that were given as good but look bad count little
and don't set the limit (``image_score.py``). If there are few images of parts in a fixture, shifted copies are added
(``augmentation.py``). The threshold is conformal (Vovk et al., Algorithmic Learning in a Random World; cross-conformal
over five folds): of n good images, the k-th largest held-out score with k = floor((n + 1) * share), which bounds the
fraction of good parts not accepted. If images are left out as bad, the threshold comes from the others and no rate is
guaranteed.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from zipfile import BadZipFile

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.quality.vision.anomaly_map import (
    FEW,
    SURFACE_POWER,
    GoodPlaces,
    Method,
    Power,
    heat_of,
    learn,
    told_by_place,
)
from nightmill.quality.vision.augmentation import COPIED, STEPS, stepped
from nightmill.quality.vision.camera_drift import CameraAlarm, picture_state, watch
from nightmill.quality.vision.filter_bank import (
    FILTERS,
    SIZE,
    Features,
    Floats,
    Image,
    evened,
    grey,
    moved,
    reference_spectrum,
    shift_to,
    squared,
)
from nightmill.quality.vision.image_score import (
    figure,
    held_out_levels,
    suspects,
    trusted,
    usual_heat,
    without_bad,
    worst_places,
)
from nightmill.quality.vision.onnx_features import SIDES, network_features, size_for
from nightmill.quality.vision.overlay import heat_picture
from nightmill.stats.conformal import conformal_rank
from nightmill.vocabulary.errors import BadInput, Finding

ImageVerdict = Literal["good", "reject", "unsure"]
_FOLDS = 5
_FEWEST = 8
_SHIFT_LIMIT = 6.0
_UNLIKE = 4.0
_MUCH_BETTER = 0.5
# parts count as being in a fixture if the place explains at least this fraction: textures reach half of it, shaped
# parts twice as much
_FIXED = 0.25
# the colour is full at this many ninth deciles above the worst place of a good part
_FULL_COLOUR = 3.0
# at most this many left-out images are listed by number
_NAMED = 20
# memory in bytes for the copies' features; beyond it no copies are made
_MOST_COPIED = 1 << 29
# index into the shares of worst places: the hundredth
_MIDDLE = 2


class ImageScore(msgspec.Struct, frozen=True):
    """The result for one image: ``score`` is 1 at the threshold, higher is worse; ``unsure`` is for a person and counts
    as not accepted.
    """

    score: float
    verdict: ImageVerdict
    pose_rows: float
    pose_columns: float


@dataclass(frozen=True)
class VisionModel:
    """A model of good parts: made by ``fit``, stored as bytes, applied by ``score``.

    ``promised`` is the largest fraction of good parts not accepted, over many fits (None if it can't be guaranteed;
    ``reason`` says why). ``usual`` (readings, grid, grid) is the mean heat of good parts, and ``levels`` are the usual values
    of their worst places (``usual_levels``). ``left_out``: indices, from 0, of the images that clearly look bad
    (``without_bad``) and don't set the limit.
    """

    places: GoodPlaces
    usual: Floats
    levels: NDArray[np.float64]
    reference: NDArray[np.complex64]
    aligned: bool
    state_center: NDArray[np.float64]
    state_spread: NDArray[np.float64]
    threshold: float
    certain: float
    asked: float
    promised: float | None
    reason: str
    images: int
    left_out: tuple[int, ...] = ()
    features: Features = field(default=FILTERS, compare=False)

    @staticmethod
    def fit(
        images: Sequence[Image],
        false_rejects: float = 0.01,
        *,
        network: bytes | None = None,
        small_faults: bool = False,
        all_good: bool = False,
        features: Features = FILTERS,
    ) -> "VisionModel":
        """Learn from at least 8 images of good parts, uint8 (h, w) or (h, w, 3), of any size. Raises ``BadInput`` for
        fewer.

        ``network``: an ONNX model, or the weights of EfficientNet-Lite0, whose features replace the filter bank's.
        ``small_faults``: large images are read at twice the size, which shows small defects better and wide defects worse.
        ``all_good``: a person has checked all images; no image is doubted, however rare its kind, and all set the limit.
        """
        findings = []
        if not 0 < false_rejects < 1:
            findings.append(
                Finding("fit", "false_rejects", f"{false_rejects}", "within 0..1", "0.01 means one in a hundred.")
            )
        if len(images) < _FEWEST:
            findings.append(
                Finding("good", "images", f"{len(images)}", f"at least {_FEWEST}", "Take more images of good parts.")
            )
        if findings:
            raise BadInput(*findings)
        eye = network_features(network, size_for(network, images, small_faults=small_faults)) if network else features
        return _fitted([grey(image) for image in images], false_rejects, eye, all_good=all_good)

    def score(self, image: Image) -> tuple[ImageScore, Floats]:
        """Return the verdict on one image and its heat map. The same image always gives the same answer."""
        picture = evened(squared(grey(image), self.features.size))
        rows, columns = shift_to(squared(picture), self.reference)
        if self.aligned:
            picture = moved(picture, rows, columns)
        heat = heat_of(self.places, self.features.read(picture)) - self.usual
        score = figure(worst_places(heat), self.levels) / self.threshold
        verdict: ImageVerdict = "good"
        if score > 1:
            verdict = "reject" if score > self.certain else "unsure"
        return ImageScore(score, verdict, rows, columns), heat[0]

    def picture(self, image: Image) -> tuple[ImageScore, NDArray[np.uint8]]:
        """Return the verdict on one image and, for people, the image with hot places in colour, (h, w, 3).

        Colour starts at the usual heat of a good part's worst place.
        """
        score, heat = self.score(image)
        shift = (score.pose_rows, score.pose_columns) if self.aligned else (0.0, 0.0)
        usual, spread = (float(row[0]) for row in self.levels[:2])
        return score, heat_picture(image, heat, shift, (usual, _FULL_COLOUR * spread))

    @property
    def method(self) -> Method:
        """Method: ``position`` compares a patch with good patches at the same position, ``neighbour`` with good patches anywhere."""
        return self.places.method

    def alarms(self, images: Sequence[Image]) -> tuple[CameraAlarm, ...]:
        """Return alarms about camera, light and position over images in the order taken; ``image`` counts from 1."""
        states = [self._state(image) for image in images]
        return watch(np.array(states), self.state_center, self.state_spread) if states else ()

    def _state(self, image: Image) -> NDArray[np.float64]:
        raw = squared(grey(image))
        return picture_state(raw, shift_to(evened(raw), self.reference))

    def to_bytes(self) -> bytes:
        """Return the model as a NumPy archive (no pickle)."""
        out = io.BytesIO()
        text = msgspec.json.encode(
            {"method": self.method, "aligned": self.aligned, "threshold": self.threshold, "certain": self.certain,
             "asked": self.asked, "promised": self.promised, "reason": self.reason, "images": self.images, "left_out": self.left_out, "size": self.features.size, "power": self.places.power}
        )  # fmt: skip
        arrays = {name: getattr(self.places, name) for name in _OF_PLACES}
        arrays |= {name: getattr(self, name) for name in _ARRAYS}
        for name in _ROUNDED:
            arrays[name] = arrays[name].astype(np.float16)
        network = np.frombuffer(self.features.network, dtype=np.uint8)
        np.savez(out, card=np.frombuffer(text, dtype=np.uint8), network=network, **arrays)
        return out.getvalue()

    @staticmethod
    def from_bytes(data: bytes, *, features: Features = FILTERS) -> "VisionModel":
        """Read a model, with its network, that ``to_bytes`` wrote. Raises ``BadInput`` for anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in (*_OF_PLACES, *_ARRAYS)}
                for name in _ROUNDED:
                    arrays[name] = arrays[name].astype(np.float32)
                network = archive["network"].tobytes()
                card = msgspec.json.decode(archive["card"].tobytes(), type=_Card)
            if network and card.size not in SIDES:
                raise ValueError(f"images of {card.size} pixels")
        except (ValueError, KeyError, OSError, EOFError, BadZipFile, msgspec.MsgspecError) as error:
            raise BadInput(
                Finding("model", "", f"not a vision model ({error})", "bytes written by fit", "Fit the model again.")
            ) from error
        eye = network_features(network, card.size) if network else features
        known = {
            name: value
            for name, value in msgspec.structs.asdict(card).items()
            if name not in ("size", "method", "power")
        }
        places = GoodPlaces(card.method, **{name: arrays.pop(name) for name in _OF_PLACES}, power=card.power)
        return VisionModel(places, **arrays, **known, features=eye)


_ROUNDED = ("whitening", "strong")
_OF_PLACES = ("center", "basis", "mean", "whitening", "strong", "memory")
_ARRAYS = ("usual", "levels", "reference", "state_center", "state_spread")


class _Card(msgspec.Struct, frozen=True):
    method: Method
    aligned: bool
    threshold: float
    certain: float
    asked: float
    promised: float | None
    reason: str
    images: int
    size: int
    power: Power = SURFACE_POWER
    left_out: tuple[int, ...] = ()


def _fitted(raws: list[Floats], asked: float, features: Features, *, all_good: bool) -> VisionModel:
    frames = [squared(raw) for raw in raws]
    evens = np.stack([evened(squared(raw, features.size)) for raw in raws])
    reader = _Reader(evens, features)
    reference, aligned = _reference(evens)
    shifts = _shifts(np.stack([squared(picture) for picture in evens]))
    maps = reader.maps(reference, aligned, np.ones(len(evens), dtype=bool))
    fixed, strange = told_by_place(maps) > _FIXED, 0 if all_good else _strange(maps)
    known: tuple[Method, Floats | None, Floats | None] = "position", None, None
    copied = fixed and len(evens) < COPIED and len(STEPS) * maps.nbytes <= _MOST_COPIED
    method, heats, trust = (
        known if copied and len(evens) < FEW else _told_apart(evens, reader, fixed=fixed, all_good=all_good)
    )
    if heats is None or (copied and trust is None):
        copies = np.stack([reader.copied(aligned, steps) for steps in STEPS])
        heats = _held_out(evens, reader, (method,), fixed=fixed, copies=copies)[method]
        maps = np.concatenate([maps, *copies])
    learned = learn(maps, method, trust, fixed=fixed)
    everyone = np.ones(len(heats), dtype=bool)
    kept, bad = without_bad(heats) if trust is not None else (everyone, ~everyone)
    left_out = tuple(np.flatnonzero(bad).tolist())
    usual = usual_heat(heats[kept])
    figures, levels = held_out_levels(heats[kept])
    odd = [figure(worst_places(heat - usual), levels) for heat in heats[~kept & ~bad]]
    scores = np.sort(np.append(figures, odd))
    n = len(scores)
    rank = n + 1 - conformal_rank(n, 1 - asked)
    promised, reason = _promise(len(evens), asked, rank, strange, left_out)
    threshold = float(scores[n - rank]) if rank >= 1 else float(scores[-1])
    beyond = float(scores[-1]) + 0.5 * float(scores[-1] - np.median(scores))
    states = np.array([picture_state(frame, shift) for frame, shift in zip(frames, shifts, strict=True)])
    center = np.median(states, axis=0)
    return VisionModel(
        learned, usual, levels, reference, aligned, center, np.std(states, axis=0) + 1e-3,
        threshold, max(1.0, beyond / threshold), asked, promised, reason, len(evens), left_out, features,
    )  # fmt: skip


def _told_apart(
    evens: Floats, reader: "_Reader", *, fixed: bool, all_good: bool
) -> tuple[Method, Floats, Floats | None]:
    """Return the method, its held-out maps, and each image's weight (``trusted``)."""
    methods: tuple[Method, ...] = ("position",) if fixed else ("position", "neighbour")
    held_out = _held_out(evens, reader, methods, fixed=fixed)
    method = chosen(held_out, all_good=all_good)
    heats = held_out[method]
    trust = trusted(heats) if method == "position" and not all_good else None
    if trust is not None:
        heats = _held_out(evens, reader, (method,), trust, fixed=fixed)[method]
    return method, heats, trust


def chosen(held_out: dict[Method, Floats], *, all_good: bool) -> Method:
    """Choose the method by the held-out maps of both.

    Positions show small defects best; neighbours win only if good parts are in random positions, which a few images can't show.
    Images suspected by either method don't count here: bad images stand out most by the method that shows defects best.
    """
    if "neighbour" not in held_out:
        return "position"
    n = len(held_out["position"])
    told = np.ones(n, dtype=bool)
    if not all_good:
        for maps in held_out.values():
            told &= ~suspects(maps)
    tails = {
        method: _tail(np.array([worst_places(heat)[_MIDDLE] for heat in maps[told]]))
        for method, maps in held_out.items()
    }
    loose = tails["neighbour"] < _MUCH_BETTER * n / (n + FEW) * tails["position"]
    return "neighbour" if loose else "position"


def _promise(n: int, asked: float, rank: int, strange: int, left_out: tuple[int, ...]) -> tuple[float | None, str]:
    if left_out:
        numbers = ", ".join(str(place + 1) for place in left_out[:_NAMED]) + (", ..." if len(left_out) > _NAMED else "")
        return None, (
            f"{len(left_out)} of {n} images given as good look bad and were left out of the limit (counted from 1: {numbers}): "
            "remove the bad ones and fit again, with --all-good once all are good; "
            f"if all were good, up to {(rank + len(left_out)) / (n + 1):.2g} of good parts would not be accepted"
        )
    if rank < 1:
        need = math.ceil(1 / asked) - 1
        return None, f"{n} good images are too few to guarantee {asked:g}: at least {need} are needed"
    if strange > max(1.0, 0.05 * n):
        return None, f"{strange} of {n} good images differ from the others: no rate can be guaranteed for new ones"
    return rank / (n + 1), ""


def _strange(maps: Floats) -> int:
    """Count the images whose means differ, in most channels, from the median image's: another part, or another camera."""
    means = maps.mean(axis=(1, 2))
    away = np.abs(means - np.median(means, axis=0))
    usual = np.median(away, axis=0) * 1.4826 + 1e-6
    return int(np.sum(np.median(away / usual, axis=1) > _UNLIKE))


def _tail(scores: NDArray[np.float64]) -> float:
    """Return how far the worst good images stand out, in spreads of all scores: lower is better."""
    low, middle, high = np.quantile(scores, (0.1, 0.5, 0.98))
    return float((high - middle) / max(1e-9, middle - low))


def _reference(evens: Floats) -> tuple[NDArray[np.complex64], bool]:
    """Return the reference image, and whether aligning images to it makes sense.

    If the pattern differs from part to part, images correlate with nothing, and aligning them would only add noise.
    """
    small = np.stack([squared(picture, SIZE) for picture in evens])
    reference = reference_spectrum(small)
    far = float(np.median([math.hypot(*shift) for shift in _shifts(small)]))
    return reference, far <= _SHIFT_LIMIT


def _shifts(small: Floats) -> list[tuple[float, float]]:
    """Return each image's shift from the others, for (n, SIZE, SIZE) images, n at least 2; its own contribution is taken out
    of the reference.

    Otherwise the image would pull its own shift towards 0, which a new image can't do.
    """
    n, total = len(small), reference_spectrum(small)
    others = [(n * total - reference_spectrum(own[None])) / (n - 1) for own in small]
    return [shift_to(own, rest.astype(np.complex64)) for own, rest in zip(small, others, strict=True)]


class _Reader:
    """Features of images aligned to a reference; features already computed at a position are reused."""

    def __init__(self, evens: Floats, features: Features) -> None:
        self._evens, self._features = evens, features
        self._small = [squared(picture) for picture in evens]
        self._read: dict[tuple[int, float, float], Floats] = {}

    def maps(self, reference: NDArray[np.complex64], aligned: bool, seen: NDArray[np.bool_]) -> Floats:
        """Return (n, grid, grid, channels); ``reference`` is that of the images ``seen``; without a reference each image is
        aligned to the others.
        """
        shifts = [(0.0, 0.0)] * len(self._small)
        if aligned:
            shifts = [shift_to(small, reference) for small in self._small]
            among = _shifts(np.stack(self._small)[seen])
            for index, shift in zip(np.flatnonzero(seen), among, strict=True):
                shifts[index] = shift
        return np.stack([self._map(index, *shift) for index, shift in enumerate(shifts)])

    def copied(self, aligned: bool, steps: tuple[int, int]) -> Floats:
        """Return (n, grid, grid, channels) of shifted copies (``stepped``) of all images, each first aligned to the
        others.
        """
        shifts = _shifts(np.stack(self._small)) if aligned else [(0.0, 0.0)] * len(self._small)
        return np.stack(
            [
                self._features.read(np.ascontiguousarray(stepped(moved(even, *shift), steps)))
                for even, shift in zip(self._evens, shifts, strict=True)
            ]
        )

    def _map(self, index: int, rows: float, columns: float) -> Floats:
        key = index, rows, columns
        if key not in self._read:
            self._read[key] = self._features.read(moved(self._evens[index], rows, columns))
        return self._read[key]


def _held_out(
    evens: Floats,
    reader: _Reader,
    methods: tuple[Method, ...],
    trust: Floats | None = None,
    *,
    fixed: bool,
    copies: Floats | None = None,
) -> dict[Method, Floats]:
    """Return maps (n, readings, grid, grid) of each image under a model that hasn't seen it or used it for alignment
    or reference.

    ``copies`` (k, n, grid, grid, channels) of the training images are learned with them; they are aligned by all images
    together.
    """
    folds = np.arange(len(evens)) % _FOLDS
    heats: dict[Method, list[Floats]] = {method: [] for method in methods}
    for fold in range(_FOLDS):
        seen = folds != fold
        maps = reader.maps(*_reference(evens[seen]), seen)
        shown = maps[seen] if copies is None else np.concatenate([maps[seen], *copies[:, seen]])
        for method, rows in heats.items():
            learned = learn(shown, method, None if trust is None else trust[seen], fixed=fixed)
            rows += [heat_of(learned, read) for read in maps[~seen]]
    order = np.argsort(np.argsort(folds, kind="stable"), kind="stable")
    return {method: np.stack(rows)[order] for method, rows in heats.items()}
