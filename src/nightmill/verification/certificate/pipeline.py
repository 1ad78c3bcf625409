"""Certify a job: interpret the programs, simulate every setup, judge the exact faces, and return one ``Certificate``."""

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.certificate.findings import (
    Proof,
    cross_check,
    note_far,
    note_gouge,
    note_levels,
    note_setup,
    note_walls,
)
from nightmill.verification.certificate.gouge_source import Blame
from nightmill.verification.certificate.job_files import IDENTITY, Job, SetupText, read_folder
from nightmill.verification.certificate.verdict import answer, unmade, with_levels
from nightmill.verification.checks.excess_and_gouge import judge
from nightmill.verification.checks.parted_piece import bridge, in_model
from nightmill.verification.checks.reachable_share import Told, within
from nightmill.verification.checks.wall_probes import wall_gouge
from nightmill.verification.checks.wall_sections import LevelFindings, LevelSetup, cross_levels, judge_levels
from nightmill.verification.memo_cache import Recall, digest
from nightmill.verification.nc.interpreter import interpret
from nightmill.verification.nc.motions import Motions
from nightmill.verification.nc.thread_feed_check import off_pitch
from nightmill.verification.removal.material_removal import Cuts, Removal
from nightmill.verification.removal.planar_sweeps import PlanarSweeps
from nightmill.verification.removal.turned_cuts import strokes
from nightmill.verification.stock.fixture_fit import overlaps
from nightmill.verification.stock.milling_setup import HeightMap, SetupFindings, run_setup, turned
from nightmill.verification.stock.turning_setup import TurnFindings, run_turn
from nightmill.verification.target.bodies import Solid, load_body
from nightmill.verification.target.surface_samples import Target, sample
from nightmill.verification.target.tool_rows import is_rotating, move_table
from nightmill.verification.timing.motion_time import move_seconds
from nightmill.vocabulary.certificate_findings import SHOWN, CertificateFinding, FindingCode, hundredths
from nightmill.vocabulary.plan import TURNING_TOOLS, Body, Certificate, Matrix4, Tool

if TYPE_CHECKING:
    from OCP.TopoDS import TopoDS_Shape

Floats = NDArray[np.float64]
Progress = Callable[[str], None]

_HOME_ABOVE_MM = 300.0
_CHORD_MM = 0.001
_HELIX_MM = 0.0125  # a quarter of the finest node of a height map
_REACH_MM = 6.0
_TOOL_CHANGE_S = 5.0
# on a lathe's axis these tools cut right-handed, whichever side the turret is on
_RIGHT_HAND = frozenset({"drill", "reamer", "spot", "countersink", "flat", "ball", "bull", "tap"})
_ON_LATHE = _RIGHT_HAND | TURNING_TOOLS


def certify(
    directory: Path,
    target: Path,
    progress: Progress | None = None,
    *,
    recall: Recall | None = None,
    late: Callable[[], bool] | None = None,
) -> Certificate:
    """Check the plan in ``directory`` against the part in the STEP file ``target``.

    Reads only plan.json, the programs and body files beside it, and the part. ``progress`` is called at each step. A ``recall`` passed to
    successive checks of a part keeps the results that didn't change in between. Once ``late`` returns true, tool reach is no longer
    computed but reported as unknown; everything else is judged in full. Raises ``BadInput`` if a file can't be read or has the wrong
    format. A program that a controller would refuse is not bad input: the plan isn't certified, and the messages say why.
    """
    return certify_job(read_folder(directory), target, progress, recall, late)


def certify_program(
    text: str,
    target: Path,
    stock: Body,
    tools: tuple[Tool, ...],
    *,
    folder: Path = Path(),
    model_to_work: Matrix4 | None = None,
    work_offset: str | None = None,
    fixtures: tuple[Body, ...] = (),
    body: str = "",
    progress: Progress | None = None,
) -> Certificate:
    """Check one program that makes the whole part from ``stock``; work and model coordinates are the same unless given.

    Files referred to in ``stock`` and ``fixtures`` are in ``folder``; ``body`` is the number or name of the solid to use if the target has
    several. Raises ``BadInput`` as ``certify`` does.
    """
    setup = SetupText("1", "mill", "program", text, work_offset, model_to_work or IDENTITY, fixtures)
    return certify_job(Job(folder, stock, tools, (setup,), None, body=body), target, progress)


