"""Run a shop: plan and certify its parts, start or resume the world and the log, control until the period ends."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from nightmill.drivers import Connection, OpenCell, WorldStart, end_world, identities, mqtt_identities, open_cell
from nightmill.floor import EventStore, ShopState, Wishes, presence_windows
from nightmill.formats import shop_hash
from nightmill.kpi import measures
from nightmill.plant.deciders.alarm_triage import AlarmTriageDecider, read_policy
from nightmill.plant.deciders.cutting_parameters import CuttingParameterDecider
from nightmill.plant.deciders.failure_modes import read_failure_modes
from nightmill.plant.deciders.failure_prediction import read_learned_lives
from nightmill.plant.deciders.finite_capacity_check import FiniteCapacityDecider
from nightmill.plant.deciders.inspection import InspectionDecider
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.deciders.order_release import OrderReleaseDecider
from nightmill.plant.deciders.part_cost import PartCostDecider
from nightmill.plant.deciders.purchasing import PurchasingDecider
from nightmill.plant.deciders.scheduling import SchedulingDecider
from nightmill.plant.deciders.tool_offsets import ToolOffsetDecider
from nightmill.plant.deciders.vision_station import Eye
from nightmill.plant.night.morning import MorningPost
from nightmill.plant.night.preflight import NIGHT_S, NightDecider, left_since
from nightmill.plant.part_planning.routes import certified_fact, certified_routes, times_on
from nightmill.plant.plan_store.kept_plans import PartRoute, Refusal, other_programs
from nightmill.plant.plan_store.pinned_plans import in_same_shop
from nightmill.plant.plan_store.plan_artifacts import sha256_of
from nightmill.plant.plan_store.program_signing import Seal
from nightmill.plant.requests.adopt_part import adoptions
from nightmill.plant.requests.effects import ReturnToServiceDecider
from nightmill.plant.requests.inbox import taken
from nightmill.plant.run.controller import Controller, ControllerWiring, LoopSettings
from nightmill.plant.run.live import check_live, days_to, open_live_cell
from nightmill.plant.run.modbus_devices import devices_of, watched
from nightmill.plant.run.robot_arms import armed, arms_of
from nightmill.plant.run.telemetry_recorder import TelemetryDecider, open_lane
from nightmill.plant.shop_schedule.mrp_tables import planning_texts
from nightmill.plant.shop_state.decider import Decider, Decision
from nightmill.plant.shop_state.retrying_cell import PatientCell
from nightmill.plant.shop_state.snapshot import Memory, made_from
from nightmill.plant.shop_state.waiting import not_planned
from nightmill.plant.workspace.layout import log_path, open_log, state_folder
from nightmill.plant.workspace.run_archive import finish_moving, put_aside
from nightmill.plant.workspace.shop import whole_shop
from nightmill.plant.workspace.supervision import Supervisor
from nightmill.store import AnyStore, TelemetryLane
from nightmill.vocabulary import events as e
from nightmill.vocabulary.dispatching import EVENING
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding
from nightmill.vocabulary.magazines import TOOLING
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

CALENDAR_BEYOND_DAYS = 28.0
"""How far beyond the end of a run the deciders know the shifts."""
LOOK_EVERY_REAL_S = 1.0
POLICIES = ("closed-loop", "conventional")
Progress = Callable[[str, str, float], None]
Announce = Callable[[str, str], None]
Listen = Callable[[ShopState, EventStore], None]


class ProgramTexts(Mapping[str, str]):
    """NC text by SHA-256: programs made by tuning, and the certified programs.

    The decider is queried each time: when its memory is restored from a snapshot, its dictionary is replaced.
    """

    def __init__(self, tuning: CuttingParameterDecider, certified: Mapping[str, str]) -> None:
        self.tuning, self.certified = tuning, certified

    def __getitem__(self, sha256: str) -> str:
        revised = self.tuning.programs.get(sha256)
        return self.certified[sha256] if revised is None else revised

    def __iter__(self) -> Iterator[str]:
        return iter({**self.certified, **self.tuning.programs})

    def __len__(self) -> int:
        return len(self.certified.keys() | self.tuning.programs.keys())


class _Wishes:
    """Collect the deciders' wishes for the floor."""

    def __init__(
        self,
        shop: Shop,
        inspection: InspectionDecider,
        offsets: ToolOffsetDecider,
        maintenance: MaintenanceDecider,
        until_s: float = 60 * DAY_S,
    ) -> None:
        self.inspection, self.offsets, self.maintenance = inspection, offsets, maintenance
        self.tool_life = {str(kind.tool.number): kind.tool.life_min for kind in shop.tools}
        self.tool_par = {str(kind.tool.number): kind.magazine for kind in shop.tools}
        self.blanks = {part.name: part.blank_item for part in shop.parts}
        self.shop, self.until_s = shop, until_s
        self.presence = presence_windows(shop, 0.0, until_s)
        self._limits = 0

    def wishes(self, state: ShopState, persons: int) -> Wishes:
        if len(state.attendance) != self._limits:
            self._limits = len(state.attendance)
            self.presence = presence_windows(self.shop, 0.0, self.until_s, state.attendance)
        return Wishes(
            persons=persons,
            measure=frozenset(self.inspection.to_measure),
            photograph=frozenset(self.inspection.to_photograph),
            offsets=self.offsets.wishes(state),
            maintain=self.maintenance.wishes(state),
            tool_life=self.tool_life,
            tasks=self.inspection.tasks,
            blanks=self.blanks,
            tool_ahead_s=0.0 if state.policy == "conventional" else TOOLING.ahead_s,
            tool_par=self.tool_par if state.policy == "conventional" else {},
            night_ends_s=None if state.policy == "conventional" else self._night_ends_s(state.now_s),
            back_s=None if state.policy == "conventional" else self._back_s(state.now_s),
            leaves_s=None if state.policy == "conventional" else self._leaves_s(state.now_s),
            left_s=self._left_s(state.now_s),
        )

    def _left_s(self, now_s: float) -> float | None:
        """Return the time since which nobody has been present; ``None`` if somebody is present."""
        return left_since(((window.begins_s, window.ends_s) for window in self.presence), now_s)

    def _leaves_s(self, now_s: float) -> float | None:
        """Return when those present leave for the night; ``None`` if nobody is present, or somebody stays."""
        leaves = None
        for window in self.presence:
            if window.begins_s <= (now_s if leaves is None else leaves) < window.ends_s:
                leaves = window.ends_s
            elif leaves is not None and window.begins_s > leaves:
                return leaves if window.begins_s - leaves >= NIGHT_S else None
        return leaves

    def _back_s(self, now_s: float) -> float | None:
        """Return when people are next present; ``None`` if they are present now."""
        following = next((each for each in self.presence if each.ends_s > now_s), None)
        return following.begins_s if following is not None and following.begins_s > now_s else None

    def _night_ends_s(self, now_s: float) -> float | None:
        """Return when people are back, if they leave this evening; ``None`` if they stay or have left."""
        now = next((n for n, each in enumerate(self.presence) if each.begins_s <= now_s < each.ends_s), None)
        if now is None or now + 1 == len(self.presence):
            return None
        leave, back = self.presence[now].ends_s, self.presence[now + 1].begins_s
        return back if leave < back and leave - now_s <= EVENING.ahead_s else None


