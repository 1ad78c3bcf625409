"""The certified routes that a shop runs on: planned once a part, kept beside the log, reused while nothing changed."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant.begun_plans import begun_with
from nightmill.plant.part_papers import sha256_of, timed_on
from nightmill.plant.planning import (
    PLANNING_CALL,
    PLANNING_CPU_S,
    PLANNING_WALL_S,
    CharacteristicRecord,
    RouteRecord,
    planned_for,
    planning_request,
)
from nightmill.plant.proven_so_far import forget, gave_up, so_far
from nightmill.plant.signing import Seal
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError
from nightmill.vocabulary.plan import Plan
from nightmill.vocabulary.shop import MachineLimits, PartFile, Shop, cutter_of
from nightmill.workers import ChildFailed, Limits, run_all

Progress = Callable[[str, str, float], None]
_VERBS = {"mill": "mills", "lathe": "turns"}


class PartRoute(msgspec.Struct, frozen=True):
    """What the floor needs of one part: its route record, its plan and the NC text by SHA-256."""

    record: RouteRecord
    plan: Plan
    programs: dict[str, str]
    folder: Path

    @property
    def characteristics(self) -> tuple[CharacteristicRecord, ...]:
        """The inspection plan, bound to operations and tools."""
        return self.record.characteristics


def certified_fact(
    item: str, record: RouteRecord, seconds_on: Mapping[str, Mapping[str, float]] = {}
) -> e.RouteCertified:
    """The event that a route makes when it enters a log; ``seconds_on``: times on single machines, by operation."""
    operations = tuple(
        e.RoutedOperation(
            o.operation, o.program_sha256, o.cycle_s, o.tool_minutes, o.kind, dict(seconds_on.get(o.operation, {}))
        )
        for o in record.operations
    )
    proof = record.certificate
    share, reached = proof.certified_area_share or 0.0, proof.reachable_area_share
    return e.RouteCertified(
        item,
        1,
        record.cad_sha256,
        record.material,
        operations,
        record.certified,
        share,
        record.assumed,
        reached,
        record.notes,
    )


def times_on(shop: Shop, route: PartRoute) -> dict[str, dict[str, float]]:
    """How long each operation runs on the machines that run it faster or slower than the one that it was planned for, s.

    A tenth of a second counts as nothing. Machines with the limits of that one aren't timed.
    """
    found: dict[str, dict[str, float]] = {}
    for operation in route.record.operations:
        text = route.programs.get(operation.program_sha256)
        usual = planned_for(shop, operation.kind, route.record.material)
        for unit in shop.cutters(operation.kind):
            if text is None or unit.limits is None or usual is None or unit.limits == usual.limits:
                continue
            seconds = _run_s(text, unit.limits)
            if abs(seconds - operation.cycle_s) >= 0.1:
                found.setdefault(operation.operation, {})[unit.id] = seconds
    return found


@lru_cache(maxsize=256)
def _run_s(text: str, limits: MachineLimits) -> float:
    return round(timed_on(text, limits).cycle_s, 2)


class Refusal(msgspec.Struct, frozen=True):
    """A part that has no route, and why; its orders wait for a person."""

    item: str
    reason: str


def certified_routes(
    shop: Shop,
    folder: Path,
    *,
    only: Collection[str] | None = None,
    planning: bool = True,
    progress: Progress | None = None,
) -> tuple[dict[str, PartRoute], tuple[Refusal, ...]]:
    """Plan and certify every part of ``shop`` that isn't planned yet, on all cores; routes by item.

    ``only``: the parts that are asked for. Without ``planning`` those that aren't planned yet have neither route nor refusal.
    Plans lie in ``folder/.nightmill/plans/ITEM``. A plan is reused when STEP, material, tools and machine are
    the same, or while a live run cuts by it; one whose files were changed since it was signed is refused. Raises ``BadInput`` with the findings of all parts whose file can't be read.
    """
    plans = folder / ".nightmill" / "plans"
    parts = [part for part in shop.parts if only is None or part.name in only]
    wanted = {part.name: planning_request(part, shop, folder, plans / part.name) for part in parts}
    seal = Seal(folder)
    changed = {name for name in wanted if seal.bears_out(plans / name) is False}
    missing = [
        name
        for name, request in wanted.items()
        if name not in changed and (seal.bears_out(plans / name) is None or not _is_fresh(plans / name, request))
    ]
    missing = _to_be_planned(folder, missing, seal)

    if not planning:
        parts, missing = [part for part in parts if part.name not in missing], []

    def report(index: int, phase: str, share: float) -> None:
        if progress:
            progress(missing[index], phase, share)

    asked = [wanted[name] for name in missing]
    limits = Limits(cpu_s=PLANNING_CPU_S, wall_s=PLANNING_WALL_S)
    for name in missing:
        forget(plans / name)  # here, not in the child: that may be ended before it gets so far
        seal.withdraw(plans / name)
    answers = run_all(PLANNING_CALL, asked, limits=limits, progress=report, kernels="nightmill.process")
    answers = [_rescued(*each, limits) for each in zip(asked, answers, strict=True)]
    findings: list[Finding] = []
    refusals = [Refusal(name, _changed(plans / name)) for name in wanted if name in changed]
    for name, answer in zip(missing, answers, strict=True):
        if isinstance(answer, BadInput):
            findings += answer.findings
        elif isinstance(answer, NightmillError) and not isinstance(answer, ChildFailed):
            raise answer  # the disk failed, not this part
        elif isinstance(answer, NightmillError):
            refusals.append(Refusal(name, str(answer)))
        else:
            mark_fresh(plans / name, wanted[name])
            seal.sign_plan(plans / name)
    if findings:
        raise BadInput(*findings)
    routes: dict[str, PartRoute] = {}
    for part in parts:
        if any(refusal.item == part.name for refusal in refusals):
            continue
        route = load_route(plans / part.name)
        routes[part.name] = route
        if not route.record.certified:
            refusals.append(Refusal(part.name, _why_not(route)))
        elif lacking := lacks_machine(shop, route):
            refusals.append(Refusal(part.name, lacking))
            del routes[part.name]
    return routes, tuple(refusals)


def _to_be_planned(folder: Path, missing: Collection[str], seal: Seal) -> list[str]:
    """The ``missing`` without those whose plan is the one that the shop's live run cuts by: it stays until that run has ended.

    Files and tools are those that it was made from, or the run couldn't go on; so it is another version that would plan otherwise.
    Where no program of the shop was signed yet, as by that version, the log vouches for them; they are signed from then on.
    """
    if not missing:
        return []
    plans, cut = folder / ".nightmill" / "plans", begun_with(folder)
    if seal.new:
        for name, logged in cut.items():
            if seal.bears_out(plans / name) is None and _is_of(plans / name, logged):
                seal.sign_plan(plans / name)
        seal.settle()
    return [
        name
        for name in missing
        if name not in cut or not seal.bears_out(plans / name) or not _is_of(plans / name, cut[name])
    ]


def _is_of(plan: Path, logged: e.RouteCertified) -> bool:
    """Whether the plan in this folder is the one in the log, program by program."""
    route = _readable(plan)
    if route is None:
        return False
    record = route.record
    programs, known = (
        {each.operation: each.program_sha256 for each in operations}
        for operations in (record.operations, logged.operations)
    )
    is_same = (record.cad_sha256, record.material, record.certified) == (
        logged.cad_sha256,
        logged.material,
        logged.certified,
    )
    return is_same and programs == known and set(known.values()) <= route.programs.keys()


def _rescued(request: dict[str, Any], answer: Any | NightmillError, limits: Limits) -> Any | NightmillError:
    """The answer of a child that planned; of one that was ended the plan that it had certified by then, if any."""
    if not isinstance(answer, ChildFailed):
        return answer
    left = so_far(Path(str(request["out"])))
    if left is None or left.certificate is None or not left.certificate.certified:
        return answer
    return run_all(PLANNING_CALL, [{**request, "gave_up": gave_up(answer)}], limits=limits)[0]


def lacks_machine(shop: Shop, route: PartRoute) -> str:
    """Why no machine of the shop can run a plan that is certified, in a sentence; "" where they can."""
    material = route.record.material
    for setup in route.plan.setups:
        kind = cutter_of(setup)
        units = shop.cutters(kind)
        if not units:
            return f"its plan {_VERBS[kind]} it (setup {setup.name}), and the shop has no {kind}"
        if not any(not unit.materials or material in unit.materials for unit in units):
            return f"its plan {_VERBS[kind]} it (setup {setup.name}), and no {kind} of the shop may cut {material}"
    return ""


def _changed(plan: Path) -> str:
    return f"its plan was changed after it was signed, or signed with another key; look at {plan}, remove it to plan the part anew"


def load_route(folder: Path) -> PartRoute:
    """Read a planned part back from its folder."""
    record = msgspec.json.decode((folder / "route.json").read_bytes(), type=RouteRecord)
    plan = msgspec.json.decode((folder / "plan.json").read_bytes(), type=Plan)
    texts = [(folder / setup.program).read_text(encoding="utf-8") for setup in plan.setups]
    return PartRoute(record, plan, {sha256_of(text): text for text in texts}, folder)


def _why_not(route: PartRoute) -> str:
    """What the certificate lacks, in one sentence, with the largest reason for what stays uncut."""
    certificate = route.record.certificate
    share = certificate.certified_area_share
    reached = certificate.reachable_area_share
    visible = f"{'no' if share is None else f'{share:.1%}'} of its visible area certified"
    lacks = [visible if reached is None else f"{reached:.1%} of what its tools reach and {visible}"]
    if certificate.gouge_mm:
        lacks.append(f"gouge {certificate.gouge_mm} mm")
    if certificate.rapid_hits:
        lacks.append(f"{certificate.rapid_hits} rapid hits")
    if certificate.collisions:
        lacks.append(f"{certificate.collisions} collisions")
    uncut = max(certificate.uncut, key=lambda each: each.area_mm2, default=None)
    if uncut is not None:
        faces = ", ".join(map(str, uncut.faces[:5]))
        lacks.append(f"{len(certificate.uncut)} faces or groups uncut, the largest (face {faces}): {uncut.reason}")
    return "; ".join([*lacks, *(() if route.plan.setups else route.record.notes)])


def mark_fresh(plan: Path, request: dict[str, object]) -> None:
    """Say that the plan in this folder answers this request, so that it is reused while the request stays the same."""
    (plan / "key").write_text(_key(request), encoding="ascii")


def _key(request: dict[str, object]) -> str:
    step = Path(str(request["step"]))
    body = msgspec.json.encode({**request, "out": "", "step": ""})
    return hashlib.sha256(step.read_bytes() + body).hexdigest()


def _is_fresh(folder: Path, request: dict[str, object]) -> bool:
    key = folder / "key"
    step = Path(str(request["step"]))
    if not (key.exists() and step.exists() and key.read_text() == _key(request)):
        return False
    return _readable(folder) is not None


def _readable(folder: Path) -> PartRoute | None:
    try:
        return load_route(folder)
    except (OSError, ValueError, msgspec.MsgspecError):  # a file is missing or damaged, or another version wrote it
        return None


def part_of(shop: Shop, item: str) -> PartFile:
    """The part file of an item."""
    return next(part for part in shop.parts if part.name == item)
