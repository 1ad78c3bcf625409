"""The plan-verify loop for one part, as run inside a guarded child: STEP in, a folder of proven programs out.

``plan_job`` is called by name (``PLANNING_CALL``) through ``workers``; its arguments (``planning_request``) and its answer are plain JSON.
"""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from nightmill.cad import PartModel, feature_of_face, features_answer, read_part
from nightmill.cam import PlanningTask, ProcessPlan, Refused
from nightmill.plant.part_planning.checkpoint import SoFar, forget, so_far
from nightmill.plant.part_planning.modelled_threads import threads_of
from nightmill.plant.part_planning.plan_verify import ProofAhead, Proven, best_proven, write_files
from nightmill.plant.part_planning.planning_request import PlanningRequest
from nightmill.plant.part_planning.uncertified_files import earlier_in, marked, remove_earlier
from nightmill.plant.part_planning.unmachined_notes import unfinished
from nightmill.plant.part_preview.preview_fixtures import stl_triangles
from nightmill.plant.plan_store.plan_artifacts import OperationRecord, Papers, PapersAhead, papers_of
from nightmill.plant.plan_store.route_record import CharacteristicRecord, RouteRecord
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ids import characteristic_id, operation_id
from nightmill.vocabulary.plan import TURNING_TOOLS, Plan, Thread, Tool
from nightmill.vocabulary.shop import LATHE_LIMITS, CutterKind, MachineLimits, Requirement
from nightmill.vocabulary.uncut_reasons import UncutReason
from nightmill.workers import Effort

if TYPE_CHECKING:
    from nightmill.cam import Machine

