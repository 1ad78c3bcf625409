"""Add a part to the shop while a run is unfinished: requested durably, added by the loop between two turns.

Whoever adds the part writes the proven plan, then the request, then the part's files. The loop sees a part whose files are complete,
and writes one ``PartAdopted`` with the shop's new fingerprint; after that, the run continues as after a restart, with the new shop.
A run that is resumed in between can tell from the request which files are new.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from nightmill.floor import ShopState
from nightmill.formats import shop_hash, write_atomic
from nightmill.plant.part_planning.planning_request import planning_request
from nightmill.plant.part_planning.routes import certified_fact, lacks_machine, mark_fresh, part_of, times_on
from nightmill.plant.plan_store.kept_plans import PartRoute, load_route
from nightmill.plant.plan_store.program_signing import Seal
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.workspace.layout import adoption_requests, pending, state_folder
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import UNREADABLE, BadInput, NightmillError
from nightmill.vocabulary.ordinary_files import read_ordinary

STEPS = (".step", ".stp")


class Adoption(msgspec.Struct, frozen=True):
    """A request to add a part: the part's name, and who requested it."""

    part: str
    by: str


def add_part(folder: Path, part: str, table: str, step: bytes, *, plan: Path | None, asked_by: str | None) -> None:
    """Add a part to the shop: its proven plan, the request (with ``asked_by``) if a run is unfinished, its files, and the plan's signature.

    They are written in this order, so that a process killed in between leaves no part that a run would treat as changed by hand.
    """
    if plan is not None:
        keep_plan(folder, plan, part)
    if asked_by is not None:
        ask_for(folder, part, asked_by)
    put_files(folder / "parts", part, table, step)
    if plan is not None:
        sign_plan(folder, part)


def ask_for(folder: Path, part: str, by: str) -> None:
    """Make the request durable, before the part's files are."""
    place = adoption_requests(folder)
    place.mkdir(parents=True, exist_ok=True)
    write_atomic(place / f"{part}.json", msgspec.json.encode(Adoption(part, by)))


def keep_plan(folder: Path, plan: Path, part: str) -> None:
    """Copy the plan of an offered part to the shop's plans, atomically; not signed yet."""
    target = state_folder(folder) / "plans" / part
    draft = target.with_name(f"{part}.new")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(plan, draft)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def part_exists(parts: Path, part: str) -> bool:
    """Return whether the shop has a part, or a part table, of that name; remains of an interrupted addition don't count."""
    table = parts / f"{part}.toml"
    return (parts / f"{part}.step").exists() or (table.exists() and not _hidden_step(parts, part).exists())


def put_files(parts: Path, part: str, table: str, step: bytes) -> None:
    """Put a part's files into the shop. A reader of the shop finds either both files or no part of that name, at any time and even after
    a power cut.
    """
    coming = _hidden_step(parts, part)
    write_atomic(coming, step)
    write_atomic(parts / f"{part}.toml", table)
    write_atomic(parts / f"{part}.step", coming)


def _hidden_step(parts: Path, part: str) -> Path:
    """Return the path of a part's STEP file under a hidden name; while that file exists, the part's table doesn't count as a part yet.

    The hidden file is finally renamed to the part's file. So no hidden copy remains that would conceal a part file deleted later.
    """
    return parts / f".{part}.step"


def sign_plan(folder: Path, part: str) -> None:
    """Mark the plan as made from the part's current files, so that it isn't planned again."""
    shop, target = whole_shop(folder), state_folder(folder) / "plans" / part
    mark_fresh(target, planning_request(part_of(shop, part), shop, folder, target))
    Seal(folder).sign_plan(target)


MOST_REQUEST_BYTES = 64 * 1024


def adoptions(folder: Path, state: ShopState) -> Iterable[Decision]:
    """Return the facts of the next requested part that is complete, and delete requests that are durably in the log."""
    for path in sorted(adoption_requests(folder).glob("*.json")):
        if path.stem in state.adopted:
            path.unlink(missing_ok=True)
            continue
        route = _complete_route(folder, path.stem)
        if route is None:
            continue
        try:
            wanted = msgspec.json.decode(read_ordinary(path, MOST_REQUEST_BYTES), type=Adoption)
        except (NightmillError, *UNREADABLE):
            continue  # not our request: it is left in place and blocks nothing
        shop = whole_shop(folder)
        blank = part_of(shop, wanted.part).blank_item
        later = (
            pending(folder) - state.adopted - {wanted.part}
        )  # their files don't belong to the run yet, and may never do so
        fact = e.PartAdopted(wanted.part, blank, shop_hash(folder, without=later), wanted.by)
        return [Decision(fact, "certified and added on request", "person"), Decision(certified_fact(wanted.part, route.record, times_on(shop, route)), "certified by the verifier")]  # fmt: skip
    return []


def _complete_route(folder: Path, part: str) -> PartRoute | None:
    """Return the part's route, if its files and its signed, certified plan are complete."""
    place = state_folder(folder) / "plans" / part
    if not any((folder / "parts" / f"{part}{suffix}").exists() for suffix in STEPS):
        return None
    if not Seal(folder).bears_out(place):
        return None
    try:
        route, shop = load_route(place), whole_shop(folder)
    except (OSError, msgspec.MsgspecError, BadInput):
        return None  # still being written, or another shop file is wrong: the run continues without it
    return route if route.record.certified and not lacks_machine(shop, route) else None