def certify_job(
    job: Job,
    target: Path,
    progress: Progress | None = None,
    recall: Recall | None = None,
    late: Callable[[], bool] | None = None,
) -> Certificate:
    """Check a job against the part in the STEP file ``target``; see ``certify``.

    Raises ``BadInput`` if a body or the part can't be read.
    """
    from nightmill.cad import load_solid

    report = progress or (lambda _: None)
    kept = recall or Recall()
    proof = Proof()
    report("reading the part")
    content = target.read_bytes() if target.is_file() else b""
    model = digest(content, job.body)
    shape = kept.of("shape", model, lambda: load_solid(target, body=job.body))
    sha256 = hashlib.sha256(content).hexdigest()
    if job.target_sha256 is not None and sha256 != job.target_sha256.lower():
        proof.faults.append(
            CertificateFinding(
                code=FindingCode.OTHER_TARGET, fault=True, listed_sha256=job.target_sha256, sha256=sha256
            )
        )
    report("reading the programs")
    bodies = _Bodies.of(job)
    sources = _sources(job, model, bodies)
    programs = _programs(job, bodies, sources, kept, proof)
    blocked = _unjudged(job, programs)
    if blocked or any(motions.fatal for motions in programs):
        return unmade(proof, blocked)
    report("sampling the faces")
    part = kept.of("part", model, lambda: sample(shape))
    cross_check(part, proof)
    removal = Removal()
    with ThreadPoolExecutor(1) as hand:  # height maps and exact removal are independent of each other
        stock = bodies.stock
        shop = _Shop(job, programs, bodies, part, removal, kept, sources)
        runs = _run_setups(shop, proof, hand, report)
        sections = _sections(shop, shape, hand)
        report("judging the faces")
        judgement = kept.of("judgement", sources.all, lambda: judge(part, removal, stock))
        blame = Blame(job, part, removal)
        note_walls(kept.of("walls", sources.all, lambda: _walls(part, removal, job)), proof, blame)
        reached = None
        if (
            removal.has_milled or not removal.turned_setups
        ):  # independent of the height maps and sections, which ``hand`` may still be computing
            report("checking what is within reach")
            reach_results = kept.of("told", digest(model, job.tools), Told)  # the memory grows from check to check
            ask = partial(within, part, judgement, job.tools, late or (lambda: False), reach_results)
            reached = kept.of("reach", sources.all, ask)
        for setup, run in zip(job.setups, runs, strict=True):
            findings = run.result()
            if isinstance(findings, TurnFindings):
                note_setup(setup.name, findings, proof, findings.cell_mm)
            else:
                note_setup(setup.name, findings, proof, float(findings.stock.grid[2]))
                note_gouge(setup.name, findings, proof, blame)
        levels = None if sections is None else sections.result()
        note_levels(levels, part, removal, stock, job, proof)
    if reached is None and (removal.has_milled or not removal.turned_setups):
        proof.notes.append(CertificateFinding(code=FindingCode.REACH_UNKNOWN, fault=False))
    return with_levels(answer(job, part, removal, judgement, reached, proof), levels)


def cut_ahead(directory: Path, target: Path, recall: Recall) -> None:
    """Simulate the first setups of a plan, as many as ``directory`` has, so that ``certify`` finds the results in ``recall``.

    Returns nothing and judges nothing. Raises ``BadInput`` as ``certify`` does.
    """
    from nightmill.cad import load_solid

    job = read_folder(directory)
    model = digest(target.read_bytes() if target.is_file() else b"", job.body)
    shape = recall.of("shape", model, lambda: load_solid(target, body=job.body))
    bodies, proof = _Bodies.of(job), Proof()
    sources = _sources(job, model, bodies)
    programs = _programs(job, bodies, sources, recall, proof)
    if _unjudged(job, programs) or any(motions.fatal for motions in programs):
        return
    part = recall.of("part", model, lambda: sample(shape))
    shop = _Shop(job, programs, bodies, part, Removal(), recall, sources)
    with ThreadPoolExecutor(1) as hand:
        _run_setups(shop, proof, hand, lambda _: None)
        if all(setup.kind == "mill" for setup in job.setups):
            cross_levels(shape, part, _level_setups(shop), recall)