DEFAULT_MATERIAL = "Al 6061"
PLANNING_BUDGET_S = 480.0
"""Seconds of work (``workers.Effort``) after which planning stops with its best plan, and reports that."""
PROOF_UNTIL_S = 780.0
"""Seconds of work within which the proof must end: checks that would take longer are left out and reported."""
PLANNING_SHARE, PROOF_SHARE = 0.5, 0.9
"""Fractions of the user's time limit: planning stops with its best plan after this fraction of the time left, and no proof
continues after this fraction of the whole limit."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class _Times:
    """When proofs end, in seconds of ``clock``, and how long a plan may take: ``plan_s`` in all, and a ``share`` of the seconds left."""

    clock: Callable[[], float]
    plan_s: float
    proof_s: float
    share: float = 1.0

    def budget_s(self) -> float:
        """Return how long a plan that starts now may take."""
        return round(min(self.plan_s, self.share * (self.proof_s - self.clock())), 1)

    @classmethod
    def of(cls, limit_s: float, work: Effort) -> "_Times":
        """Return the times of a request: in seconds of work, or of the clock if the user has set a limit."""
        if not limit_s:
            return cls(work, PLANNING_BUDGET_S, PROOF_UNTIL_S)
        began = time.perf_counter()
        return cls(
            lambda: time.perf_counter() - began,
            PLANNING_SHARE * limit_s,
            PROOF_SHARE * limit_s,
            PLANNING_SHARE
            / PROOF_SHARE,  # reading the part may have used up most of a short limit, and the proof also needs time
        )


@dataclass(frozen=True)
class Givens:
    """The inputs for planning a part, read and checked: the ``task``, its threads including those found in the file (notes in
    ``shown``), the values ``assumed``, and whether ``all_corners`` are cut however long that takes.
    """

    task: PlanningTask
    shown: tuple[str, ...]
    assumed: tuple[str, ...]
    all_corners: bool = False


def plan_job(step: str, out: str, *, progress: Progress | None = None, **asked: Any) -> dict[str, Any]:
    """Read, plan, certify and write one part; the answer of ``nightmill plan`` (DESIGN, the command line).

    ``asked``: the other fields of a ``PlanningRequest``, as in JSON.
    """
    say = progress or (lambda phase, share: None)
    began, work = time.perf_counter(), Effort()
    request = msgspec.convert({"step": step, "out": out, **asked}, PlanningRequest)
    times = _Times.of(request.time_limit_s, work)
    say("reading", 0.0)
    left, earlier = so_far(Path(out)) if request.gave_up else None, earlier_in(Path(out))
    ahead = ProofAhead(Path(step), helped=left is None, until=times.proof_s, clock=times.clock)
    with closing(ahead):
        ahead.read(request.body)  # both processes read the part at the same time
        givens = _read(request)
        say("planning", 0.1)
        found = (
            partial(_best_plan, ahead=ahead, say=say, times=times)
            if left is None
            else partial(_from_checkpoint, left=left)
        )
        proven, papers = found(givens, request)
    proven = _write_plan(proven, Path(out), earlier)
    record = _record(givens, proven, papers.operations, time.perf_counter() - began)
    write_files(Path(out), {"route.json": msgspec.json.encode(record), **papers.pictures})
    answer = plan_answer(givens.task.part, proven.plan, record)
    forget(Path(out))  # last, so that the plan is still there if this process is ended before it answers
    return answer


def _best_plan(
    givens: Givens, request: PlanningRequest, *, ahead: ProofAhead, say: Progress, times: _Times
) -> tuple[Proven, Papers]:
    """Return the best plan of a part with its proof, and its documents."""
    step = Path(request.step)
    drawn = PapersAhead(step, givens.task.part, timed_on(givens.task.machine, givens.task.lathe))
    ahead.practise()
    planner = _Planner(givens, request.gave_up, ahead, drawn, say, times)
    try:
        forgoing = 0.0 if givens.all_corners else 1.0
        proven = best_proven(planner.plan, Path(request.out), ahead, say, forgoing=forgoing)
        return proven, drawn.of(proven.plan, proven.files)
    finally:
        drawn.close()


def _from_checkpoint(givens: Givens, request: PlanningRequest, left: SoFar) -> tuple[Proven, Papers]:
    """Return the best plan that a stopped child left as a checkpoint, and its documents."""
    certificate, notes = left.said(request.gave_up)
    papers = papers_of(
        left.plan, left.files, Path(request.step), givens.task.part, timed_on(givens.task.machine, givens.task.lathe)
    )
    return Proven(left.plan, left.files, certificate, notes, frozenset()), papers


def _write_plan(proven: Proven, folder: Path, earlier: Plan | None) -> Proven:
    """Write a plan to its folder: the file names of uncertified programs say so, and nothing from an ``earlier`` plan is left
    beside them.
    """
    from nightmill.cam import write_plan

    if not proven.certificate.certified:
        plan, files = marked(proven.plan, proven.files)
        proven = replace(proven, plan=plan, files=files)
    # first, so that a process ended here leaves a plan without its programs, never with another plan's programs
    remove_earlier(folder, earlier, proven.plan)
    write_files(folder, {**proven.files, "plan.json": write_plan(proven.plan)})
    return proven


def _read(request: PlanningRequest) -> Givens:
    """Return the part and all inputs for planning it; raises ``BadInput`` for a file that can't be read, an unknown material, or
    a thread on a face that isn't round.
    """
    from nightmill.cam import material_named

    part = read_part(Path(request.step), body=request.body)
    if request.name:
        part = replace(part, name=request.name)
    machine, tools = _shop_of(request.limits, request.tools, request.lathe)
    material = material_named(request.material or DEFAULT_MATERIAL)
    _check_faces(part, Path(request.step), request.threads)
    threads, shown = threads_of(part, request.threads)
    task = PlanningTask(
        part,
        tools,
        machine,
        material,
        request.requirements,
        threads,
        lathe=request.lathe,
        mills=request.mills,
        params=request.planner,
    )
    return Givens(task, tuple(shown), _assumed(request), request.all_corners)


@dataclass(frozen=True)
class _Planner:
    """Makes plans for one part; each finished setup is passed on to the proof (``ahead``), and its documents are drawn.

    ``gave_up``: why an earlier attempt was given up; empty if there was none.
    """

    givens: Givens
    gave_up: str
    ahead: ProofAhead
    drawn: PapersAhead
    say: Progress
    times: _Times

    def plan(self, without: frozenset[Refused], forgoing: float) -> ProcessPlan:
        """Make one plan. See ``best_proven`` for the arguments."""
        from nightmill.cam import plan_route

        givens = self.givens
        if self.gave_up:
            found = givens.task.unplanned(UncutReason.NOT_PLANNED, self.gave_up)
        else:
            task = replace(givens.task, without=without, forgoing=forgoing)
            found = plan_route(
                task, progress=self.say, budget_s=self.times.budget_s(), clock=self.times.clock, made=self.ahead.cut
            )
        plan = msgspec.structs.replace(found.plan, assumed=(*givens.assumed, *found.plan.assumed))
        if self.ahead.helped:
            self.drawn.begin(plan, found.files)
        return replace(found, plan=plan)


def _assumed(request: PlanningRequest) -> tuple[str, ...]:
    """List the defaults chosen for values missing from a request, as text."""
    chosen = {
        "tools: the default crib": not request.tools,
        "machine: the default mill": request.limits is None,
        f"material: {DEFAULT_MATERIAL}": not request.material,
    }
    return tuple(words for words, is_default in chosen.items() if is_default)


def _shop_of(
    limits: MachineLimits | None, tools: tuple[Tool, ...], lathe: MachineLimits | None = None
) -> tuple["Machine", tuple[Tool, ...]]:
    """Return a request's machine and tools, or the defaults if it gives none."""
    from nightmill.cam import Machine, default_machine, default_tools

    crib = tools or default_tools()
    if limits is None:
        return default_machine(), crib
    if lathe is None:  # a shop that specifies its mill has no lathe
        crib = tuple(tool for tool in crib if tool.type not in TURNING_TOOLS)
    return Machine(*msgspec.structs.astuple(limits), name="the shop's mill"), crib


