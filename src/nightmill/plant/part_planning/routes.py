"""The certified routes of a shop: planned once per part, stored next to the log, reused while nothing changes."""

import hashlib
import shutil
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant.part_planning.checkpoint import forget, gave_up, so_far
from nightmill.plant.part_planning.planning_request import (
    PLANNING_CALL,
    PLANNING_CPU_S,
    PLANNING_WALL_S,
    planned_for,
    planning_request,
)
from nightmill.plant.part_planning.preload import PRELOAD
from nightmill.plant.plan_store.kept_plans import (
    PLAN,
    ROUTE,
    PartRoute,
    Refusal,
    fault,
    is_of,
    other_programs,
    readable_route,
)
from nightmill.plant.plan_store.pinned_plans import begun_with
from nightmill.plant.plan_store.plan_artifacts import timed_on
from nightmill.plant.plan_store.program_signing import SIGNATURE, Seal, kept_bytes
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.workspace.supervision import noted
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError
from nightmill.vocabulary.shop import MachineLimits, PartFile, Shop, cutter_of
from nightmill.workers import ChildFailed, Limits, run_all

Progress = Callable[[str, str, float], None]
_VERBS = {"mill": "mills", "lathe": "turns"}


def certified_fact(
    item: str, record: RouteRecord, seconds_on: Mapping[str, Mapping[str, float]] = {}
) -> e.RouteCertified:
    """Return the event that puts a route into a log; ``seconds_on``: times on single machines, by operation."""
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
    """Return the run time, s, of each operation on machines that are faster or slower than the machine it was planned for.

    Differences below a tenth of a second are ignored. Machines with the same limits aren't timed.
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


def certified_routes(
    shop: Shop,
    folder: Path,
    *,
    only: Collection[str] | None = None,
    planning: bool = True,
    anew: Collection[str] = (),
    progress: Progress | None = None,
) -> tuple[dict[str, PartRoute], tuple[Refusal, ...]]:
    """Plan and certify every part of ``shop`` that isn't planned yet, on all cores; return the routes by item, and the refused parts with
    reasons.

    ``only``: restrict to these parts. Without ``planning``, parts that aren't planned yet have neither route nor refusal.
    ``anew``: parts whose plan is discarded and made again. Plans are kept in ``folder/.nightmill/plans/ITEM``. A plan is reused if STEP,
    material, tools and machine are the same, or while a live run is using it. A plan is refused if its files were changed after signing,
    or if it is missing although a live run uses it: while parts are being cut, nothing is re-planned unless a person asks. Raises
    ``BadInput`` with the findings of all parts whose file can't be read.
    """
    plans = folder / ".nightmill" / "plans"
    parts = [part for part in shop.parts if only is None or part.name in only]
    wanted = {part.name: planning_request(part, shop, folder, plans / part.name) for part in parts}
    seal = Seal(folder)
    missing, refusals, cut = _sort_parts(folder, wanted, seal, anew)

    if not planning:
        parts, missing = [part for part in parts if part.name not in missing], []

    def report(index: int, phase: str, share: float) -> None:
        if progress:
            progress(missing[index], phase, share)

    asked = [wanted[name] for name in missing]
    limits = Limits(cpu_s=PLANNING_CPU_S, wall_s=PLANNING_WALL_S)
    for name in missing:
        _clear_place(plans / name, whole=name in anew)
        forget(plans / name)  # done here because the child may be stopped before it reaches this step
        seal.withdraw(plans / name)
    answers = run_all(PLANNING_CALL, asked, limits=limits, progress=report, kernels="nightmill.cam", preload=PRELOAD)
    answers = [answer_or_checkpoint(*each, limits) for each in zip(asked, answers, strict=True)]
    refusals |= _failed(folder, dict(zip(missing, answers, strict=True)))
    for name in missing:
        if name not in refusals:
            mark_fresh(plans / name, wanted[name])
            seal.sign_plan(plans / name)
            if name in cut and not is_of(plans / name, cut[name]):
                refusals[name] = other_programs(name)
    routes: dict[str, PartRoute] = {}
    for part in parts:
        if part.name in refusals:
            continue
        route = readable_route(plans / part.name)
        if route is None:  # changed since it was checked, a moment ago
            refusals[part.name] = fault(plans / part.name, part.name)
            continue
        routes[part.name] = route
        if not route.record.certified:
            refusals[part.name] = Refusal(part.name, _lacking(route), "not_certified")
        elif lacking := lacks_machine(shop, route):
            refusals[part.name] = Refusal(part.name, lacking, "no_machine")
            del routes[part.name]
    return routes, tuple(refusals.values())


def _failed(folder: Path, answers: Mapping[str, Any | NightmillError]) -> dict[str, Refusal]:
    """Return the parts whose child made no plan, each noted in ``faults.log``. Raises ``BadInput`` for unreadable files, and re-raises
    any error not caused by the part.
    """
    findings: list[Finding] = []
    refusals: dict[str, Refusal] = {}
    for name, answer in answers.items():
        if isinstance(answer, BadInput):
            findings += answer.findings
        elif isinstance(answer, ChildFailed):
            request = noted(folder, f"planning {name}", answer)
            refusals[name] = Refusal(name, str(answer), "not_planned", request)
        elif isinstance(answer, NightmillError):
            raise answer  # a disk error, which isn't the part's fault
    if findings:
        raise BadInput(*findings)
    return refusals


def _sort_parts(
    folder: Path, wanted: Mapping[str, dict[str, Any]], seal: Seal, anew: Collection[str]
) -> tuple[list[str], dict[str, Refusal], dict[str, e.RouteCertified]]:
    """Return the parts to be planned, those whose plan is refused, and, where needed, the certified routes from the shop's live run.

    The plan of a live run stays until that run has ended. Its files and tools can't have changed, or the run couldn't go on; so only a
    different version of Nightmill would plan it differently. The log lists the plan's programs but not the inspection of its parts, so
    the log can't vouch for a plan that lost its signature.
    """
    plans = folder / ".nightmill" / "plans"
    borne_out = {name: seal.bears_out(plans / name) for name in wanted}
    odd = [name for name in wanted if name in anew or not (borne_out[name] and _is_fresh(plans / name, wanted[name]))]
    if not odd:
        return [], {}, {}
    cut = {name: logged for name, logged in begun_with(folder).items() if logged.certified}
    seal.settle()
    missing: list[str] = []
    refusals: dict[str, Refusal] = {}
    for name in odd:
        if name in anew:
            missing.append(name)
        elif borne_out[name] and name in cut:
            if not is_of(plans / name, cut[name]):
                refusals[name] = other_programs(name)
        elif borne_out[name] is False or name in cut:
            refusals[name] = fault(plans / name, name)
        else:
            missing.append(name)
    return missing, refusals, cut


def _clear_place(plan: Path, *, whole: bool) -> None:
    """Make way for a plan: remove anything that blocks its folder or a file in it; with ``whole``, remove the folder's whole content."""
    if plan.is_symlink() or (plan.exists() and not plan.is_dir()):
        plan.unlink()
    elif whole:
        shutil.rmtree(plan, ignore_errors=True)
    for name in (ROUTE, PLAN, SIGNATURE, "key"):
        if (plan / name).exists() and not (plan / name).is_file():
            shutil.rmtree(plan / name, ignore_errors=True)


