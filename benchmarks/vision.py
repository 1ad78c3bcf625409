"""Image AUROC and recall at 1 % false rejects of models learned from good images, and what an image costs.

    python benchmarks/vision.py FOLDER... [--good 200 16] [--contaminated 0.1] [--splits 1] [--network auto] [--peer [--coreset 0.1]]

Each FOLDER holds ``train/good``, ``test/good`` and one folder of ``test`` a kind of fault. ``--contaminated`` also mixes so
large a share of faulty test images into the training (they leave the test). With ``--splits`` all good images are parted
anew so many times, as many for training and test as the folders hold, and mean and standard deviation over them stand at
the end: recall at 1 % false rejects of 100 good test images hangs on two of them. ``--peer`` puts anomalib's PatchCore on
the same weights and images beside each, where it is installed (``vision_peers.py``); it keeps a tenth of the places, as by
default, or ``--coreset``: choosing that many of 200 images takes it hours on a core. CPU time; set OMP_NUM_THREADS=1 for
that of one core.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vision_peers import CORESET, Peer, installed

from nightmill.files import read_image
from nightmill.plant.vision_jobs import IMAGES, network_bytes
from nightmill.quality import VisionModel
from nightmill.quality.lite0 import is_weights

Image = NDArray[np.uint8]
Images = list[Image]
Scores = NDArray[np.float64]


def area_under_curve(good: Scores, bad: Scores) -> float:
    """Share of (good, bad) pairs in which the bad one scores higher, ties half."""
    less = np.searchsorted(np.sort(good), bad, side="left")
    same = np.searchsorted(np.sort(good), bad, side="right") - less
    return float((less + same / 2).sum() / (len(good) * len(bad)))


def recall(good: Scores, bad: Scores, share: float = 0.01) -> float:
    """Share of bad ones above the score that at most ``share`` of the good ones exceed."""
    limit = np.sort(good)[::-1][int(share * len(good))]
    return float(np.mean(bad > limit))


def images(folder: Path) -> Images:
    """All pictures below ``folder``, by name."""
    return [read_image(path) for path in sorted(folder.rglob("*")) if path.suffix.lower() in IMAGES]


Figures = tuple[float, float]
"""AUROC, and recall at 1 % false rejects."""


def evaluate(train: Images, good: Images, faulty: dict[str, Images], network: bytes | None) -> tuple[str, Figures]:
    """One line of figures, and the two that are averaged."""
    begun = time.process_time()
    model = VisionModel.fit(train, 0.01, network=network)
    fitted = time.process_time() - begun
    told, figures, refused = judged(lambda image: model.score(image)[0].score, good, faulty)
    line = f"{len(train):4d} good, {model.method}: {told}, promised {model.promised}, refused {refused:.3f}; fit {fitted:.2f} s"
    return line, figures


def evaluate_peer(
    train: Images, good: Images, faulty: dict[str, Images], weights: bytes, coreset: float
) -> tuple[str, Figures]:
    """The same of anomalib's PatchCore, which keeps the share ``coreset`` of the places."""
    begun = time.process_time()
    peer = Peer(train, weights, coreset)
    fitted = time.process_time() - begun
    told, figures, _ = judged(peer.score, good, faulty)
    return f"{len(train):4d} good, anomalib's PatchCore: {told}; fit {fitted:.2f} s", figures


def judged(
    score: Callable[[Image], float], good: Images, faulty: dict[str, Images]
) -> tuple[str, Figures, np.floating[Any]]:
    """What a way to score finds, in words and in figures, and the share of good images beyond 1."""
    score(good[0])
    begun = time.process_time()
    scores = np.array([score(image) for image in good])
    each = (time.process_time() - begun) / len(good)
    kinds = {kind: np.array([score(image) for image in some]) for kind, some in faulty.items() if some}
    bad = np.concatenate(list(kinds.values()))
    parts = ", ".join(f"{kind} {area_under_curve(scores, own):.3f}" for kind, own in kinds.items())
    area, found = area_under_curve(scores, bad), recall(scores, bad)
    told = f"AUROC {area:.3f}, recall at 1 % false rejects {found:.3f}, {each * 1000:.1f} ms an image ({parts})"
    return told, (area, found), np.mean(scores > 1)


def over_splits(folder: Path, asked: argparse.Namespace, network: bytes | None) -> None:
    """Print a line for each model of a folder and, of several splits, their mean and standard deviation."""
    for part in ("train/good", "test/good"):
        if not (folder / part).is_dir():
            raise SystemExit(f"{folder} holds no {part}: a folder to measure has train/good, test/good and test/FAULT")
    train, good = images(folder / "train" / "good"), images(folder / "test" / "good")
    faulty = {
        kind.name: images(kind) for kind in sorted((folder / "test").iterdir()) if kind.is_dir() and kind.name != "good"
    }
    rng = np.random.default_rng(asked.seed)
    found: dict[str, list[Figures]] = {}

    def told(name: str, some: Images, tested: Images, bad: dict[str, Images]) -> None:
        line, figures = evaluate(some, tested, bad, network)
        found.setdefault(f"{name} {len(some)} good", []).append(figures)
        print(f"  {name:8s}", line, flush=True)
        if asked.peer and network is not None:
            line, figures = evaluate_peer(some, tested, bad, network, asked.coreset)
            found.setdefault(f"{name} {len(some)} good, peer", []).append(figures)
            print(f"  {name:8s}", line, flush=True)

    for split in range(asked.splits):
        if split:
            pool = [*train, *good]
            mixed_up = [pool[place] for place in rng.permutation(len(pool))]
            train, good = mixed_up[: len(train)], mixed_up[len(train) :]
        drawn = rng.permutation(len(train))
        for count in asked.good:
            some = [train[place] for place in drawn[:count]]
            told("good", some, good, faulty)
            if asked.contaminated:
                kinds = [(kind, place) for kind, own in faulty.items() for place in range(len(own))]
                mixed = [kinds[place] for place in rng.permutation(len(kinds))[: round(asked.contaminated * len(some))]]
                rest = {kind: [p for i, p in enumerate(own) if (kind, i) not in mixed] for kind, own in faulty.items()}
                bad = [faulty[kind][place] for kind, place in mixed]
                told("clean", some[len(bad) :], good, rest)
                told("mixed", [*some[len(bad) :], *bad], good, rest)
    for name, all_of in found.items() if asked.splits > 1 else ():
        (area, caught), (area_sd, caught_sd) = np.mean(all_of, axis=0), np.std(all_of, axis=0, ddof=1)
        print(
            f"  {name}, {asked.splits} splits: AUROC {area:.3f} ± {area_sd:.3f}, recall {caught:.3f} ± {caught_sd:.3f}"
        )


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
