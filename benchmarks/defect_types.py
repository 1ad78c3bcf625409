"""Measure how well defects are classified after 1, 5 and 20 pictures of each kind.

    python benchmarks/defect_types.py FOLDER [--shots 1 5 20] [--seeds 10] [--network auto]

FOLDER has one folder per kind. Each seed draws the examples; all other pictures are classified. ``sure`` is the
fraction classified without a person, ``right`` the fraction of those that is correct.
"""

import argparse
from pathlib import Path

import numpy as np
from false_rejects import remembering

from nightmill.formats import read_image
from nightmill.plant.analysis.quality.vision_child import IMAGES, network_bytes
from nightmill.quality import DefectTypes
from nightmill.quality.vision.filter_bank import FILTERS
from nightmill.quality.vision.onnx_features import network_features


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shots", nargs="+", type=int, default=[1, 5, 20])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--network", default="auto")
    asked = parser.parse_args()
    network = network_bytes(asked.network)
    eye = remembering(network_features(network) if network else FILTERS)
    pictures = {
        kind.name: [read_image(path) for path in sorted(kind.iterdir()) if path.suffix.lower() in IMAGES]
        for kind in sorted(asked.folder.iterdir())
        if kind.is_dir()
    }
    for shots in asked.shots:
        right, sure, right_if_sure = [], [], []
        for seed in range(asked.seeds):
            rng = np.random.default_rng(seed)
            orders = {kind: rng.permutation(len(own)) for kind, own in pictures.items()}
            types = DefectTypes.fit(
                {kind: [own[n] for n in orders[kind][:shots]] for kind, own in pictures.items()}, features=eye
            )
            for kind, own in pictures.items():
                for n in orders[kind][shots:]:
                    found = types.tell(own[n])
                    right.append(found.kind == kind)
                    sure.append(found.sure)
                    if found.sure:
                        right_if_sure.append(found.kind == kind)
        told = np.mean(right_if_sure) if right_if_sure else float("nan")
        print(
            f"{shots:3d} of each: accuracy {np.mean(right):.3f}; sure {np.mean(sure):.3f}, of those correct {told:.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
