"""The plan-verify loop of one part, as it runs inside a guarded child: STEP in, a folder of proven programs out.

``plan_job`` is called by name (``PLANNING_CALL``) through ``workers``; its arguments and its answer are plain JSON.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from nightmill.design import PartModel, feature_of_face, features_answer, read_part
from nightmill.plant.fixture_lines import stl_triangles
from nightmill.plant.left_over import unfinished
from nightmill.plant.part_papers import OperationRecord, PapersAhead
from nightmill.plant.proving import ProofAhead, best_proven, write_files
from nightmill.plant.thread_asks import threads_of
from nightmill.process import ProcessPlan, Refused, unplanned
from nightmill.quality import Characteristic
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.plan import TURNING_TOOLS, Certificate, Plan, Thread, Tool
from nightmill.vocabulary.shop import LATHE_LIMITS, CutterKind, MachineLimits, PartFile, Requirement, Shop, WorkUnit
from nightmill.workers import Effort

PLANNING_CALL = "nightmill.plant.planning:plan_job"
DEFAULT_MATERIAL = "Al 6061"
PLANNING_BUDGET_S = 300.0
"""Seconds of work (``workers.Effort``) after which a plan ends with what it has, and says so."""
PROOF_UNTIL_S = 540.0
"""Seconds of work by which the proof must have ended: what would take it longer is left out, and said."""
PLANNING_WALL_S = 960.0
"""Seconds on the clock after which a child that plans is ended: later than those of work end on the busiest machine."""

Progress = Callable[[str, float], None]


class CharacteristicRecord(msgspec.Struct, frozen=True):
    """A dimension as floor and quality use it; ``operation`` is ``PART/SETUP`` and empty where nothing cuts it.

    ``nominal``, ``lower``, ``upper`` in mm; ``asked`` is the entry of the inspection plan.
    """

    id: str
    asked: Characteristic
    nominal: float
    lower: float
    upper: float
    operation: str
    tool: int
    register: str
    sensitivity: float


class RouteRecord(msgspec.Struct, frozen=True):
    """``route.json``: everything about a planned part that isn't in ``plan.json``."""

    part: str
    cad_sha256: str
    material: str
    certified: bool
    certificate: Certificate
    operations: tuple[OperationRecord, ...]
    characteristics: tuple[CharacteristicRecord, ...]
    assumed: tuple[str, ...]
    part_volume_mm3: float
    stock_volume_mm3: float
    density_kg_m3: float
    faces: int
    features: int
    seconds: float
    notes: tuple[str, ...]


def planned_for(shop: Shop, kind: CutterKind, material: str) -> WorkUnit | None:
    """The machine that programs are planned for: the first mill of the shop, the first lathe that may cut the material."""
    units = shop.cutters(kind)
    if kind == "mill":
        return units[0] if units else None
    return next((unit for unit in units if not unit.materials or material in unit.materials), None)


def planning_request(part: PartFile, shop: Shop, folder: Path, out: Path) -> dict[str, Any]:
    """The arguments of ``plan_job`` for a part of a shop."""
    mill, lathe = planned_for(shop, "mill", part.material), planned_for(shop, "lathe", part.material)
    limits = mill.limits if mill is not None else None
    turning: dict[str, Any] = {"lathe": msgspec.to_builtins(lathe.limits)} if lathe is not None else {}
    if turning and mill is None:
        turning["mills"] = False
    return turning | {
        "step": str(folder / part.step),
        "out": str(out),
        "name": part.name,
        "material": part.material,
        "tools": [
            msgspec.to_builtins(kind.tool) for kind in shop.tools if turning or kind.tool.type not in TURNING_TOOLS
        ],
        "limits": msgspec.to_builtins(limits) if limits else None,
        "requirements": msgspec.to_builtins(part.requirements),
        "threads": msgspec.to_builtins(part.threads),
    }