@dataclass(frozen=True)
class _Bodies:
    """The raw stock, the fixtures of each setup, and the body that defines where each setup parts off the piece (work coordinates)."""

    stock: Solid
    fixtures: list[list[Solid]]
    parted: list[Solid | None]

    @classmethod
    def of(cls, job: Job) -> "_Bodies":
        fixtures = [
            [load_body(body, job.folder, f"setup {setup.name}: fixture {body.name}") for body in setup.fixtures]
            for setup in job.setups
        ]
        parted = [
            load_body(setup.parted, job.folder, f"setup {setup.name}: parted") if setup.parted else None
            for setup in job.setups
        ]
        return cls(load_body(job.stock, job.folder, "stock"), fixtures, parted)


def _programs(job: Job, bodies: _Bodies, sources: "_Sources", kept: Recall, proof: Proof) -> list[Motions]:
    """Return the motions of all programs; findings about them go to ``proof``."""
    programs = []
    for index, (setup, fixtures) in enumerate(zip(job.setups, bodies.fixtures, strict=True)):
        read = partial(_read, job, setup, bodies.stock, fixtures)
        motions, said = kept.of(f"program {index}", sources.own[index], read)
        programs.append(motions)
        proof.faults.extend(said.faults)
        proof.notes.extend(said.notes)
        proof.cycle_s += said.cycle_s
    return programs


@dataclass(frozen=True)
class _Sources:
    """Digests of the data that each setup is judged by: ``own`` for the setup itself, ``upto`` with all setups before it, ``all`` for the
    job, ``parted`` for its parting body.
    """

    own: list[str]
    upto: list[str]
    parted: list[str]
    all: str


def _sources(job: Job, model: str, found: _Bodies) -> _Sources:
    before = digest(model, job.tools, job.stock, found.stock.triangles)
    own = [
        digest(
            before, setup.name, setup.kind, setup.spindle, setup.text, setup.work_offset, setup.model_to_work, setup.fixtures,
            *(body.triangles for body in bodies),
        )
        for setup, bodies in zip(job.setups, found.fixtures, strict=True)
    ]  # fmt: skip
    parted = [
        digest(setup.parted, setup.tabs, body.triangles) if body else ""
        for setup, body in zip(job.setups, found.parted, strict=True)
    ]
    # a setup's parting body arrives later than the setup itself, and changes only the setups after it
    upto = [digest(before, *own[: i + 1], *parted[:i]) for i in range(len(own))]
    return _Sources(own, upto, parted, digest(before, *own, *parted))


@dataclass(frozen=True)
class _Shop:
    """Everything needed to run the setups of a job; each setup adds to ``removal``."""

    job: Job
    programs: list[Motions]
    bodies: _Bodies
    part: Target
    removal: Removal
    kept: Recall
    sources: _Sources


