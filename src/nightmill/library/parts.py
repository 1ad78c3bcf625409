"""Recognise the features of a part, plan it, certify its programs, and plan its inspection."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from nightmill.library import frames
from nightmill.library.frames import Frame
from nightmill.vocabulary.plan import Certificate, Plan

StepFile = str | Path
Progress = Callable[[str, float], None]


class Feature(msgspec.Struct, frozen=True):
    """A recognised feature: kind, ids of its faces, sizes in mm, and the axis, if any, that points out of the material."""

    id: int
    kind: str
    faces: tuple[int, ...]
    parameters: dict[str, float]
    axis: tuple[float, float, float] | None


class PartFeatures(msgspec.Struct, frozen=True):
    """The contents of a STEP file: faces and PMI as in ``nightmill features --json``, features as records, and notes on oddities in the
    file.
    """

    part: str
    faces: tuple[dict[str, Any], ...]
    features: tuple[Feature, ...]
    pmi: dict[str, Any]
    notes: tuple[str, ...]

    def to_arrow(self) -> Frame:
        """Return one row per feature."""
        return frames.to_arrow(self.features)

    def to_frame(self) -> Frame:
        """Return the result of ``to_arrow`` as a data frame."""
        return frames.to_frame(self.features)


class PartPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A planned part: the records of ``plan.json``, its certificate, and its files (programs, setup sheets, bodies) by name.

    ``cycle_time_s``: total for all setups; ``notes``: remarks for people, one sentence each.
    """

    plan: Plan
    certificate: Certificate
    files: dict[str, bytes]
    material: str
    cycle_time_s: float
    notes: tuple[str, ...]

    @property
    def certified(self) -> bool:
        """Whether the independent verifier has certified all programs."""
        return self.certificate.certified

    @property
    def programs(self) -> dict[str, str]:
        """The NC programs by file name, in the order in which they run."""
        return {each.program: self.files[each.program].decode("utf-8") for each in self.plan.setups}

    def save(self, folder: str | Path) -> Path:
        """Write all files of the plan into ``folder`` and return it."""
        from nightmill.formats import write_atomic

        place = Path(folder)
        for name, content in self.files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, content)
        return place

    def to_arrow(self) -> Frame:
        """Return one row per step: setup, strategy, tool, speed, feed and time."""
        return frames.to_arrow(self._rows())

    def to_frame(self) -> Frame:
        """Return the result of ``to_arrow`` as a data frame."""
        return frames.to_frame(self._rows())

    def _rows(self) -> list[dict[str, object]]:
        tools = {tool.number: tool for tool in self.plan.tools}
        return [
            {
                "setup": setup.name,
                "step": step.name,
                "strategy": step.strategy,
                "tool": step.tool,
                "tool_type": tools[step.tool].type,
                "diameter_mm": tools[step.tool].diameter_mm,
                "spindle_rpm": step.cutting.spindle_rpm,
                "feed_mm_min": step.cutting.feed_mm_min,
                "time_s": step.time_s,
            }
            for setup in self.plan.setups
            for step in setup.steps
        ]


def features(step: StepFile, *, labels: str = "nightmill", body: str = "") -> PartFeatures:
    """Return the faces, features and PMI of the solid in a STEP file.

    ``labels``: ``nightmill``, ``mfcad`` or ``mfcadpp``; ``body``: number or name of the solid if the file contains several. The file
    is read in a guarded child process. Raises ``BadInput``.
    """
    from nightmill.plant.part_planning import features_of

    return msgspec.convert(features_of(Path(step), labels=labels, body=body), PartFeatures)


def plan(
    step: StepFile,
    *,
    material: str = "",
    threads: Sequence[str] = (),
    shop: str | Path | None = None,
    body: str = "",
    post: str = "linuxcnc",
    time_limit_s: float = 0.0,
    progress: Progress | None = None,
) -> PartPlan:
    """Plan and certify the part in a STEP file: setups, workholding, tools, NC programs and their certificate.

    ``threads``: such as ``M6:12,13`` (size, face ids); ``shop``: a shop folder whose machines and tools are used;
    ``post``: a control for which programs are written in addition to the certified ones; ``time_limit_s``: seconds
    after which the best plan so far is returned, 0 for no limit. Raises ``BadInput`` for a file or setting that can't
    be used.
    """
    from nightmill.plant.part_planning import PlanningOptions, plan_part

    with TemporaryDirectory(prefix="nightmill-") as scratch:
        folder = Path(scratch)
        place = Path(shop) if shop is not None else None
        options = PlanningOptions(material, post, tuple(threads), body, time_limit_s)
        answer = plan_part(Path(step), options, shop=place, out=folder, progress=progress)
        files = {
            str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
        }
    return PartPlan(
        plan=msgspec.json.decode(files["plan.json"], type=Plan),
        certificate=msgspec.convert(answer["certificate"], Certificate),
        files=files,
        material=answer["material"],
        cycle_time_s=answer["cycle_time_s"],
        notes=tuple(answer["notes"]),
    )


def verify(
    program: str | Path,
    target: StepFile,
    *,
    stock: str | Path | None = None,
    tools: str | Path | None = None,
    body: str = "",
) -> Certificate:
    """Return the certificate of a ``plan.json``, or of one NC program with its ``stock`` and ``tools``, against the part in ``target``.

    ``stock``: a STEP or STL file or a plan.json; ``tools``: a plan.json or a LinuxCNC tool table. Raises ``BadInput``.
    """
    from nightmill.plant.part_planning import verify_program

    found = verify_program(
        Path(program), target=Path(target), stock=Path(stock) if stock else None, tools=Path(tools) if tools else None, body=body
    )  # fmt: skip
    return msgspec.convert(found, Certificate)
