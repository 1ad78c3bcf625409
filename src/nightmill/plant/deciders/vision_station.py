"""The camera in the loop: learn a model from photographs of good parts, and give a verdict on each new photograph.

A vision station is set up with photographs of parts that a person has judged good (``golden-001`` ...), like a real station. If
there are several stations, each uses its own photographs (``golden-UNIT-001``) or, if it has none, the common photographs.
"""

from collections import deque
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nightmill.formats import write_atomic
from nightmill.plant.deciders.pictures_beside import PictureReader
from nightmill.plant.shop_state.retrying_cell import LOG, PatientCell
from nightmill.plant.views.heat_map_png import png
from nightmill.plant.workspace.layout import picture_path, state_folder
from nightmill.quality import VisionModel
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed

Image = NDArray[np.uint8]
GOLDEN_IMAGES = 60
FALSE_REJECTS = 0.02
# number of pictures needed to distinguish a moved station from a bad part
PICTURES_WATCHED = 4


class Eye:
    """Judges the pictures of the vision stations: learns its model on first use, stores every picture, and monitors each station's camera.

    For a part that isn't accepted it also keeps the heat map, under the picture's name (``places.picture_path``). ``stations``: the number
    of stations. Pictures are decoded in a reusable child with limits.
    """

    def __init__(self, folder: Path, cell: PatientCell, stations: int = 1) -> None:
        self._models = state_folder(folder) / "models"
        self._folder = folder
        self._cell, self._several = cell, stations > 1
        self._reader = PictureReader()
        self._loaded: dict[str, VisionModel] = {}
        self._latest: dict[str, deque[Image]] = {}

    def look(self, name: str, unit: str = "") -> tuple[str, float | None, str]:
        """Return verdict, score and reason for the picture of that name, taken by ``unit``; ``unreadable``, without a score, if it isn't
        a picture.
        """
        picture = self._picture(name)
        self._keep(picture_path(self._folder, name), picture)
        model = self._model(unit)
        try:
            image = self._reader.read(picture, name)
        except (
            BadInput,
            EnvironmentFailed,
        ) as error:  # also if the child process fails: one part is in doubt, and the night continues
            return "unreadable", None, f"the picture can't be read: {error.findings[0].found}"
        self._latest.setdefault(unit, deque(maxlen=PICTURES_WATCHED)).append(image)
        score, seen = model.picture(image)
        if score.verdict == "good":
            return score.verdict, score.score, ""
        self._keep(picture_path(self._folder, name, heat=True), png(seen))
        return score.verdict, score.score, f"surface differs from good parts: score {score.score:.2f}, limit 1"

    def changed(self, unit: str = "") -> dict[str, str]:
        """Return which of ``camera``, ``light`` and ``pose`` have changed according to a station's latest pictures, and why."""
        latest = self._latest.get(unit)
        return {alarm.kind: alarm.reason for alarm in self._model(unit).alarms(latest)} if latest else {}

    def _picture(self, name: str) -> bytes:
        return self._cell.ask(lambda cell: cell.image(name))

    def _keep(self, path: Path, data: bytes) -> None:
        self._cell.patiently(lambda: write_atomic(path, data), LOG)

    def _model(self, unit: str) -> VisionModel:
        if unit not in self._loaded:
            own = f"-{unit}" if self._several else ""
            self._loaded[unit] = self._kept_or_learned(own if own and self._has_own(own) else "")
        return self._loaded[unit]

    def _has_own(self, own: str) -> bool:
        """Return whether the station was set up with its own photographs. The answer is unknown while the cell can't be reached."""
        if self._path(own).exists():
            return True
        try:
            self._picture(_golden(own, 1))
        except BadInput:
            return False
        return True

    def _path(self, own: str) -> Path:
        return self._models / f"vision{own}.npz"

    def _kept_or_learned(self, own: str) -> VisionModel:
        path = self._path(own)
        if path.exists():
            return VisionModel.from_bytes(path.read_bytes())
        names = [_golden(own, number) for number in range(1, GOLDEN_IMAGES + 1)]
        model = VisionModel.fit([self._reader.read(self._picture(name), name) for name in names], FALSE_REJECTS)
        # on a full disk, the model is kept only in memory and is learned again after the next start
        with suppress(EnvironmentFailed, OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, model.to_bytes())
        return model


def _golden(own: str, number: int) -> str:
    """Return the name of a photograph of a good part taken at a station's set-up."""
    return f"golden{own}-{number:03d}"
