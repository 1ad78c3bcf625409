"""The camera in the loop: a model learned from photographs of good parts, and a verdict on each new one.

The vision station is set up with photographs that a person has judged good (``golden-001`` ...), as a real one is.
"""

from collections import deque
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nightmill.files import decode_image, write_atomic
from nightmill.plant.heat_maps import FOLDER, png
from nightmill.plant.patience import LOG, PatientCell
from nightmill.plant.places import state_folder
from nightmill.quality import VisionModel
from nightmill.vocabulary.errors import EnvironmentFailed

Image = NDArray[np.uint8]
GOLDEN_IMAGES = 60
FALSE_REJECTS = 0.02
# as many as it takes to tell that the station has moved, not a part
PICTURES_WATCHED = 4


class Eye:
    """The vision station's judge: it learns on first use, keeps every picture, and watches the camera itself.

    Of a part that isn't accepted it keeps the heat map too, under the picture's name in ``images/heat``.
    """

    def __init__(self, folder: Path, cell: PatientCell) -> None:
        self._model_path = state_folder(folder) / "models" / "vision.npz"
        self._images = state_folder(folder) / "images"
        self._cell = cell
        self._loaded: VisionModel | None = None
        self._latest: deque[Image] = deque(maxlen=PICTURES_WATCHED)

    def look(self, name: str) -> tuple[str, float, str]:
        """Verdict, score and reason of the picture of that name."""
        picture = self._cell.image(name)
        self._images.mkdir(parents=True, exist_ok=True)
        self._keep(self._images / name, picture)
        image = decode_image(picture, name)
        self._latest.append(image)
        score, seen = self._model().picture(image)
        if score.verdict == "good":
            return score.verdict, score.score, ""
        self._keep(self._images / FOLDER / name, png(seen))
        return score.verdict, score.score, f"surface unlike good parts, score {score.score:.2f} of a limit of 1"

    def changed(self) -> dict[str, str]:
        """What the latest pictures tell of the station itself: ``camera``, ``light`` or ``pose`` with the reason, if any moved."""
        return {alarm.kind: alarm.reason for alarm in self._model().alarms(self._latest)} if self._latest else {}

    def _keep(self, path: Path, data: bytes) -> None:
        self._cell.patiently(lambda: write_atomic(path, data), LOG)

    def _model(self) -> VisionModel:
        if self._loaded is None:
            self._loaded = self._kept() or self._learned()
        return self._loaded

    def _kept(self) -> VisionModel | None:
        return VisionModel.from_bytes(self._model_path.read_bytes()) if self._model_path.exists() else None

    def _learned(self) -> VisionModel:
        names = [f"golden-{n:03d}" for n in range(1, GOLDEN_IMAGES + 1)]
        model = VisionModel.fit([decode_image(self._cell.image(name), "golden image") for name in names], FALSE_REJECTS)
        # on a full disk the model lives in memory alone, and is learned again after the next start
        with suppress(EnvironmentFailed, OSError):
            self._model_path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._model_path, model.to_bytes())
        return model