def _run_setups(
    shop: _Shop, proof: Proof, hand: Executor, report: Progress
) -> list["Future[SetupFindings] | Future[TurnFindings]"]:
    """Run all setups in order: fits and exact removal in this thread, height maps for milling in ``hand``, which keeps the order."""
    runs: list[Future[SetupFindings] | Future[TurnFindings]] = []
    earlier: list[tuple[Floats, HeightMap]] = []
    raw = piece = shop.bodies.stock
    part, removal, kept = shop.part, shop.removal, shop.kept
    for index, (setup, motions, bodies) in enumerate(
        zip(shop.job.setups, shop.programs, shop.bodies.fixtures, strict=True)
    ):
        report(f"cutting setup {setup.name}")
        to_work = np.array(setup.model_to_work, dtype=np.float64)
        own, upto = shop.sources.own[index], shop.sources.upto[index]
        fits = partial(overlaps, bodies, raw, removal, part, to_work)
        for name, place in kept.of(f"fit {index}", upto, fits):
            proof.collisions += 1
            proof.faults.append(
                CertificateFinding(
                    code=FindingCode.FIXTURE_OVERLAP,
                    fault=True,
                    setup=setup.name,
                    text=name,
                    point=hundredths(place),
                    coordinates="work",
                )
            )
        if setup.kind == "turn":
            cuts = strokes(motions, shop.job.tools, _CHORD_MM)
            turn = partial(run_turn, to_work, cuts, raw, part, bodies, removal)
            found = kept.of(f"turn {index}", upto, turn)
            removal.add_turned(found.cuts)
            piece, earlier = found.piece, []
            done: Future[TurnFindings] = Future()
            done.set_result(found)
            runs.append(done)
            continue
        mill = partial(_mill, to_work, motions, shop, piece, bodies, earlier)
        runs.append(hand.submit(_run_and_pass_on, partial(kept.of, f"mill {index}", upto, mill), to_work, earlier))
        removal.add(kept.of(f"cuts {index}", own, partial(_cuts, to_work, motions, shop)))
        freed = shop.bodies.parted[index]
        if freed is not None:
            body = in_model(freed, to_work)
            hangs = partial(bridge, body, raw, removal, part, to_work, setup.tabs)
            held = kept.of(f"parted {index}", digest(upto, shop.sources.parted[index]), hangs)
            if held is None:
                raw = piece = body
            else:
                proof.faults.append(
                    CertificateFinding(
                        code=FindingCode.NOT_PARTED,
                        fault=True,
                        setup=setup.name,
                        point=hundredths(held),
                        coordinates="model",
                    )
                )
    return runs


def _cuts(to_work: Floats, motions: Motions, shop: _Shop) -> Cuts:
    corners = turned(shop.part.triangles, to_work).reshape(-1, 3)
    moves = move_table(motions, shop.job.tools, _CHORD_MM)
    return Cuts.of(to_work, moves, corners.min(axis=0) - _REACH_MM, corners.max(axis=0) + _REACH_MM)


def _mill(
    to_work: Floats,
    motions: Motions,
    shop: _Shop,
    piece: Solid,
    fixtures: list[Solid],
    earlier: list[tuple[Floats, HeightMap]],
) -> SetupFindings:
    moves = move_table(motions, shop.job.tools, _CHORD_MM, _HELIX_MM)
    return run_setup(to_work, moves, piece, shop.part.triangles, fixtures, earlier, shop.part.deflection_mm)


def _run_and_pass_on(
    run: Callable[[], SetupFindings], to_work: Floats, earlier: list[tuple[Floats, HeightMap]]
) -> SetupFindings:
    """Run one milling setup and add its stock to ``earlier``."""
    found = run()
    earlier.append((to_work, found.stock))
    return found


