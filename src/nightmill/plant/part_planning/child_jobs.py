"""Jobs of guarded children on one part; called by name, plain JSON in and out."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.cad import features_answer, read_part
from nightmill.formats import write_atomic

READING_DEFLECTION_MM, READING_ANGLE_DEG = 0.2, 25.0


def features_job(step: str, labels: str, progress: Callable[[str, float], None], body: str = "") -> dict[str, Any]:
    """Return the answer of ``nightmill features``."""
    progress("reading", 0.0)
    part = read_part(Path(step), mesh_deflection_mm=READING_DEFLECTION_MM, angular_deg=READING_ANGLE_DEG, body=body)
    answer = msgspec.to_builtins(features_answer(part, labels))  # type: ignore[arg-type]
    return dict(answer)


def verify_job(
    program: str,
    target: str,
    stock: str | None,
    tools: str | None,
    progress: Callable[[str, float], None],
    body: str = "",
) -> dict[str, Any]:
    """Return the answer of ``nightmill verify``."""
    from nightmill.verification import certify, certify_program, read_stock, read_tools

    progress("reading", 0.0)
    path = Path(program)
    if stock is None or tools is None:
        found = certify(path.parent, Path(target), progress=lambda phase: progress(phase, 0.5))
    else:
        piece, folder = read_stock(Path(stock))
        text = path.read_text(encoding="utf-8", errors="replace")
        crib = read_tools(Path(tools))
        found = certify_program(
            text,
            Path(target),
            piece,
            crib,
            folder=folder,
            body=body,
            progress=lambda phase: progress(phase, 0.5),
        )
    return dict(msgspec.to_builtins(found))


def inspection_job(step: str, out: str | None, progress: Callable[[str, float], None]) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect plan``; writes its documents (QIF, AS9102) into ``out``."""
    from nightmill.quality import inspection_plan, plan_documents

    progress("reading", 0.0)
    part = read_part(Path(step), mesh_deflection_mm=READING_DEFLECTION_MM, angular_deg=READING_ANGLE_DEG)
    characteristics = inspection_plan(part)
    if out is not None:
        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in plan_documents(characteristics, part, dt.datetime.now(dt.UTC)).items():
            write_atomic(folder / name, content)
    return {"part": part.name, "characteristics": msgspec.to_builtins(characteristics)}