class RunRequest(msgspec.Struct, frozen=True):
    """A request for a run: ``days`` of shop time, the virtual shop's ``seed``, one of ``POLICIES``.

    ``resume`` continues an unfinished run with its own days, seed and policy; ``fresh`` sets it aside. ``pace``: shop seconds per real
    second, 0 = as fast as possible. ``connection`` selects the protocol; servers opened for it stay up for
    ``linger_s`` real seconds after the last event. ``patience_s``: how long the run waits, in real seconds, when its log or its
    cell doesn't answer. ``replan``: parts whose plan is discarded and made again; an unfinished run continues if the new plan
    equals the one it started with. ``live``: on the shop's own equipment and in real time, ``days`` from now; ``allow_virtual``: although
    some of its units are virtual.
    """

    days: float = 3.0
    seed: int = 1
    policy: str = "closed-loop"
    resume: bool = False
    fresh: bool = False
    pace: float = 0.0
    connection: Connection = Connection()
    linger_s: float = 0.0
    patience_s: float = 0.0
    replan: tuple[str, ...] = ()
    live: bool = False
    allow_virtual: bool = False


class PlannedShop(msgspec.Struct, frozen=True):
    """A shop with its parts' plans, and the parts whose plans can't be used to make them."""

    shop: Shop
    routes: dict[str, PartRoute]
    refusals: tuple[Refusal, ...]