def answer_or_checkpoint(request: dict[str, Any], answer: Any | NightmillError, limits: Limits) -> Any | NightmillError:
    """Return the answer of a planning child; for a stopped child, the plan that it had certified so far, if any."""
    if not isinstance(answer, ChildFailed):
        return answer
    left = so_far(Path(str(request["out"])))
    if left is None or left.certificate is None or not left.certificate.certified:
        return answer
    return run_all(PLANNING_CALL, [{**request, "gave_up": gave_up(answer)}], limits=limits, preload=PRELOAD)[0]


def lacks_machine(shop: Shop, route: PartRoute) -> str:
    """Return why no machine of the shop can run a certified plan, as a sentence; "" if one can."""
    material = route.record.material
    for setup in route.plan.setups:
        kind = cutter_of(setup)
        units = shop.cutters(kind)
        if not units:
            return f"its plan {_VERBS[kind]} it (setup {setup.name}), and the shop has no {kind}"
        if not any(not unit.materials or material in unit.materials for unit in units):
            return f"its plan {_VERBS[kind]} it (setup {setup.name}), and no {kind} of the shop may cut {material}"
    return ""


def _lacking(route: PartRoute) -> str:
    """Return what is missing from the certificate, as a sentence with the main reason for uncut faces."""
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
    """Record that the plan in this folder answers this request, so that it is reused while the request stays the same."""
    (plan / "key").write_text(_key(request), encoding="ascii")


def _key(request: dict[str, object]) -> str:
    step = Path(str(request["step"]))
    body = msgspec.json.encode({**request, "out": "", "step": ""})
    return hashlib.sha256(step.read_bytes() + body).hexdigest()


def _is_fresh(folder: Path, request: dict[str, object]) -> bool:
    try:
        if kept_bytes(folder / "key").decode("ascii") != _key(request):
            return False
    except (OSError, ValueError):
        return False
    return readable_route(folder) is not None


def part_of(shop: Shop, item: str) -> PartFile:
    """Return an item's part file."""
    return next(part for part in shop.parts if part.name == item)
