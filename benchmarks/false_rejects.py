"""Check on synthetic textures and many splits whether the promised rate of false rejects holds, and whether a change of
light is detected.

    python benchmarks/false_rejects.py [--splits 200] [--asked 0.01] [--good 30 60 100 200 300] [--network filters] [--seed 0]

Each split draws good images of one of four textures for training and others for the test: feed marks, cast skin, a
milled face with a bore, and a ground face whose stain differs from part to part. If a rate is promised, the rejected
fraction is compared with that of an exact conformal threshold: of m test images, the number above the k-th largest of n
exchangeable scores is beta-binomial (m; k, n + 1 - k) (Vovk, Conditional validity, ACML 2012). Then the light changes
by 30 %: required is an alarm within five images, or at most 3 % rejected.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import betabinom, binom

from nightmill.plant.analysis.quality.vision_child import network_bytes
from nightmill.quality import VisionModel
from nightmill.quality.vision.filter_bank import FILTERS, Features
from nightmill.quality.vision.onnx_features import network_features

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
_POOL = 500
_SIDE = 160
_TESTED = 100


def _feed_marks(rng: np.random.Generator) -> Floats:
    y, x = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float32)
    turned = x + rng.normal(0, 0.05) * y
    return np.asarray(
        120 + rng.normal(0, 8) + 14 * np.sin(turned / 3.0 + rng.uniform(0, 6)) + rng.normal(0, 6, (_SIDE, _SIDE)),
        dtype=np.float32,
    )


def _cast_skin(rng: np.random.Generator) -> Floats:
    grain = gaussian_filter(rng.normal(0, 1, (_SIDE, _SIDE)), 2.0)
    return np.asarray(
        110 + rng.normal(0, 6) + grain / grain.std() * rng.uniform(8, 14) + rng.normal(0, 4, (_SIDE, _SIDE)),
        dtype=np.float32,
    )


def _milled_face(rng: np.random.Generator) -> Floats:
    y, x = np.mgrid[0:_SIDE, 0:_SIDE] - rng.integers(-3, 4, 2)[:, None, None]
    face = 120 + 6 * np.sin(x / 3.0 + rng.uniform(0, 6)) + 20 * (x > 40) - 25 * (y > 115)
    face = np.where((x - 80) ** 2 + (y - 60) ** 2 < 22**2, 45, face)
    return np.asarray(face + rng.normal(0, 4, face.shape), dtype=np.float32)


def _stained(rng: np.random.Generator) -> Floats:
    stain = gaussian_filter(rng.normal(0, 1, (_SIDE, _SIDE)), rng.uniform(8, 20))
    fine = rng.normal(0, 1, (_SIDE, _SIDE)).cumsum(axis=0)
    fine = (fine - gaussian_filter(fine, 4)) * 2
    return np.asarray(
        130 + stain / stain.std() * abs(rng.normal(0, 10)) + fine + rng.normal(0, 4, (_SIDE, _SIDE)), dtype=np.float32
    )


TEXTURES: tuple[Callable[[np.random.Generator], Floats], ...] = (_feed_marks, _cast_skin, _milled_face, _stained)


def remembering(features: Features) -> Features:
    """Return the same features with a cache, so that no picture is read twice."""
    known: dict[bytes, Floats] = {}

    def read(picture: Floats) -> Floats:
        key = picture.tobytes()
        if key not in known:
            known[key] = features.read(picture)
        return known[key]

    return Features(features.name, features.size, read)


def light_told(model: VisionModel, pictures: list[Picture], gain: float) -> tuple[bool, float]:
    """Return whether an alarm is raised within five images under a different light, and the rejected fraction."""
    lit = [np.clip(each * gain, 0, 255).astype(np.uint8) for each in pictures]
    early = any(alarm.image <= 5 for alarm in model.alarms(lit[:5]))
    return early, float(np.mean([model.score(each)[0].verdict != "good" for each in lit]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--asked", type=float, default=0.01)
    parser.add_argument("--good", nargs="+", type=int, default=[30, 60, 100, 200, 300])
    parser.add_argument("--network", default="filters")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    network = network_bytes(options.network)
    eye = network_features(network) if network else FILTERS
    begun = time.process_time()
    told = light = quiet = runs = 0
    pools: dict[Callable[[np.random.Generator], Floats], tuple[Features, list[Picture]]] = {}
    for count in options.good:
        splits = max(1, options.splits // len(options.good))
        within = refused = abstained = 0
        for split in range(splits):
            kind = TEXTURES[split % len(TEXTURES)]
            rng = np.random.default_rng([count, split, options.seed] if options.seed else [count, split])
            if kind not in pools:
                drawn = np.random.default_rng([999, split, options.seed] if options.seed else [999, split])
                pools[kind] = (remembering(eye), [np.clip(kind(drawn), 0, 255).astype(np.uint8) for _ in range(_POOL)])
            seen, pool = pools[kind]
            order = rng.permutation(_POOL)
            model = VisionModel.fit([pool[n] for n in order[:count]], options.asked, features=seen)
            if model.promised is None:
                abstained += 1
                continue
            tests = [pool[n] for n in order[count : count + _TESTED]]
            bad = sum(model.score(each)[0].verdict != "good" for each in tests)
            rank = round(model.promised * (count + 1))
            low, high = betabinom.interval(0.95, _TESTED, rank, count + 1 - rank)
            within += low <= bad <= high
            refused += bad
            if split < 8:
                quiet += not model.alarms(tests)
                for gain in (0.7, 1.3):
                    early, share = light_told(model, tests[:30], gain)
                    told, light = told + early, light + (early or share <= 0.03)
                    runs += 1
        kept = splits - abstained
        if not kept:
            print(f"{count:4d} good: abstained in all {splits} splits", flush=True)
            continue
        total = kept * _TESTED
        most = binom.ppf(0.975, total, options.asked) / total
        print(
            f"{count:4d} good: {splits} splits, {abstained} abstained; refused {refused / total:.4f} of {total} (asked "
            f"{options.asked:g}, binomial 97.5 % {most:.4f}); {within} of {kept} splits in their own exact 95 % band",
            flush=True,
        )
    if runs:
        print(f"light changed by 30 %: alarm within 5 images in {told} of {runs}, alarm or at most 3 % refused in {light} of {runs}; "
              f"no alarm in {quiet} of {runs // 2} unchanged series")  # fmt: skip
    print(f"{time.process_time() - begun:.0f} s of CPU")


if __name__ == "__main__":
    main()