def run_shop(
    folder: Path, request: RunRequest, *, announce: Announce | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Run the shop in ``folder`` as requested and return the answer of ``nightmill run`` (DESIGN, the command line).

    ``announce`` is called with each server that is opened (protocol, URL) before it is used.
    Raises ``BadInput`` for a wrong shop, an unfinished run without ``resume`` or ``fresh``, or nothing to resume;
    ``EnvironmentFailed`` if the log can't be written or another run is live.
    """
    if request.policy not in POLICIES:
        expected = " or ".join(POLICIES)
        raise BadInput(Finding("--policy", "", repr(request.policy), expected, "Choose one of them."))
    say = progress or (lambda subject, phase, share: None)
    shop = whole_shop(folder)
    devices, robots = devices_of(folder, shop), arms_of(folder, shop)
    for name in request.replan:
        if name not in {part.name for part in shop.parts}:
            known = ", ".join(part.name for part in shop.parts)
            raise BadInput(Finding("--replan", "", repr(name), f"a part of the shop: {known}", "Correct it."))
    if request.live:
        check_live(folder, shop, allow_virtual=request.allow_virtual)
        request = msgspec.structs.replace(request, days=days_to(shop, request.days))
    read_policy(folder)  # errors in these are reported before anything is planned or started
    read_learned_lives(folder, shop, read_failure_modes(folder, shop))
    finish_moving(folder)
    store = open_log(folder, writer=True)
    try:
        store = _prepared(folder, store, resume=request.resume, fresh=request.fresh)
        planned = PlannedShop(shop, *certified_routes(shop, folder, anew=request.replan, progress=say))
        lane = open_lane(folder, shop)
        try:
            start = WorldStart(request.seed, request.pace, Seal(folder).public)
            first = store.event(1)
            if first is not None and isinstance(first.fact, e.RunStarted):
                _check_same_kind(folder, first.fact, request)
                request = msgspec.structs.replace(request, days=first.fact.days)
            if request.live:
                cell: OpenCell = open_live_cell(folder, shop, planned.routes, start, store.token, lane)
            else:
                opened = open_cell(
                    folder, shop, start, resume=store.version() > 0, connection=request.connection, fence=store.token,
                    telemetry=lane,
                )  # fmt: skip
                cell = armed(folder, robots, opened)
            try:
                for endpoint in cell.endpoints:
                    (announce or _ignore_server)(*endpoint)
                built = partial(controller_of, folder, store, PatientCell(cell, request.patience_s), request, lane, say)
                beside = partial(watched, folder, devices, lane)
                return complete(folder, built(planned), cell, built, beside, linger_s=request.linger_s)
            finally:
                cell.close()
        finally:
            lane.close()
    finally:
        store.close()


def pace_of(folder: Path) -> float:
    """Return shop seconds per real second for the virtual shop in ``folder``; 0: as fast as possible, or there is none."""
    path = state_folder(folder) / "world" / "start.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=WorldStart).pace
    except (OSError, *UNREADABLE):
        return 0.0


def complete(
    folder: Path,
    controller: Controller,
    cell: OpenCell,
    built: Callable[[], Controller],
    beside: Callable[[Controller], AbstractContextManager[None]] = lambda controller: nullcontext(),
    *,
    linger_s: float = 0.0,
) -> dict[str, Any]:
    """Run to the period's end, close the run and the virtual shop, and return the answer; servers stay up for ``linger_s``.

    ``beside`` is a context kept open while a controller runs. If a part is added to the shop meanwhile, a controller ``built`` for the
    new shop continues from the log, as after a restart.
    """
    while True:
        with beside(controller):
            controller.run()
        if not controller.outgrown:
            break
        controller = built()
    if not controller.state.ended:
        controller.commit([Decision(e.RunEnded({"open_commands": float(len(controller.state.open_commands))}))])
    if cell.endpoints and linger_s > 0:
        time.sleep(linger_s)
    cell.shutdown()
    if cell.endpoints:
        end_world(folder, controller.store.token)
    return outcome(folder, controller.shop, controller.store, controller.end_s / DAY_S, controller.state)


def controller_of(
    folder: Path,
    store: AnyStore,
    cell: PatientCell,
    request: RunRequest,
    lane: TelemetryLane,
    say: Progress,
    planned: PlannedShop | None = None,
) -> Controller:
    """Return a controller for the shop as its files are now, with the plans of all parts and the state of the log.

    ``planned``: the shop and its plans, if they have just been read. A paced loop checks for requests once per real second while nothing
    happens.
    """
    if planned is None:
        shop = whole_shop(folder)
        planned = PlannedShop(shop, *certified_routes(shop, folder, progress=say))
    pace = pace_of(folder)
    settings = LoopSettings(
        request.days,
        request.patience_s,
        LOOK_EVERY_REAL_S if request.live else pace * LOOK_EVERY_REAL_S if pace > 0 else math.inf,
        at_start=partial(_at_start, folder, planned, request),
        listen=listener(folder, planned.shop, request.days, say),
    )
    return build_controller(folder, planned.shop, store, cell, planned.routes, settings, lane=lane)


def _at_start(folder: Path, planned: PlannedShop, request: RunRequest, state: ShopState) -> Iterator[Decision]:
    """Yield the first entries for an empty log or, if the run has already started, the changes to its plans since."""
    if state.version:
        yield from _since_begun(planned.shop, planned.routes, planned.refusals, state)
        return
    yield Decision(
        e.RunStarted(folder.name, request.policy, request.seed, request.days, shop_hash(folder), request.live)
    )
    for item, route in planned.routes.items():
        why = "certified by the verifier" if route.record.certified else "not certified"
        yield Decision(certified_fact(item, route.record, times_on(planned.shop, route)), why)
    for refusal in planned.refusals:
        for fact in refusal.facts():
            yield Decision(fact)


def _since_begun(
    shop: Shop, routes: Mapping[str, PartRoute], refusals: Sequence[Refusal], state: ShopState
) -> Iterator[Decision]:
    """Yield the changes to plans since the run started: which parts are held from now on, and which continue."""
    found = {refusal.item: refusal for refusal in refusals}
    for item, route in routes.items():
        known, now = state.routes.get(item), {each.operation for each in route.record.operations}
        if item in found or known is None or not known.certified:
            continue
        texts, revised = route.programs.keys(), known.factors.keys()
        same = {each.operation for each in known.operations} == now and all(
            each.program_sha256 in texts for each in known.operations if each.operation not in revised
        )
        if not same:
            found[item] = other_programs(item)
    for item, refusal in found.items():
        if (
            state.version
            and state.refusals.get(item) != refusal.reason
            and (item not in state.refusals or item in state.routes)
        ):
            for fact in refusal.facts():
                yield Decision(fact, "its plan was checked when the run was resumed")
    for item in state.refusals.keys() - found.keys() & routes.keys():
        known = state.routes.get(item)
        if known is not None and known.certified:
            yield Decision(e.RouteReleased(item, "its plan matches its certificate again"))
        else:
            fact = certified_fact(item, routes[item].record, times_on(shop, routes[item]))
            yield Decision(fact, "planned and certified since the run began")


def build_controller(
    folder: Path,
    shop: Shop,
    store: AnyStore,
    cell: PatientCell,
    routes: dict[str, PartRoute],
    settings: LoopSettings,
    *,
    lane: TelemetryLane | None = None,
    texts: dict[str, str] | None = None,
) -> Controller:
    """Wire the deciders of the loop to a log and a cell. Order matters: a decider sees the decisions of those before it.

    ``lane``: where telemetry is kept. ``texts``: the shop's planning texts, if they aren't in its folder.
    """
    offsets = ToolOffsetDecider(shop, routes)
    until_s = (settings.days + CALENDAR_BEYOND_DAYS) * DAY_S
    modes = read_failure_modes(folder, shop)
    maintenance = MaintenanceDecider(shop, until_s, modes, read_learned_lives(folder, shop, modes))
    eye = Eye(folder, cell, len(shop.units("vision")))
    inspection = InspectionDecider(shop, routes, offsets, eye.look, eye.changed)
    tuning = CuttingParameterDecider(shop, routes)
    deciders: tuple[Decider, ...] = (
        OrderReleaseDecider(shop),
        ReturnToServiceDecider(),
        AlarmTriageDecider(read_policy(folder)),
        offsets,
        inspection,
        PartCostDecider(shop, routes),
        PurchasingDecider(shop, {item for mode in modes for item in mode.spare_parts}),
        tuning,
        maintenance,
        SchedulingDecider(shop, settings.days * DAY_S, maintenance),
        FiniteCapacityDecider(shop, planning_texts(folder) if texts is None else texts),
        NightDecider(shop),
        TelemetryDecider(lane.trouble if lane is not None else str),
    )
    certified = {sha: text for route in routes.values() for sha, text in route.programs.items()}
    wiring = ControllerWiring(
        programs=ProgramTexts(tuning, certified),
        deciders=deciders,
        wisher=_Wishes(shop, inspection, offsets, maintenance, until_s),
        memory=Memory(made_from(folder), sha256_of(" ".join(sorted(certified)))),
        requests=(partial(adoptions, folder), partial(taken, folder, shop)),
        sign=Seal(folder).signed,
        supervisor=Supervisor(folder),
    )
    return Controller(shop, store, cell, wiring, settings)


def outcome(folder: Path, shop: Shop, store: EventStore, days: float, state: ShopState) -> dict[str, Any]:
    """Return the answer of ``nightmill run`` from the log."""
    refused: list[str] = []

    def passed_on() -> Iterator[e.Event]:
        for event in store.read():
            if isinstance(event.fact, e.RouteRefused):
                refused.append(event.fact.part)
            yield event

    found = measures(passed_on(), shop, days * DAY_S)
    return {
        "orders": found.orders,
        "orders_due": found.orders_due,
        "good": found.good,
        "scrapped": found.scrapped,
        "quarantined": found.quarantined,
        "on_time_share": found.on_time_share,
        "unattended_hours": found.unattended_hours,
        "spindle_hours": found.spindle_hours,
        "oee": found.oee,
        "first_pass_yield": found.first_pass_yield,
        "cost_usd": found.cost_usd,
        "cost_per_good_part_usd": found.cost_per_good_part_usd,
        "cost_per_good_part_order_mix_usd": found.cost_per_good_part_order_mix_usd,
        "period_cost_per_good_part_usd": found.period_cost_per_good_part_usd,
        "energy_kwh": found.energy_kwh,
        "interventions": found.interventions,
        "events": store.version(),
        "refused": refused,
        "notes": {item: list(route.notes) for item, route in state.routes.items() if route.notes},
        "waiting": not_planned(state),
        "log": str(log_path(folder)),
    }


def _prepared(folder: Path, store: AnyStore, *, resume: bool, fresh: bool) -> AnyStore:
    """Return the log to write to: empty, or that of the unfinished run to resume. A finished run moves to the archive."""
    if store.version() == 0:
        if resume:
            store.close()
            raise BadInput(Finding(str(folder), "--resume", "no unfinished run", "one", "Run it without --resume."))
        return store
    last = store.last()
    ended = last is not None and isinstance(last.fact, e.RunEnded)
    if not ended and resume:
        _check_same_shop(folder, store)
        return store
    if not ended and not fresh:
        remedy = "Continue it with --resume, or archive it with --fresh."
        raise BadInput(Finding(str(folder), "", "an unfinished run", "--resume or --fresh", remedy))
    if ended and resume:
        raise BadInput(
            Finding(str(folder), "--resume", "a finished run", "an unfinished run", "Run it without --resume.")
        )
    token = store.token
    store.close()
    put_aside(folder, token)
    return open_log(folder, writer=True)


def _check_same_kind(folder: Path, started: e.RunStarted, request: RunRequest) -> None:
    """Refuse to continue a run on real equipment in the virtual shop, or the other way round."""
    if started.live == request.live:
        return
    found = "a live run" if started.live else "a run in the virtual shop"
    remedy = "Continue it with --resume " + ("--live" if started.live else "without --live") + ", or use --fresh."
    raise BadInput(Finding(str(folder), "--live", found, "a run of the same kind", remedy))


def _check_same_shop(folder: Path, store: AnyStore) -> None:
    """Refuse to resume in a shop whose files have changed: log and virtual shop belong to the original files."""
    if in_same_shop(folder, store):
        return
    store.close()
    remedy = "Undo the change to continue, or archive the unfinished run with --fresh."
    raise BadInput(
        Finding(str(folder), "--resume", "shop files that were changed since the run began", "the same files", remedy)
    )


def make_certificates(folder: Path, *, renew: bool = False) -> dict[str, str]:
    """Make the certificates for OPC UA: return the paths of certificates, keys, trust list and user. Raises ``BadInput`` if there is no
    shop or it is wrong.
    """
    whole_shop(folder)
    return identities(folder, renew=renew)


def make_mqtt_certificates(folder: Path, *, hosts: Sequence[str] = (), renew: bool = False) -> dict[str, str]:
    """Make the certificates for MQTT over TLS: authority, broker, a client for each machine, access list and Mosquitto's settings; return
    their paths.
    """
    return mqtt_identities(folder, whole_shop(folder), hosts=hosts, renew=renew)


def _ignore_server(_protocol: str, _url: str) -> None:
    """Do nothing; the default for ``announce``."""


def listener(folder: Path, shop: Shop, days: float, say: Progress) -> Listen:
    """Return a listener that reports progress once per hour of shop time and writes the morning report."""
    shown = [-1]
    post = MorningPost(folder, shop)

    def listen(state: ShopState, store: EventStore) -> None:
        hour = int(state.now_s // 3600)
        if hour != shown[0]:
            shown[0] = hour
            post.passed(state, store)
            good = sum(words.get("good", 0) for words in state.words.values())
            cutting = sum(machine.status == "cutting" for machine in state.machines.values())
            text = f"hour {hour:3d}: {good} good parts, {cutting} mills cutting, {_to_go(state)} operations to go"
            say(state.policy, text, min(1.0, state.now_s / (days * DAY_S)))

    return listen


def _to_go(state: ShopState) -> int:
    """Return how many operations of the schedule in force haven't started."""
    parts = ((state.parts.get(line.serial), line.operation) for line in state.schedule)
    return sum(part is None or not (part.disposition or part.done(operation)) for part, operation in parts)


def save_comparison(folder: Path, comparison: dict[str, Any]) -> None:
    """Store the outcome of both policies beside the log, for the report."""
    from nightmill.formats import write_atomic

    write_atomic(state_folder(folder) / "comparison.json", msgspec.json.encode(comparison))
