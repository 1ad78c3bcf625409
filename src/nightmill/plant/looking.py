"""The camera in the loop: a model learned from photographs of good parts, and a verdict on each new one.

The vision station is set up with photographs that a person has judged good (``golden-001`` ...), as a real one is.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nightmill.files import decode_image, write_atomic
from nightmill.plant.heat_maps import FOLDER, png
from nightmill.plant.patience import LOG, PatientCell
from nightmill.plant.places import state_folder
from nightmill.quality import VisionModel
from nightmill.vocabulary.errors import EnvironmentFailed

GOLDEN_IMAGES = 60
FALSE_REJECTS = 0.02


def commissioned_eye(folder: Path, cell: PatientCell) -> Callable[[str], tuple[str, float, str]]:
    """A function from an image's name to verdict, score and reason; fits the model on first use, keeps every picture.

    Of a part that isn't accepted it keeps the heat map too, under the picture's name in ``images/heat``.
    """
    model_path = state_folder(folder) / "models" / "vision.npz"
    images = state_folder(folder) / "images"
    loaded: list[VisionModel] = []

    def model() -> VisionModel:
        if not loaded:
            if model_path.exists():
                loaded.append(VisionModel.from_bytes(model_path.read_bytes()))
            else:
                golden = [
                    decode_image(cell.image(f"golden-{n:03d}"), "golden image") for n in range(1, GOLDEN_IMAGES + 1)
                ]
                loaded.append(VisionModel.fit(golden, FALSE_REJECTS))
                # on a full disk the model lives in memory alone, and is learned again after the next start
                with suppress(EnvironmentFailed, OSError):
                    model_path.parent.mkdir(parents=True, exist_ok=True)
                    write_atomic(model_path, loaded[0].to_bytes())
        return loaded[0]

    def look(name: str) -> tuple[str, float, str]:
        picture = cell.image(name)
        images.mkdir(parents=True, exist_ok=True)
        cell.patiently(lambda: write_atomic(images / name, picture), LOG)
        score, seen = model().picture(decode_image(picture, name))
        if score.verdict == "good":
            return score.verdict, score.score, ""
        cell.patiently(lambda: write_atomic(images / FOLDER / name, png(seen)), LOG)
        return score.verdict, score.score, f"surface unlike good parts, score {score.score:.2f} of a limit of 1"

    return look
