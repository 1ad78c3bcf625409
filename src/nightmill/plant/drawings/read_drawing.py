"""The answer of ``nightmill read``: a drawing or an email, read in a guarded child process; a drawing is compared with the model."""

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import write_atomic
from nightmill.intake import Drawing
from nightmill.plant.part_planning.planning_child import Progress, check_step, in_child
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.workers import Limits

READ_CALL = "nightmill.plant.drawings.drawing_child_jobs:read_job"
READ_LIMITS = Limits(memory_mib=8192, cpu_s=300, wall_s=240.0)
KINDS = {
    ".pdf": "pdf", ".dxf": "dxf", ".png": "image", ".jpg": "image", ".jpeg": "image", ".tif": "image", ".tiff": "image",
    ".bmp": "image", ".eml": "mail", ".txt": "text", ".md": "text",
}  # fmt: skip
LARGEST = 100_000_000


def read_file(
    file: Path,
    *,
    part: Path | None = None,
    out: Path | None = None,
    today: dt.date | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return the answer of ``nightmill read``: the requirements in a drawing or the draft made from an email, with questions.

    ``part`` is the STEP file that a drawing is compared with; sizes that were read without doubt and found in the model
    are written to ``out`` in the form of ``parts/NAME.toml``. Raises ``BadInput`` for a file that can't be read.
    """
    kind = KINDS.get(file.suffix.lower())
    if kind is None:
        raise BadInput(
            Finding(str(file), "", f"a file of kind {file.suffix!r}", ", ".join(KINDS), "Convert it to one of these.")
        )
    if not file.is_file():
        raise BadInput(Finding(str(file), "the file", "no file", "a drawing or a mail", "Check the path."))
    if file.stat().st_size > LARGEST:
        raise BadInput(
            Finding(str(file), "the file", f"{file.stat().st_size:,} bytes", f"at most {LARGEST:,}", "Split it.")
        )
    if part is not None:
        check_step(part)
        if kind in ("mail", "text"):
            raise BadInput(Finding("--part", "", "a model together with a mail", "a drawing", "Leave --part out."))
    if out is not None and part is None:
        raise BadInput(
            Finding(
                "--out",
                "",
                "no model whose faces could be identified",
                "--part PART.step",
                "Name the part's STEP file.",
            )
        )
    request = {
        "file": str(file), "kind": kind, "part": str(part) if part else None, "today": (today or dt.date.today()).isoformat(),  # noqa: DTZ011
    }  # fmt: skip
    answer = in_child(READ_CALL, request, file, progress, READ_LIMITS, reader="the reader", sound="a sound drawing")
    if out is not None:
        write_atomic(out, part_table(msgspec.convert(answer["drawing"], Drawing)).encode())
        answer["written"] = str(out)
    return answer


def part_table(drawing: Drawing) -> str:
    """Return ``parts/NAME.toml`` with the values that are certain and found in the model: material, revision, sizes, threads."""
    lines = []
    for name in ("material", "revision"):
        values = [field.value for field in drawing.fields if field.name == name and not field.flags]
        if len(values) == 1:
            lines.append(f"{name} = {msgspec.json.encode(values[0]).decode()}")
    sure = [each for each in drawing.requirements if each.check == "found" and not each.flags and each.faces]
    for each in sure:
        if each.kind in ("diameter", "length", "radius") and each.lower is not None and each.upper is not None:
            nominal = each.nominal if each.nominal is not None else (each.lower + each.upper) / 2
            kind = "distance_between" if each.kind == "length" else each.kind
            inside = min(max(nominal, each.lower), each.upper)
            lines += ["", "[[requirements]]", f'kind = "{kind}"', f"nominal = {inside!r}"]
            lines += [f"lower = {each.lower!r}", f"upper = {each.upper!r}", f"faces = {list(each.faces)}"]
        elif each.kind == "thread" and each.thread.startswith("M"):
            lines += ["", "[[threads]]", f'size = "{each.thread}"', f"faces = {list(each.faces)}"]
            lines += [f"depth_mm = {each.depth!r}"] if each.depth else []
    return "\n".join(lines).lstrip("\n") + "\n"