def _check_faces(part: PartModel, step: Path, threads: tuple[Thread, ...]) -> None:
    """Check that every thread is on round walls of the part. Raises ``BadInput`` listing all that aren't."""
    findings = []
    for face in sorted({face for thread in threads for face in thread.faces}):
        if not 0 <= face < len(part.faces):
            found = f"a thread on face {face} of a part with faces 0 to {len(part.faces) - 1}"
        elif part.faces[face].surface != "cylinder":
            found = f"a thread on face {face}, which isn't a round wall"
        else:
            continue
        remedy = "See `nightmill features` for the ids of faces."
        findings.append(Finding(str(step), "threads", found, "faces of holes or shafts", remedy))
    if findings:
        raise BadInput(*findings)


def plan_answer(part: PartModel, plan: Plan, record: RouteRecord) -> dict[str, Any]:
    """Return the JSON document of ``nightmill plan``."""
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
    """Return notes on what the programs don't finish; for a part without a setup that is larger than the machine, also both sizes and a
    hint about the unit.
    """
    if plan.setups:
        return unfinished(plan.uncut, part.area_mm2)
    size = [high - low for low, high in zip(part.low, part.high, strict=True)]
    if all(one <= travel for one, travel in zip(sorted(size), sorted(travel_mm), strict=True)):
        return ()
    has, fits = (" x ".join(f"{one:.0f}" for one in each) for each in (size, travel_mm))
    return (f"the part is {has} mm, the machine's travel {fits} mm; check the unit of the STEP file",)


def timed_on(machine: "Machine", turret: MachineLimits | None) -> dict[CutterKind, MachineLimits]:
    """Return the machines whose speeds determine the programs' run times."""
    return {"mill": msgspec.convert(machine, MachineLimits, from_attributes=True), "lathe": turret or LATHE_LIMITS}


def _record(givens: Givens, proven: Proven, operations: tuple[OperationRecord, ...], seconds: float) -> RouteRecord:
    task, plan = givens.task, proven.plan
    part, material = task.part, task.material
    return RouteRecord(
        part=plan.part,
        cad_sha256=plan.target_sha256,
        material=material.name,
        certified=proven.certificate.certified,
        certificate=proven.certificate,
        operations=operations,
        characteristics=_characteristics(part, plan, task.requirements),
        assumed=plan.assumed,
        notes=(*part.notes, *givens.shown, *proven.notes, *_notes_of(plan, part, task.machine.travel_mm)),
        part_volume_mm3=part.volume_mm3,
        stock_volume_mm3=_stock_volume(plan, proven.files),
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
                id=characteristic_id(plan.part, asked.balloon),
                asked=asked,
                nominal=asked.nominal,
                lower=asked.lower,
                upper=asked.upper,
                operation=operation_id(plan.part, bound.operation) if bound.operation else "",
                tool=bound.tool or 0,
                register=bound.register,
                sensitivity=bound.sensitivity,
            )
        )
    return tuple(records)


def _inspected(part: PartModel, plan: Plan) -> list[dict[str, Any]]:
    """Return each characteristic of the inspection plan with the PMI that requires it, its faces, features, setup and step."""
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
    """Return the volume inside a closed binary STL mesh: signed tetrahedra over all triangles, mm3."""
    return float(np.linalg.det(stl_triangles(content)).sum() / 6)
