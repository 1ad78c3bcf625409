"""The content of a plan's folder besides programs and proof: run times, toolpaths, and pictures of stock, fixtures and part."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from nightmill.cad import PartModel, read_mesh
from nightmill.plant.part_preview.preview_fixtures import fixture_lines, stock_lines
from nightmill.plant.part_preview.preview_toolpaths import tool_paths
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.ids import operation_id
from nightmill.vocabulary.plan import Plan, Setup
from nightmill.vocabulary.shop import CutterKind, MachineLimits, cutter_of

if TYPE_CHECKING:
    from nightmill.verification import ProgramSummary

PREVIEW_DEFLECTION_MM = 0.15
Machines = Mapping[CutterKind, MachineLimits]


class OperationRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One operation in the route: program hash, cycle time and cutting minutes by tool, computed from the NC text for the machine it was
    planned for, and the kind of that machine.
    """

    operation: str
    setup: str
    program_sha256: str
    cycle_s: float
    tool_minutes: dict[str, float]
    kind: CutterKind = "mill"


@dataclass(frozen=True)
class Papers:
    """The operations of a plan, and its pictures as files by name."""

    operations: tuple[OperationRecord, ...]
    pictures: dict[str, bytes]


class PapersAhead:
    """Papers for a part's plans, computed while another process proves the plans; ``machines``: the machines that programs run on, by
    kind.
    """

    def __init__(self, step: Path, part: PartModel, machines: Machines) -> None:
        self._step, self._part, self._machines = step, part, machines
        self._hand = ThreadPoolExecutor(1)
        self._begun: tuple[tuple[Setup, ...], dict[str, bytes], Future[Papers]] | None = None

    def begin(self, plan: Plan, files: dict[str, bytes]) -> None:
        """Start computing the papers for a plan; returns at once."""
        self._begun = (
            plan.setups,
            files,
            self._hand.submit(papers_of, plan, files, self._step, self._part, self._machines),
        )

    def of(self, plan: Plan, files: dict[str, bytes]) -> Papers:
        """Return the papers for a plan: those started earlier, if neither setups nor files have changed since."""
        if self._begun is not None:
            setups, begun, papers = self._begun
            if begun is files and setups == plan.setups:
                return papers.result()
            if not papers.cancel():
                wait([papers])  # only one thread at a time may use the STEP reader
        return papers_of(plan, files, self._step, self._part, self._machines)

    def close(self) -> None:
        """End the worker thread."""
        self._hand.shutdown(cancel_futures=True)


def papers_of(plan: Plan, files: dict[str, bytes], step: Path, part: PartModel, machines: Machines) -> Papers:
    """Return the papers for a plan of ``part``, which was read from a STEP file; times are for ``machines``."""
    lines = {"fixtures.json": fixture_lines(plan, files), "stock.json": stock_lines(plan, files)}
    pictures = {name: msgspec.json.encode(each) for name, each in lines.items()}
    pictures |= {"preview.json": _preview(step, part), "paths.json": msgspec.json.encode(tool_paths(plan, files))}
    return Papers(_operations(plan, files, machines), pictures)


def sha256_of(text: str) -> str:
    """Return the hash under which an NC program is certified, stored on machines and logged."""
    return hashlib.sha256(text.encode()).hexdigest()


def timed_on(text: str, limits: MachineLimits) -> "ProgramSummary":
    """Return how long an NC program runs on a machine with these limits, in total and by tool."""
    from nightmill.verification import read_program

    return read_program(text, limits)


def _operations(plan: Plan, files: dict[str, bytes], machines: Machines) -> tuple[OperationRecord, ...]:
    operations = []
    for setup in plan.setups:
        text, limits = files[setup.program].decode(), machines[cutter_of(setup)]
        summary = timed_on(text, limits)
        minutes = {str(use.tool): round(use.cutting_s / 60, 4) for use in summary.tools if use.cutting_s > 0}
        operation = operation_id(plan.part, setup.name)
        cycle_s, kind = round(summary.cycle_s, 2), cutter_of(setup)
        operations.append(OperationRecord(operation, setup.name, sha256_of(text), cycle_s, minutes, kind))
    return tuple(operations)


def _preview(step: Path, part: PartModel) -> bytes:
    """Return a coarse mesh of the part for pictures: rounded vertices, triangles and the face of each."""
    try:
        mesh = read_mesh(step, mesh_deflection_mm=PREVIEW_DEFLECTION_MM, angular_deg=15.0, body=part.body)
    except BadInput:
        mesh = part.mesh  # the coarse mesh of a thin part doesn't close
    return msgspec.json.encode(
        {
            "vertices": [[round(float(x), 3) for x in vertex] for vertex in mesh.vertices],
            "triangles": mesh.triangles.tolist(),
            "face_of": mesh.face_of.tolist(),
        }
    )