def plan_job(
    step: str,
    out: str,
    *,
    name: str = "",
    material: str = "",
    tools: list[dict[str, Any]] | None = None,
    limits: dict[str, Any] | None = None,
    lathe: dict[str, Any] | None = None,
    requirements: list[dict[str, Any]] | None = None,
    threads: list[dict[str, Any]] | None = None,
    body: str = "",
    gave_up: str = "",
    mills: bool = True,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Read, plan, certify and write one part; the answer of ``nightmill plan`` (DESIGN, the command line).

    ``body``: number or name of the solid where the file holds several. ``gave_up``: why planning came to no end before; then every face is listed as uncut for that reason. ``mills``: whether the shop has a mill.
    """
    from nightmill.process import material_named, plan_route

    say = progress or (lambda phase, share: None)
    began, spent = time.perf_counter(), Effort()
    say("reading", 0.0)
    part = read_part(Path(step), body=body)
    if name:
        part = _renamed(part, name)
    assumed = _assumed(tools, limits, material)
    machine, crib = _shop_of(limits, tools, lathe)
    turret = msgspec.convert(lathe, MachineLimits) if lathe else None
    stuff = material_named(material or DEFAULT_MATERIAL)
    wanted = tuple(msgspec.convert(each, Requirement) for each in requirements or [])
    tapped = tuple(msgspec.convert(each, Thread) for each in threads or [])
    _check_faces(part, Path(step), tapped)
    tapped, shown = threads_of(part, tapped)
    say("planning", 0.1)

    ahead = ProofAhead(Path(step), helped=True, until=PROOF_UNTIL_S, clock=spent)
    drawn = PapersAhead(Path(step), part, _timed_on(machine, turret))
    if ahead.helped:  # it reads and samples the part while the first setup is planned
        ahead.cut(unplanned(part, crib, stuff.name, "").plan, {})

    def planned(without: frozenset[Refused], thorough: bool) -> ProcessPlan:
        if gave_up:
            found = unplanned(part, crib, stuff.name, gave_up)
        else:
            found = plan_route(
                part,
                tools=crib,
                machine=machine,
                material=stuff,
                progress=say,
                budget_s=min(PLANNING_BUDGET_S, PROOF_UNTIL_S - spent()),
                clock=spent,
                requirements=wanted,
                threads=tapped,
                without=without,
                thorough=thorough,
                made=ahead.cut,
                lathe=turret,
                mills=mills,
            )
        plan = msgspec.structs.replace(found.plan, assumed=(*assumed, *found.plan.assumed))
        if ahead.helped:
            drawn.begin(plan, found.files)
        return replace(found, plan=plan)

    folder = Path(out)
    try:
        proven = best_proven(planned, folder, Path(step), say, PROOF_UNTIL_S, ahead, spent)
        papers = drawn.of(proven.plan, proven.files)
    finally:
        ahead.close()
        drawn.close()
    plan, seconds = proven.plan, time.perf_counter() - began
    notes = (*part.notes, *shown, *proven.notes, *_notes_of(plan, part, machine.travel_mm))
    record = _record(part, plan, proven.files, proven.certificate, papers.operations, stuff, wanted, seconds, notes)
    write_files(folder, {"route.json": msgspec.json.encode(record), **papers.pictures})
    return plan_answer(part, plan, record)


def _assumed(tools: list[dict[str, Any]] | None, limits: dict[str, Any] | None, material: str) -> list[str]:
    """What a request left to be chosen, in words."""
    chosen = {
        "tools: the default crib": not tools,
        "machine: the default mill": limits is None,
        f"material: {DEFAULT_MATERIAL}": not material,
    }
    return [words for words, is_default in chosen.items() if is_default]


def _shop_of(
    limits: dict[str, Any] | None, tools: list[dict[str, Any]] | None, lathe: dict[str, Any] | None = None
) -> tuple[Any, tuple[Tool, ...]]:
    """The machine and the tools of a request, the default ones where it names none."""
    from nightmill.process import default_machine, default_tools

    machine = default_machine()
    if limits:
        machine = _machine(machine, msgspec.convert(limits, MachineLimits))
    crib = tuple(msgspec.convert(tool, Tool) for tool in tools) if tools else default_tools()
    if limits and not lathe:  # a shop that names its mill has no lathe
        crib = tuple(tool for tool in crib if tool.type not in TURNING_TOOLS)
    return machine, crib


def _check_faces(part: PartModel, step: Path, threads: tuple[Thread, ...]) -> None:
    """Every thread stands on round walls of the part; raises ``BadInput`` with all that don't."""
    findings = []
    for face in sorted({face for thread in threads for face in thread.faces}):
        if not 0 <= face < len(part.faces):
            found = f"a thread on face {face} of a part with faces 0 to {len(part.faces) - 1}"
        elif part.faces[face].surface != "cylinder":
            found = f"a thread on face {face}, which is no round wall"
        else:
            continue
        remedy = "See `nightmill features` for the ids of faces."
        findings.append(Finding(str(step), "threads", found, "faces of holes or shafts", remedy))
    if findings:
        raise BadInput(*findings)


def plan_answer(part: PartModel, plan: Plan, record: RouteRecord) -> dict[str, Any]:
    """The JSON document of ``nightmill plan``."""
    features = msgspec.to_builtins(features_answer(part))
    certificate = record.certificate
    return {
        "part": plan.part,
        "features": features["features"],
        "setups": [msgspec.to_builtins(setup) for setup in plan.setups],
        "nc": [setup.program for setup in plan.setups],
        "cycle_time_s": round(sum(operation.cycle_s for operation in record.operations), 1),
        "certificate": msgspec.to_builtins(certificate),
        "pmi": features["pmi"],
        "characteristics": _inspected(part, plan),
        "assumed": list(plan.assumed),
        "notes": list(record.notes),
        "material": record.material,
        "seconds": round(record.seconds, 2),
    }


def _notes_of(plan: Plan, part: PartModel, travel_mm: Sequence[float]) -> tuple[str, ...]:
    """What programs don't finish; for a part without a setup that is larger than the machine both sizes, and where such sizes come from."""
    if plan.setups:
        return unfinished(plan.uncut, part.area_mm2)
    size = [high - low for low, high in zip(part.low, part.high, strict=True)]
    if all(one <= travel for one, travel in zip(sorted(size), sorted(travel_mm), strict=True)):
        return ()
    has, fits = (" x ".join(f"{one:.0f}" for one in each) for each in (size, travel_mm))
    return (f"the part is {has} mm, the machine's travel {fits} mm; check the unit of the STEP file",)


def _renamed(part: PartModel, name: str) -> PartModel:
    return replace(part, name=name)


def _machine(default: Any, limits: MachineLimits) -> Any:
    return msgspec.structs.replace(
        default,
        name="the shop's mill",
        travel_mm=limits.travel_mm,
        spindle_rpm_max=limits.spindle_rpm_max,
        spindle_kw=limits.spindle_kw,
        feed_max_mm_min=limits.feed_max_mm_min,
        rapid_mm_min=limits.rapid_mm_min,
        accel_mm_s2=limits.accel_mm_s2,
        tool_change_s=limits.tool_change_s,
    )


def _timed_on(machine: Any, turret: MachineLimits | None) -> dict[CutterKind, MachineLimits]:
    """The machines whose speeds say how long the programs run."""
    mill = MachineLimits(
        machine.travel_mm,
        machine.spindle_rpm_max,
        machine.spindle_kw,
        machine.feed_max_mm_min,
        machine.rapid_mm_min,
        machine.accel_mm_s2,
        machine.tool_change_s,
    )
    return {"mill": mill, "lathe": turret or LATHE_LIMITS}


def _record(
    part: PartModel,
    plan: Plan,
    files: dict[str, bytes],
    certificate: Certificate,
    operations: tuple[OperationRecord, ...],
    material: Any,
    requirements: tuple[Requirement, ...],
    seconds: float,
    notes: tuple[str, ...],
) -> RouteRecord:
    return RouteRecord(
        part=plan.part,
        cad_sha256=plan.target_sha256,
        material=material.name,
        certified=certificate.certified,
        certificate=certificate,
        operations=operations,
        characteristics=_characteristics(part, plan, requirements),
        assumed=plan.assumed,
        notes=notes,
        part_volume_mm3=part.volume_mm3,
        stock_volume_mm3=_stock_volume(plan, files),
        density_kg_m3=material.density_kg_m3,
        faces=len(part.faces),
        features=len(part.features),
        seconds=seconds,
    )


def _characteristics(
    part: PartModel, plan: Plan, requirements: tuple[Requirement, ...]
) -> tuple[CharacteristicRecord, ...]:
    from nightmill.quality import bind, inspection_plan

    records = []
    for bound in bind(inspection_plan(part, requirements), plan, part.features):
        asked = bound.characteristic
        if asked.nominal is None or asked.lower is None or asked.upper is None or asked.unit != "mm":
            continue
        records.append(
            CharacteristicRecord(
                id=f"{plan.part}#{asked.balloon}",
                asked=asked,
                nominal=asked.nominal,
                lower=asked.lower,
                upper=asked.upper,
                operation=f"{plan.part}/{bound.operation}" if bound.operation else "",
                tool=bound.tool or 0,
                register=bound.register,
                sensitivity=bound.sensitivity,
            )
        )
    return tuple(records)


def _inspected(part: PartModel, plan: Plan) -> list[dict[str, Any]]:
    """Each characteristic of the inspection plan with the PMI that asks for it, its faces, features, setup and step."""
    from nightmill.quality import bind, inspection_plan

    owner = feature_of_face(part.features)
    return [
        {
            "balloon": asked.balloon,
            "pmi": asked.pmi or None,
            "kind": asked.kind,
            "nominal": asked.nominal,
            "lower": asked.lower,
            "upper": asked.upper,
            "tolerance": asked.tolerance,
            "unit": asked.unit,
            "datums": list(asked.datums),
            "origin": asked.origin,
            "faces": list(asked.faces),
            "features": sorted({owner[face] for face in asked.faces if face in owner}),
            "setup": bound.operation,
            "step": bound.step,
            "tool": bound.tool,
        }
        for bound in bind(inspection_plan(part), plan, part.features)
        for asked in (bound.characteristic,)
    ]


def _stock_volume(plan: Plan, files: dict[str, bytes]) -> float:
    stock = plan.stock
    if stock.min is not None and stock.max is not None:
        x, y, z = (high - low for low, high in zip(stock.min, stock.max, strict=True))
        return x * y * z
    if stock.radius is not None and stock.height is not None:
        return math.pi * stock.radius**2 * stock.height
    return _stl_volume(files[stock.file]) if stock.file in files else 0.0


def _stl_volume(content: bytes) -> float:
    """The volume inside a closed binary STL mesh: signed tetrahedra over all triangles, mm3."""
    return float(np.linalg.det(stl_triangles(content)).sum() / 6)
