"""Plan, read, verify and inspect one part in a guarded child process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import read_shop, thread_asked
from nightmill.plant.part_planning.checkpoint import forget, gave_up
from nightmill.plant.part_planning.planner_file import read_planner_params
from nightmill.plant.part_planning.planning_request import (
    PLANNING_CALL,
    PLANNING_CPU_S,
    PLANNING_WALL_S,
    planning_request,
)
from nightmill.plant.part_planning.post_processing import REFERENCE, check_name, write_posts
from nightmill.plant.part_planning.preload import PRELOAD
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError
from nightmill.vocabulary.plan import Thread
from nightmill.vocabulary.planner_params import PlannerParams
from nightmill.vocabulary.shop import PartFile, Shop
from nightmill.workers import NICE_BESIDE, ChildFailed, Limits, Scratch, run_guarded

Progress = Callable[[str, float], None]

READ_LIMITS = Limits(memory_mib=8192, cpu_s=180, wall_s=180.0)

PLAN_LIMITS = Limits(memory_mib=14336, cpu_s=PLANNING_CPU_S, wall_s=PLANNING_WALL_S)

LEAST_LIMIT_S = 10.0
"""Minimum time limit: reading a part and loading the planner takes seconds, so a shorter limit leaves no time for an answer."""

MAX_STEP_BYTES = 200_000_000


class PlanningOptions(msgspec.Struct, frozen=True):
    """Options that a person sets for a part's plan.

    ``material``: the work material, by default the shop's material for the part. ``post`` is the control to write programs for
    in addition to the LinuxCNC programs, which are the certified ones. ``threads``: holes and shafts to be threaded, as ``M6:12,13``
    (face ids), in addition to those in the shop's own part file. ``body``: number or name of the solid if the file holds
    several. ``time_limit_s``: wall-clock seconds after which the best plan so far is the answer; 0 for no user limit; at most
    ``PLANNING_WALL_S``. ``all_corners``: also cut corners that are too slow to pay off.
    """

    material: str = ""
    post: str = REFERENCE
    threads: tuple[str, ...] = ()
    body: str = ""
    time_limit_s: float = 0.0
    all_corners: bool = False
    params: Path | None = None


def plan_part(
    part: Path,
    options: PlanningOptions = PlanningOptions(),
    *,
    shop: Path | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
    beside: bool = False,
) -> dict[str, Any]:
    """Plan and certify the part in a STEP file, with the machines and tools of the ``shop`` folder; the answer of ``nightmill plan``.

    ``out``: the folder that the plan is written to. ``beside``: run at low priority, behind other processes.
    Raises ``BadInput`` for a file that can't be read, an unknown material, a wrong shop folder, a thread on a face that isn't round,
    or a time limit under ``LEAST_LIMIT_S``.
    """
    check_name(options.post)
    check_step(part)
    with Scratch() as scratch:
        folder = out if out is not None else scratch
        _check_writable(folder)
        asked = [msgspec.to_builtins(_thread(text)) for text in options.threads]
        request: dict[str, Any] = {"step": str(part), "out": str(folder), "material": options.material}
        if shop is not None:
            described = read_shop(shop)
            request = planning_request(in_shop(part, options.material, described, shop), described, shop, folder)
            request["name"] = ""
        request["threads"] = [*request.get("threads", []), *asked]
        request["body"], request["all_corners"] = options.body, options.all_corners
        if options.params is not None:
            base = msgspec.convert(request.get("planner", {}), PlannerParams)
            request["planner"] = msgspec.to_builtins(read_planner_params(options.params, base))
        limits = msgspec.structs.replace(_limits_for(options.time_limit_s), nice=NICE_BESIDE if beside else 0)
        if options.time_limit_s:
            request["time_limit_s"] = limits.wall_s
        forget(folder)  # done here because the child may be stopped before it reaches this step
        try:
            answer = dict(in_child(PLANNING_CALL, request, part, progress, limits, preload=PRELOAD))
        except ChildFailed as error:
            asked_again = {**request, "gave_up": gave_up(error)}
            answer = dict(
                in_child(
                    PLANNING_CALL,
                    asked_again,
                    part,
                    progress,
                    msgspec.structs.replace(limits, wall_s=PLAN_LIMITS.wall_s),
                    preload=PRELOAD,
                )
            )
        if options.post != REFERENCE:
            answer["posts"] = write_posts(answer["setups"], folder, options.post)
        return answer


def _limits_for(time_limit_s: float) -> Limits:
    """Return the limits of a planning child, which is ended at the user's time limit, if any."""
    if not time_limit_s:
        return PLAN_LIMITS
    if not time_limit_s >= LEAST_LIMIT_S:
        expected = f"0, or at least {LEAST_LIMIT_S:g} s"
        raise BadInput(Finding("--time-limit", "", f"{time_limit_s:g} s", expected, "Give planning more time."))
    return msgspec.structs.replace(PLAN_LIMITS, wall_s=min(PLANNING_WALL_S, time_limit_s))


