"""Measure image AUROC and recall at 1 % false rejects of models learned from good images, and the time per image.

    python benchmarks/vision.py FOLDER... [--good 200 16] [--contaminated 0.1] [--splits 1] [--network auto] [--peer [--coreset 0.1]]

Each FOLDER holds ``train/good``, ``test/good`` and one folder in ``test`` per kind of defect. ``--contaminated`` also
mixes this fraction of faulty test images into the training set (they are removed from the test). For lines marked
``apart``, the test leaves out other shots of parts that were in the training set (``other_shots.py``): of the largest
number of good parts, and of the faulty parts mixed in; there are no figures if no faulty part remains. With
``--splits``, all good images are split at random this many times, with as many for training and test as the folders
contain, and mean and standard deviation over the splits (for lines marked ``apart``, over the splits that have figures)
are printed at the end: recall at 1 % false rejects of 100 good test images depends on only two of them. ``--peer`` also
measures anomalib's PatchCore on the same weights and images, if it is installed (``vision_peers.py``), with the network
run by onnxruntime as ours, and the time per image with torch, as anomalib runs it; it keeps a tenth of the places, as
by default, or the fraction ``--coreset``: selecting that many from 200 images takes hours on one core. If our network
reads larger pictures than the peer's, an additional line gives our results at the peer's size; compare times with that
line. Times are CPU times; set OMP_NUM_THREADS=1 to measure one core.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from other_shots import other_shots
from vision_peers import CORESET, SIDE, Peer, installed

from nightmill.formats import read_image
from nightmill.plant.analysis.quality.vision_child import IMAGES, network_bytes
from nightmill.quality import VisionModel
from nightmill.quality.vision.efficientnet_lite0 import is_weights
from nightmill.quality.vision.filter_bank import FILTERS, Features
from nightmill.quality.vision.onnx_features import network_features, size_for

Image = NDArray[np.uint8]
Images = list[Image]
Numbers = NDArray[np.float64]
Alike = dict[str, NDArray[np.bool_]]
# recall at 1 % false rejects is meaningful only with at least this many good images
_FEWEST = 20


def area_under_curve(good: Numbers, bad: Numbers) -> float:
    """Return the fraction of (good, bad) pairs in which the bad image scores higher; ties count half."""
    less = np.searchsorted(np.sort(good), bad, side="left")
    same = np.searchsorted(np.sort(good), bad, side="right") - less
    return float((less + same / 2).sum() / (len(good) * len(bad)))


def recall(good: Numbers, bad: Numbers, share: float = 0.01) -> float:
    """Return the fraction of bad images above the score that at most ``share`` of the good images exceed."""
    limit = np.sort(good)[::-1][int(share * len(good))]
    return float(np.mean(bad > limit))


def images(folder: Path) -> Images:
    """Return all pictures below ``folder``, by name."""
    return [read_image(path) for path in sorted(folder.rglob("*")) if path.suffix.lower() in IMAGES]


Figures = tuple[float, float]
"""AUROC, and recall at 1 % false rejects."""


@dataclass(frozen=True)
class Scores:
    """Scores of the good images and of each kind of bad ones, and the CPU time in seconds per image."""

    good: Numbers
    faulty: dict[str, Numbers]
    each: float

    @staticmethod
    def of(score: Callable[[Image], float], good: Images, faulty: dict[str, Images]) -> "Scores":
        score(good[0])
        begun = time.process_time()
        scores = np.array([score(image) for image in good])
        each = (time.process_time() - begun) / len(good)
        return Scores(scores, {kind: np.array([score(image) for image in some]) for kind, some in faulty.items()}, each)

    def apart(self, alike: Alike) -> "Scores":
        """Return the same scores without the images that are ``alike``, by kind, ``good`` among the kinds; kinds not
        named are kept in full.
        """
        left = {kind: own[~alike[kind]] if kind in alike else own for kind, own in self.faulty.items()}
        return Scores(self.good[~alike["good"]] if "good" in alike else self.good, left, self.each)

    @property
    def finds(self) -> bool:
        """Return whether the test contains any bad images; without them recall and AUROC can't be computed."""
        return any(len(own) for own in self.faulty.values())

    def figures(self) -> Figures:
        bad = np.concatenate(list(self.faulty.values()))
        return area_under_curve(self.good, bad), recall(self.good, bad)

    def __str__(self) -> str:
        area, found = self.figures()
        kinds = [f"{kind} {area_under_curve(self.good, own):.3f}" for kind, own in self.faulty.items() if len(own)]
        return (
            f"AUROC {area:.3f}, recall at 1 % false rejects {found:.3f}, {self.each * 1000:.1f} ms per image ("
            + ", ".join(kinds)
            + ")"
        )


def evaluate(
    train: Images, good: Images, faulty: dict[str, Images], network: bytes | None, features: Features = FILTERS
) -> tuple[str, Scores, str]:
    """Fit and score the model; return scores, promised rate and time; ``features`` if no network is given."""
    begun = time.process_time()
    model = VisionModel.fit(train, 0.01, network=network, features=features)
    fitted = time.process_time() - begun
    scores = Scores.of(lambda image: model.score(image)[0].score, good, faulty)
    kept = f"promised {model.promised}, refused {np.mean(scores.good > 1):.3f}; fit {fitted:.2f} s"
    return model.method, scores, kept


def evaluate_peer(
    train: Images, good: Images, faulty: dict[str, Images], weights: bytes, coreset: float
) -> tuple[str, Scores, str]:
    """Do the same with anomalib's PatchCore, which keeps the share ``coreset`` of the places."""
    begun = time.process_time()
    peer = Peer(train, weights, coreset)
    fitted = time.process_time() - begun
    torch = Scores.of(lambda image: peer.score(image, by_torch=True), good, {})
    kept = f"fit {fitted:.2f} s; {torch.each * 1000:.1f} ms per image with the network run by torch"
    return "anomalib's PatchCore", Scores.of(peer.score, good, faulty), kept


