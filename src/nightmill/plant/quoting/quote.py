"""Quote a part from an uploaded STEP file: planned, certified, priced, promised and compared over sites, in the background.

One part at a time, in a child process with limits on memory and time; a few may wait. Files are kept in ``.nightmill/desk/offers`` as
long as somebody may still ask for them.
"""

import json
import queue
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec

from nightmill.costing import (
    OwnFact,
    PartCostInputs,
    SiteComparison,
    SiteRequest,
    facts_from_toml,
    part_cost,
    split_volume,
    where_to_make,
    with_own_facts,
)
from nightmill.formats import read_document
from nightmill.plant.analysis.scheduling.promise import LotPromise, promise_route
from nightmill.plant.part_planning.blank_price import by_weight, stock_usd_kg
from nightmill.plant.part_planning.planning_child import PlanningOptions, plan_part
from nightmill.plant.part_planning.routes import lacks_machine
from nightmill.plant.part_preview.step_preview import Pictures, refuse_if_no_step
from nightmill.plant.plan_store.kept_plans import load_route
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.quoting.home_capacity import lot_promises, with_promise
from nightmill.plant.quoting.make_or_buy import site_request
from nightmill.plant.quoting.sourcing_request import SplitLimits
from nightmill.plant.requests import adopt_part
from nightmill.plant.views.shop_view import view_plan
from nightmill.plant.workspace.layout import state_folder
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError
from nightmill.vocabulary.shop import CUTTERS, Shop

MOST_BYTES = 50 * 1024 * 1024
MOST_WAITING = 16
PICTURE_S = 5.0
"""Longest time that planning waits while pictures are made: users look at the picture of an uploaded part first."""
DRAWS = 500
"""Number of Monte Carlo draws of the facts, if somebody is waiting for the answer."""
KEPT = 50
LEFT_S = 7 * 86400.0
"""Age after which an uploaded part unknown to this server is removed: the server that planned it has ended, and the answer is lost."""


class Job(msgspec.Struct, frozen=True):
    """A long-running job. ``state`` is ``waiting``, ``running``, ``done`` or ``failed``; ``progress`` 0..1, ``phase`` as text."""

    id: str
    state: Literal["waiting", "running", "done", "failed"]
    phase: str = ""
    progress: float = 0.0
    result: dict[str, Any] | None = None
    findings: tuple[Finding, ...] = ()


class NoFact(BadInput):
    """An override for a site or fact that isn't in the book."""


class NotAdopted(BadInput):
    """The part can't be added to the shop now."""


class Busy(BadInput):
    """Too many parts are already waiting."""