def _read(job: Job, setup: SetupText, stock: Solid, fixtures: list[Solid]) -> tuple[Motions, Proof]:
    """Return the motions of one program, and the findings about them."""
    proof = Proof()
    to_work = np.array(setup.model_to_work, dtype=np.float64)
    piece = turned(stock.triangles, to_work).reshape(-1, 3)
    top = max([float(piece[:, 2].max()), *(float(body.triangles[:, :, 2].max()) for body in fixtures)])
    middle = (piece.min(axis=0) + piece.max(axis=0)) / 2
    lathe = setup.kind == "turn"
    if lathe:
        # a turret's home position: clear of the piece along Z and X
        middle = np.array([np.abs(piece[:, :2]).max() + _HOME_ABOVE_MM, 0.0])
    motions = interpret(
        setup.text,
        tools=frozenset(tool.number for tool in job.tools),
        work_offset=setup.work_offset,
        home=(float(middle[0]), float(middle[1]), top + _HOME_ABOVE_MM),
        chord_mm=float("inf"),
        lathe=lathe,
        spindle=setup.spindle,
    )
    if lathe and any(move.start[1] or move.end[1] for move in motions.primitives):
        proof.faults.append(
            CertificateFinding(code=FindingCode.Y_ON_LATHE, fault=True, setup=setup.name, program=setup.program)
        )
    if lathe and setup.spindle == "M4":
        for tool in job.tools:
            if tool.type in _RIGHT_HAND and tool.number in motions.tools:
                proof.faults.append(
                    CertificateFinding(
                        code=FindingCode.WRONG_SPINDLE_DIRECTION,
                        fault=True,
                        setup=setup.name,
                        program=setup.program,
                        tool=tool.number,
                        text=tool.type,
                    )
                )
    proof.faults.extend(off_pitch(setup.program, motions, job.tools)[:SHOWN])
    around = [] if lathe else [piece, *(body.triangles.reshape(-1, 3) for body in fixtures)]
    note_far(setup.program, motions, around, proof)
    proof.faults.extend(
        CertificateFinding(
            code=FindingCode.PROGRAM_PROBLEM, fault=True, program=setup.program, line=each.line, text=each.text
        )
        for each in motions.problems[:SHOWN]
    )
    proof.notes.extend(
        CertificateFinding(
            code=FindingCode.PROGRAM_NOTE, fault=False, program=setup.program, line=each.line, text=each.text
        )
        for each in motions.notes[:SHOWN]
    )
    if not motions.fatal:
        seconds = sum(move_seconds(motions, 30000.0, 3000.0, 10000.0))
        proof.cycle_s += seconds + motions.dwell_s + motions.tool_changes * _TOOL_CHANGE_S
    return motions, proof


def _unjudged(job: Job, programs: list[Motions]) -> list[CertificateFinding]:
    """Report setups that use a tool whose cuts can't be judged in that setup."""
    blocked = []
    for setup, motions in zip(job.setups, programs, strict=True):
        for tool in job.tools:
            if tool.number in motions.tools:
                if setup.kind == "mill" and not is_rotating(tool):
                    code = FindingCode.LATHE_TOOL_ON_MILL
                    blocked.append(CertificateFinding(code=code, fault=True, setup=setup.name, tool=tool.number))
                if setup.kind == "turn" and tool.type not in _ON_LATHE:
                    code = FindingCode.MILL_TOOL_ON_LATHE
                    blocked.append(
                        CertificateFinding(code=code, fault=True, setup=setup.name, tool=tool.number, text=tool.type)
                    )
    return blocked


def _walls(part: Target, removal: Removal, job: Job) -> tuple[float, tuple[float, float, float] | None]:
    axes = [setup.model_to_work[2][:3] for setup in job.setups if setup.kind == "mill"]
    return wall_gouge(part, removal, np.array(axes, dtype=np.float64).reshape(-1, 3))


def _sections(shop: _Shop, shape: "TopoDS_Shape", hand: Executor) -> "Future[LevelFindings] | None":
    """Start the second method for walls in ``hand``, after its height maps; None if there is a turning setup, whose
    cuts aren't in a plane.
    """
    if any(setup.kind == "turn" for setup in shop.job.setups) or not shop.job.setups:
        return None

    def judge_all() -> LevelFindings:
        return judge_levels(shape, shop.part, shop.bodies.stock, _level_setups(shop), shop.kept)

    return hand.submit(shop.kept.of, "sections", shop.sources.all, judge_all)


def _level_setups(shop: _Shop) -> list[LevelSetup]:
    """Return the setups in the form that the second method needs."""
    found = []
    for index, (setup, motions) in enumerate(zip(shop.job.setups, shop.programs, strict=True)):
        own = shop.sources.own[index]
        sweeps = shop.kept.of(f"planar {index}", own, partial(PlanarSweeps, motions, shop.job.tools))
        found.append(LevelSetup(setup.name, np.array(setup.model_to_work, dtype=np.float64), sweeps, own))
    return found