def _thread(text: str) -> Thread:
    try:
        return thread_asked(text)
    except ValueError as error:
        raise BadInput(Finding("--thread", "", str(error), "SIZE:FACES", "Write it like M6:12,13.")) from error


def in_shop(part: Path, material: str, shop: Shop, folder: Path) -> PartFile:
    """Return the part as the shop describes it if the file is one of the shop's own; ``material`` overrides the shop's."""
    own = next((each for each in shop.parts if (folder / each.step).resolve() == part.resolve()), None)
    if own is None:
        return PartFile(part.stem, str(part.resolve()), material)
    return msgspec.structs.replace(own, step=str(part.resolve()), material=material or own.material)


def features_of(part: Path, *, labels: str = "", body: str = "") -> dict[str, Any]:
    """Return faces and features of the part (of the ``body`` with that number or name); the answer of ``nightmill features``."""
    if labels not in {"", "nightmill", "mfcad", "mfcadpp"}:
        raise BadInput(Finding("--labels", "", repr(labels), "mfcad or mfcadpp", "Choose one of them."))
    check_step(part)
    request = {"step": str(part), "labels": labels or "nightmill", "body": body}
    return dict(
        in_child(
            "nightmill.plant.part_planning.child_jobs:features_job", request, part, None, READ_LIMITS, preload=PRELOAD
        )
    )


def verify_program(
    program: Path,
    *,
    target: Path,
    stock: Path | None = None,
    tools: Path | None = None,
    body: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return the certificate of a plan.json, or of one NC program with its stock and tools.

    ``body``: the solid that a single program is for if ``target`` holds several; a plan.json specifies the solid itself.
    """
    check_step(target)
    for path in (program, stock, tools):
        if path is not None and not path.is_file():
            raise BadInput(Finding(str(path), "", "no file", "a file", "Check the path."))
    if program.suffix.lower() != ".json" and (stock is None or tools is None):
        raise BadInput(
            Finding(
                str(program),
                "",
                "one program without --stock or --tools",
                "both",
                "Specify the raw piece and the tools.",
            )
        )
    request = {
        "program": str(program),
        "target": str(target),
        "stock": str(stock) if stock else None,
        "tools": str(tools) if tools else None,
        "body": body,
    }
    return dict(
        in_child(
            "nightmill.plant.part_planning.child_jobs:verify_job",
            request,
            target,
            progress,
            PLAN_LIMITS,
            preload=PRELOAD,
        )
    )


def inspection_of(part: Path, *, out: Path | None = None) -> dict[str, Any]:
    """Return the inspection plan of the part; with ``out`` also write plan.qif and form3.csv."""
    check_step(part)
    request = {"step": str(part), "out": str(out) if out else None}
    return dict(
        in_child(
            "nightmill.plant.part_planning.child_jobs:inspection_job", request, part, None, READ_LIMITS, preload=PRELOAD
        )
    )


def in_child(
    call: str,
    request: dict[str, Any],
    part: Path,
    progress: Progress | None,
    limits: Limits,
    *,
    reader: str = "the CAD kernel",
    sound: str = "a sound STEP file",
    preload: str = "",
) -> dict[str, Any]:
    """Return the answer of a guarded child that works on ``part``; a file that crashes its reader is bad input."""
    try:
        answer = run_guarded(call, request, limits=limits, progress=progress, subject=str(part), preload=preload)
    except ChildFailed as error:
        raise _readable(error, part, reader, sound) from error
    return dict(answer)


def _readable(error: ChildFailed, part: Path, reader: str, sound: str) -> NightmillError:
    """Report a child's crash during reading as bad input: the file caused the crash, not the environment."""
    if error.phase in {"start", "reading"} and "limit" not in error.findings[0].expected:
        found = f"{reader} couldn't read it ({error.findings[0].found})"
        return BadInput(
            Finding(
                str(part),
                f"while {error.phase}",
                found,
                sound,
                "Export it again, or repair it in the CAD system.",
            )
        )
    return error


def check_step(part: Path) -> None:
    """Raise ``BadInput`` if ``part`` isn't a file, is empty or is too large."""
    if not part.is_file():
        raise BadInput(
            Finding(
                str(part),
                "the file",
                "no file" if not part.exists() else "not an ordinary file",
                "a STEP file",
                "Check the path.",
            )
        )
    size = part.stat().st_size
    if size == 0:
        raise BadInput(Finding(str(part), "the file", "an empty file", "a STEP file", "Export the part again."))
    if size > MAX_STEP_BYTES:
        remedy = "Export the single part, without its assembly and without tessellation."
        raise BadInput(Finding(str(part), "the file", f"{size:,} bytes", f"at most {MAX_STEP_BYTES:,} bytes", remedy))


def _check_writable(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInput(Finding(str(folder), "--out", "a file", "a folder", "Name a folder."))