class Offers:
    """The uploaded parts; the planning thread ends with this process. ``pictures``: pictures of the same parts, made first."""

    def __init__(self, folder: Path, pictures: Pictures | None = None) -> None:
        self.folder, self._pictures = folder, pictures
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._queue: queue.Queue[tuple[str, Path, dict[str, Any]]] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._cleared = False

    def ask(self, step: Path, *, name: str, material: str, quantity: int, due_s: float | None) -> Job:
        """Queue a part for quoting, moving its file ``step`` into the offer's folder; for a file that doesn't start like a STEP file,
        return a failed job.

        Raises ``Busy`` if too many parts are waiting.
        """
        identity = secrets.token_hex(8)
        try:
            refuse_if_no_step(step)
        except BadInput as error:
            with self._lock:
                return self._kept(Job(identity, "failed", findings=error.findings))
        place = self._place(identity)
        self._clear()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(step, place / f"{name}.step")
        asked = {"name": name, "material": material, "quantity": quantity, "due_s": due_s}
        with self._lock:
            try:
                self._queue.put_nowait((identity, place, asked))
            except queue.Full:
                shutil.rmtree(place, ignore_errors=True)
                raise Busy(
                    Finding(
                        "part",
                        "waiting",
                        f"{MOST_WAITING} parts already",
                        "fewer",
                        "Send it again when some parts have been planned.",
                    )
                ) from None
            self._kept(Job(identity, "waiting"))
            self._begin()
            return self._jobs[identity]

    def _begin(self) -> None:
        """Keep a worker thread running; a thread ended by a defect is replaced."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="offers", daemon=True)
            self._thread.start()

    def _kept(self, job: Job) -> Job:
        self._jobs[job.id] = job
        ended = [each.id for each in self._jobs.values() if each.state in ("done", "failed")]
        for old in ended[: max(0, len(self._jobs) - KEPT)]:  # never a job that somebody is still waiting for
            del self._jobs[old]
            shutil.rmtree(self._place(old), ignore_errors=True)
        return job

    def _place(self, identity: str) -> Path:
        return state_folder(self.folder) / "desk" / "offers" / identity

    def _clear(self) -> None:
        """Remove files of ended servers, once; newer files may belong to other running servers of the shop."""
        if self._cleared:
            return
        self._cleared = True
        for left in self._place("").glob("*"):
            with suppress(OSError):  # another server deletes it at the same time
                if left.name not in self._jobs and time.time() - left.stat().st_mtime > LEFT_S:
                    shutil.rmtree(left)

    def job(self, identity: str) -> Job | None:
        """Return a job's current state."""
        with self._lock:
            job = self._jobs.get(identity)
            if job is not None and job.state == "waiting":
                self._begin()
            return job

    def adopt(self, identity: str, *, by: str, unfinished: bool) -> str:
        """Add an offered part, with its plan, to the shop's own parts; return its name there. A run adds it at its next turn.

        Raises ``BadInput`` if there is no such certified part or the name is in use.
        """
        job = self.job(identity)
        if job is None or job.state != "done" or job.result is None or not job.result["certified"]:
            raise NotAdopted(
                Finding("offer", "", identity, "a job that ended with a certified part", "Wait, or send another part.")
            )
        name = str(job.result["part"])
        if adopt_part.part_exists(self.folder / "parts", name):
            raise NotAdopted(
                Finding("offer", "", name, "a name that no part of the shop has", "Send it under another name.")
            )
        place = self._place(identity)
        step = place / f"{name}.step"
        plan = place / "plan" if (place / "plan").exists() else None
        try:
            sent = step.read_bytes()
        except (
            FileNotFoundError
        ):  # deleted a moment ago, maybe by another server: an incomplete part would corrupt the shop
            gone = Finding("offer", "", f"{step.name} isn't kept any more", "the file that was sent", "Send it again.")
            raise NotAdopted(gone) from None
        lacking = lacks_machine(whole_shop(self.folder), load_route(plan)) if plan is not None else ""
        if lacking:
            raise NotAdopted(Finding("offer", "", lacking, "a plan that the shop can run", "Add a machine."))
        text = f"# offer {identity}, taken in by {json.dumps(by)}\nmaterial = {json.dumps(job.result['material'])}\n"
        adopt_part.add_part(self.folder, name, text, sent, plan=plan, asked_by=by if unfinished else None)
        return name

    def _update_job(self, identity: str, **changes: Any) -> None:
        with self._lock:
            if identity in self._jobs:
                self._jobs[identity] = msgspec.structs.replace(self._jobs[identity], **changes)

    def _work(self) -> None:
        while True:
            identity, place, asked = self._queue.get()
            if self._pictures is not None:
                self._pictures.rest(PICTURE_S)
            self._update_job(identity, state="running")
            try:
                result = offer(
                    self.folder,
                    place,
                    asked,
                    lambda phase, share: self._update_job(identity, phase=phase, progress=share),  # noqa: B023 - used within this turn
                )
                self._update_job(identity, state="done", progress=1.0, result=result)
            except NightmillError as error:
                self._update_job(identity, state="failed", findings=error.findings)
            except (OSError, ValueError) as error:
                finding = Finding(asked["name"], "", str(error)[:300], "a part that can be planned", "Send another.")
                self._update_job(identity, state="failed", findings=(finding,))
            finally:
                self._broken_off(identity, asked["name"])

    def _broken_off(self, identity: str, name: str) -> None:
        """Fail a job that ended without a result: a software defect ended its thread, and callers must not wait forever."""
        job = self.job(identity)
        if job is not None and job.state == "running":
            found = "planning was interrupted; see the server's log output"
            finding = Finding(name, "", found, "an answer", "Send it again, or report it.")
            self._update_job(identity, state="failed", findings=(finding,))


def offer(folder: Path, place: Path, asked: dict[str, Any], progress: Any) -> dict[str, Any]:
    """Return the whole answer about one part: see ``docs/api.md``."""
    shop = whole_shop(folder)
    step, out = place / f"{asked['name']}.step", place / "plan"
    options = PlanningOptions(material=asked["material"])
    answer = plan_part(step, options, shop=folder, out=out, progress=progress, beside=True)
    record = msgspec.json.decode((out / "route.json").read_bytes(), type=RouteRecord)
    factors = cost_of(shop, record)
    return {
        "part": asked["name"],
        "quantity": asked["quantity"],
        "material": record.material,
        "certified": record.certified,
        "certificate": msgspec.to_builtins(record.certificate),
        "minutes": sum(each.cycle_s for each in record.operations) / 60.0,
        "assumed": [*record.assumed, *answer.get("assumed", ()), f"stock: {by_weight(shop, record).basis}"],
        "cost_usd": factors,
        "price_usd": sum(factors.values()),
        "promise": _promise(folder, record, asked),
        "sites": _sites(folder, shop, record, asked["quantity"]),
        "picture": msgspec.to_builtins(view_plan(out)),
    }


