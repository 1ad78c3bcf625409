"""What a guarded child does with a drawing or a mail; called by name, plain JSON in and out."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.design import read_part
from nightmill.intake import read_drawing, read_mail, read_rfq
from nightmill.plant.drawing_check import held_against
from nightmill.plant.part_jobs import READING_DEFLECTION_MM
from nightmill.vocabulary.errors import BadInput


def read_job(
    file: str, kind: str, part: str | None, today: str, progress: Callable[[str, float], None]
) -> dict[str, Any]:
    """The answer of ``nightmill read``: ``{file, kind, drawing}`` or ``{file, kind, draft}``."""
    progress("reading", 0.0)
    path = Path(file)
    data = path.read_bytes()
    day = dt.date.fromisoformat(today)
    if kind == "mail":
        return {"file": path.name, "kind": "mail", "draft": msgspec.to_builtins(read_mail(data, today=day))}
    if kind == "text":
        draft = read_rfq(data.decode("utf-8", errors="replace"), today=day)
        return {"file": path.name, "kind": "mail", "draft": msgspec.to_builtins(draft)}
    try:
        drawing = read_drawing(data, kind)  # type: ignore[arg-type]
    except BadInput as error:
        raise BadInput(*(msgspec.structs.replace(each, file=path.name) for each in error.findings)) from error
    if part is not None:
        progress("comparing with the model", 0.7)
        model = read_part(Path(part), mesh_deflection_mm=READING_DEFLECTION_MM, angular_deg=12.0)
        drawing = held_against(drawing, model)
    return {"file": path.name, "kind": "drawing", "drawing": msgspec.to_builtins(drawing)}
