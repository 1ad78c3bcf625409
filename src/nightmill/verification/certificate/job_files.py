"""Read a plan folder, a stock and a tool table: check them and combine them into one job to certify."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from nightmill.verification.certificate.uncoded_reasons import coded
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding
from nightmill.vocabulary.plan import Body, Matrix4, Plan, Tab, Tool, Uncut

T = TypeVar("T")
IDENTITY: Matrix4 = (
    (1.0, 0.0, 0.0, 0.0),
    (0.0, 1.0, 0.0, 0.0),
    (0.0, 0.0, 1.0, 0.0),
    (0.0, 0.0, 0.0, 1.0),
)
_ENTRY = re.compile(r"([TPDZXYABCUVWIJQ])\s*([-+]?\d*\.?\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class SetupText:
    """One setup with its program's text; ``work_offset`` is None if any single offset is allowed."""

    name: str
    kind: str
    program: str
    text: str
    work_offset: str | None
    model_to_work: Matrix4
    fixtures: tuple[Body, ...]
    spindle: str = "M3"
    tabs: tuple[Tab, ...] = ()
    parted: Body | None = None


@dataclass(frozen=True)
class Job:
    """Everything that is checked against a target; body files are in ``folder``; ``uncut`` is None if no plan lists uncut areas.

    ``body``: the solid to use if the target has several.
    """

    folder: Path
    stock: Body
    tools: tuple[Tool, ...]
    setups: tuple[SetupText, ...]
    target_sha256: str | None
    uncut: tuple[Uncut, ...] | None = None
    body: str = ""


class _Stock(msgspec.Struct, frozen=True):
    stock: Body


class _Tools(msgspec.Struct, frozen=True):
    tools: tuple[Tool, ...]


def read_folder(folder: Path) -> Job:
    """Read ``plan.json`` and its programs. Raises ``BadInput`` listing everything that is wrong."""
    path = folder / "plan.json"
    plan = decode(path, Plan)
    findings: list[Finding] = []
    setups: list[SetupText] = []
    for setup in plan.setups:
        place = f"setup {setup.name}"
        if not _rigid(setup.model_to_work):
            findings.append(
                Finding(
                    str(path),
                    place,
                    "a model_to_work that is not rigid",
                    "a rotation and a shift",
                    "Correct the matrix.",
                )
            )
        try:
            text = _program(folder / setup.program, place)
        except BadInput as error:
            findings.extend(error.findings)
            continue
        setups.append(
            SetupText(
                setup.name,
                setup.kind,
                setup.program,
                text,
                setup.work_offset,
                setup.model_to_work,
                setup.fixtures,
                setup.spindle,
                setup.tabs,
                setup.parted,
            )
        )
    numbers = [tool.number for tool in plan.tools]
    findings.extend(
        Finding(str(path), "tools", f"tool {number} twice", "each number once", "Give each tool its own number.")
        for number in sorted({number for number in numbers if numbers.count(number) > 1})
    )
    if findings:
        raise BadInput(*findings)
    return Job(
        folder, plan.stock, plan.tools, tuple(setups), plan.target_sha256, tuple(map(coded, plan.uncut)), plan.body
    )


def decode(path: Path, kind: type[T]) -> T:
    """Return a JSON file as a record; raises ``BadInput`` with the position of the error."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise BadInput(
            Finding(str(path), "", f"no readable file ({error.strerror})", "a plan.json", "Check the path.")
        ) from error
    except UNREADABLE as error:
        raise BadInput(
            Finding(str(path), "", str(error), "the format nightmill-plan/1", "Correct the reported value.")
        ) from error


def _program(path: Path, place: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(
            Finding(
                str(path), place, f"no readable file ({error.strerror})", "an NC program", "Check the name in the plan."
            )
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(Finding(str(path), place, str(error), "UTF-8 text", "Save the program as text.")) from error


def _rigid(matrix: Matrix4) -> bool:
    m = np.array(matrix)
    turn = m[:3, :3]
    return bool(
        np.allclose(turn @ turn.T, np.eye(3), atol=1e-6)
        and np.linalg.det(turn) > 0
        and np.allclose(m[3], [0, 0, 0, 1], atol=1e-12)
    )


def read_stock(path: Path) -> tuple[Body, Path]:
    """Return the stock from a STEP or STL file or a plan.json, with the folder that holds its files."""
    if path.suffix.lower() == ".json":
        return decode(path, _Stock).stock, path.parent
    if not path.is_file():
        raise BadInput(Finding(str(path), "", "no file", "a STEP, STL or plan.json file", "Check the path."))
    return Body(file=path.name), path.parent


def read_tools(path: Path) -> tuple[Tool, ...]:
    """Return the tools in a plan.json or a LinuxCNC tool table (``T1 P1 D10 Z50 ;comment``).

    A table gives numbers and diameters only: the kind of tool is taken from words in the comment (drill, ball, bull with
    a radius after ``R``, chamfer, spot, tap, ream, face), otherwise the tool is flat. Its lengths are unknown.
    """
    if path.suffix.lower() == ".json":
        return decode(path, _Tools).tools
    text = _program(path, "tool table")
    tools: list[Tool] = []
    findings: list[Finding] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line, _, comment = raw.partition(";")
        words = {letter.upper(): float(value) for letter, value in _ENTRY.findall(line)}
        if not line.strip():
            continue
        if "T" not in words or words.get("D", 0.0) <= 0:
            findings.append(
                Finding(str(path), f"line {number}", line.strip(), "T number and D above 0", "Give both for each tool.")
            )
            continue
        tools.append(_table_tool(int(words["T"]), words["D"], comment.strip()))
    if findings or not tools:
        raise BadInput(*(findings or [Finding(str(path), "", "no tools", "at least one", "Check the file.")]))
    return tuple(tools)


def _table_tool(number: int, diameter: float, comment: str) -> Tool:
    text = comment.lower()
    kinds = (
        ("countersink", "countersink"), ("drill", "drill"), ("ball", "ball"), ("bull", "bull"), ("chamfer", "chamfer"),
        ("spot", "spot"), ("thread mill", "thread_mill"), ("tap", "tap"), ("ream", "reamer"), ("face", "face"),
    )  # fmt: skip
    kind = next((kind for word, kind in kinds if word in text and f"{word}ed" not in text), "flat")
    corner = re.search(r"\br\s*(\d*\.?\d+)", text)
    angle = re.search(r"(\d*\.?\d+)\s*(?:deg|°)", text)
    return Tool(
        number=number,
        type=kind,  # type: ignore[arg-type]
        diameter_mm=diameter,
        corner_radius_mm=float(corner.group(1)) if corner and kind in ("bull", "face") else 0.0,
        tip_angle_deg=float(angle.group(1)) if angle else None,
        name=comment,
    )