class Table:
    """Prints lines as they are measured and, at the end, the means over splits."""

    def __init__(self, asked: argparse.Namespace, network: bytes | None) -> None:
        self._asked, self._network = asked, network
        self._found: dict[str, list[Figures]] = {}

    def measure(
        self,
        name: str,
        some: Images,
        good: Images,
        faulty: dict[str, Images],
        alike: Alike | None = None,
    ) -> None:
        """Print a line for each model of ``some`` images, and another without those that are ``alike``."""
        network, asked = self._network, self._asked
        self._tell(name, len(some), "", evaluate(some, good, faulty, network), alike)
        if asked.peer and network is not None:
            if size_for(network, some) != SIDE:
                measured = evaluate(some, good, faulty, None, network_features(network, SIDE))
                self._tell(name, len(some), f", {SIDE} pixels as for the peer", measured, alike)
            self._tell(name, len(some), ", peer", evaluate_peer(some, good, faulty, network, asked.coreset), alike)

    def _tell(
        self,
        name: str,
        count: int,
        how: str,
        measured: tuple[str, Scores, str],
        alike: Alike | None,
    ) -> None:
        method, scores, kept = measured
        views = {name: scores} if alike is None else {name: scores, f"{name}, apart": scores.apart(alike)}
        for view, told in views.items():
            if not told.finds:
                print(f"  {view:8s} {count:4d} good, {method}{how}: no faulty image is left", flush=True)
                continue
            self._found.setdefault(f"{view} {count} good{how}", []).append(told.figures())
            print(f"  {view:8s} {count:4d} good, {method}{how}: {told}, {kept}", flush=True)

    def means(self) -> None:
        """Print mean and standard deviation of each kind of line."""
        for name, all_of in self._found.items():
            (area, caught) = np.mean(all_of, axis=0)
            (area_sd, caught_sd) = np.std(all_of, axis=0, ddof=1) if len(all_of) > 1 else (np.nan, np.nan)
            print(
                f"  {name}, {len(all_of)} splits: AUROC {area:.3f} ± {area_sd:.3f}, recall {caught:.3f} ± {caught_sd:.3f}"
            )


def contaminated(
    table: Table, some: Images, good: Images, faulty: dict[str, Images], drawn: NDArray[np.intp], eye: Features
) -> None:
    """Measure with the bad images ``drawn`` mixed in among ``some`` good ones, and without them."""
    kinds = [(kind, place) for kind, own in faulty.items() for place in range(len(own))]
    mixed = [kinds[place] for place in drawn]
    rest = {kind: [p for i, p in enumerate(own) if (kind, i) not in mixed] for kind, own in faulty.items()}
    bad = [faulty[kind][place] for kind, place in mixed]
    same = other_shots(some, eye)
    alike = {kind: same(own, bad) for kind, own in rest.items()}
    print(
        f"  {sum(int(own.sum()) for own in alike.values())} faulty images are other shots of those mixed in", flush=True
    )
    table.measure("clean", some[len(bad) :], good, rest, alike)
    table.measure("mixed", [*some[len(bad) :], *bad], good, rest, alike)


def shown_before(train: Images, good: Images, eye: Features) -> Alike | None:
    """Return which good test images show a part that is also in the training set, if enough other images remain."""
    alike = other_shots(train, eye)(good, train)
    print(f"  {alike.sum()} of {len(good)} good test images are other shots of parts in the training set", flush=True)
    return {"good": alike} if 0 < alike.sum() <= len(good) - _FEWEST else None


def over_splits(folder: Path, asked: argparse.Namespace, network: bytes | None) -> None:
    """Print a line for each model of a folder and, for several splits, mean and standard deviation."""
    for part in ("train/good", "test/good"):
        if not (folder / part).is_dir():
            raise SystemExit(f"{folder} contains no {part}: the folder must have train/good, test/good and test/FAULT")
    train, good = images(folder / "train" / "good"), images(folder / "test" / "good")
    faulty = {
        kind.name: images(kind) for kind in sorted((folder / "test").iterdir()) if kind.is_dir() and kind.name != "good"
    }
    rng = np.random.default_rng(asked.seed)
    table = Table(asked, network)
    eye = network_features(network) if network else FILTERS
    for split in range(asked.splits):
        if split:
            pool = [*train, *good]
            mixed_up = [pool[place] for place in rng.permutation(len(pool))]
            train, good = mixed_up[: len(train)], mixed_up[len(train) :]
        drawn = rng.permutation(len(train))
        known = shown_before([train[place] for place in drawn[: max(asked.good)]], good, eye)
        for count in asked.good:
            some = [train[place] for place in drawn[:count]]
            table.measure("good", some, good, faulty, known)
            if asked.contaminated:
                bad = rng.permutation(sum(map(len, faulty.values())))[: round(asked.contaminated * len(some))]
                contaminated(table, some, good, faulty, bad, eye)
    if asked.splits > 1:
        table.means()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--good", nargs="+", type=int, default=[200, 16])
    parser.add_argument("--contaminated", type=float, default=0.0)
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--network", default="auto")
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--coreset", type=float, default=CORESET)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    network = network_bytes(asked.network)
    if asked.peer and (not installed() or network is None or not is_weights(network)):
        print("no peer: anomalib isn't installed here, or the network isn't that of the published weights")
        asked.peer = False
    for folder in asked.folders:
        print(folder.name)
        over_splits(folder, asked, network)


if __name__ == "__main__":
    main()