def cost_of(shop: Shop, record: RouteRecord) -> dict[str, float]:
    """Return the cost of a part at the shop's own rates, by factor: minutes on the most expensive mill and lathe, manual work, edges,
    stock, overhead.
    """
    minutes: dict[str, float] = {
        kind: sum(each.cycle_s for each in record.operations if each.kind == kind) / 60.0 for kind in CUTTERS
    }
    rates: dict[str, float] = {kind: max((u.rate_usd_h for u in shop.cutters(kind)), default=0.0) for kind in CUTTERS}
    power_kw = {kind: max((u.power_kw_cutting for u in shop.cutters(kind)), default=0.0) for kind in CUTTERS}
    life = {str(kind.tool.number): (kind.tool.life_min, kind.tool.price_usd) for kind in shop.tools}
    shares: dict[str, float] = {}
    for each in record.operations:
        for tool, used in each.tool_minutes.items():
            if tool in life:
                shares[tool] = shares.get(tool, 0.0) + used / life[tool][0]
    economy = shop.economy
    return part_cost(
        PartCostInputs(
            machine_min=minutes,
            rate_usd_h=rates,
            attended_min=len(record.operations) * (shop.mount_s + shop.dismount_s) / 60.0,
            wage_usd_h=economy.wage_usd_h,
            energy_kwh_day=sum(minutes[kind] / 60.0 * power_kw[kind] for kind in CUTTERS),
            energy_kwh_night=0.0,
            energy_usd_kwh=economy.energy_usd_kwh,
            night_usd_kwh=economy.night_usd_kwh,
            edge_shares=shares,
            edge_usd={tool: price for tool, (_, price) in life.items()},
            material_usd=by_weight(shop, record).usd,
            overhead_share=economy.overhead_share,
        )
    )


def _promise(folder: Path, record: RouteRecord, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return when that many pieces could be done, with stock on hand; ``None`` if the part isn't certified or the shop has no open work."""
    if not record.certified:
        return None
    try:
        return promise_route(folder, record, asked["quantity"], asked["due_s"])
    except BadInput:
        return None


def _sites(folder: Path, shop: Shop, record: RouteRecord, quantity: int) -> Any:
    """Return the comparison with the home site's lead time from its schedule, if the schedule gives a promise."""
    try:
        promises = lot_promises(folder, [(record, quantity)])
    except BadInput:
        promises = {}
    request = site_request(record, quantity, stock_usd_kg(shop, record.material))
    return compared(folder, request, (), shop.start.date(), promises)


def compared(
    folder: Path,
    request: SiteRequest,
    overrides: tuple[str, ...],
    day: date,
    promises: dict[str, LotPromise] | None = None,
    *,
    split: SplitLimits | None = None,
) -> Any:
    """Compare sites for a part's yearly quantity, with facts from the shop's ``sites.toml`` (or the shipped file).

    ``overrides``: ``SITE.FACT=VALUE``, to see what would change; ``promises``: the home site's lead time. ``split``: the limits of a
    split over several sites. Raises ``BadInput`` for an override whose fact isn't in the book.
    """
    path = folder / "sites.toml"
    path = path if path.exists() else Path(__file__).parents[1] / "example" / "sites.toml"
    book = facts_from_toml(read_document(path), str(path))
    try:
        book = with_own_facts(book, [_own_fact(each) for each in overrides], day)
    except BadInput as error:
        raise NoFact(*error.findings) from error
    request = with_promise(request, book.home, folder, promises or {})
    answer = msgspec.to_builtins(where_to_make(request, book, day, draws=DRAWS))
    if split is not None:
        comparison = SiteComparison(book, day, draws=DRAWS)
        answer["split"] = msgspec.to_builtins(split_volume(comparison, request, loss_limit=split.loss, keep_share=split.keep))  # fmt: skip
    return answer


def _own_fact(override: str) -> OwnFact:
    where, _, value = override.partition("=")
    site, _, name = where.partition(".")
    try:
        return OwnFact(site, name, float(value))
    except ValueError:
        found = f"{override[:80]!r}, which has no number"
        raise NoFact(Finding("override", "", found, "SITE.FACT=VALUE", "Correct it.")) from None
