"""Simulate one cut: the effects of the program on the part, the edges and the machine, and where it may stop."""

from dataclasses import dataclass, field
from functools import partial

from nightmill.drivers.virtual_shop import distributions
from nightmill.drivers.virtual_shop.hidden_parameters import MachineTruth
from nightmill.drivers.virtual_shop.state import Deed, Edge, Mill, Part, Reality, ToolUse, new_edge
from nightmill.vocabulary.commands import StartCycle
from nightmill.vocabulary.plan import TURNING_TOOLS
from nightmill.vocabulary.reports import CycleFinished, CycleInterrupted, CycleStarted, MachineFailed, ToolReplaced

AMBIENT_C = 22.0
_NO_STOP = (float("inf"), "", 0)


@dataclass(slots=True)
class _Bite:
    """The part of a cut that is done with one tool."""

    use: ToolUse
    edge: Edge
    minutes: float
    life_min: float
    vc_share: float
    fz_mm: float
    fz_share: float
    flutes: int
    marks_mm: float
    corner_mm: float
    begins: float
    ends: float


@dataclass(slots=True)
class _Cut:
    """A running cut, whose outcome is fixed at its start: nothing that happens during the cut changes its physics."""

    command: StartCycle
    mill: Mill
    part: Part
    cycle_s: float
    started_s: float
    bites: list[_Bite]
    stop_s: float
    cause: str
    broken: int = 0
    offsets_mm: dict[int, float] = field(default_factory=dict)


def begin_cycle(reality: Reality, command: StartCycle) -> None:
    """Start a cut that ``rules`` has allowed."""
    mill, part = reality.mills[command.unit], reality.parts[command.serial]
    program = mill.programs[command.operation]
    cycle_s = program.reading.cycle_s * mill.cycle_factor
    bites = _bites(reality, mill, program.material, program.reading.tools)
    # whether a real machine breaks down isn't for the virtual shop to say
    stop_s, cause, broken = _NO_STOP if reality.followed else _first_stop(reality, mill, bites, cycle_s)
    cut = _Cut(command, mill, part, cycle_s, reality.now_s, bites, stop_s, cause, broken)
    cut.offsets_mm = {bite.use.number: mill.offsets_mm.get(bite.use.number, 0.0) for bite in bites}
    _settle_warmth(reality, mill)
    mill.mode = "cutting"
    reality.pallets[command.pallet].engaged = f"{command.unit} cuts {command.serial}"
    part.cuts += 1
    reality.running.add(command.command_id)
    report = CycleStarted(
        reality.seq(),
        reality.now_s,
        command.unit,
        command.command_id,
        command.serial,
        command.operation,
        program.sha256,
    )
    reality.tell(report)
    reality.note(_deed(cut, "cut_started", reality.now_s))
    reality.after(0.0 if reality.followed else min(stop_s, cycle_s), partial(_end, reality, cut))


def _bites(reality: Reality, mill: Mill, material: str, uses: tuple[ToolUse, ...]) -> list[_Bite]:
    wear, own = reality.truth.wear, reality.truth.material.get(material)
    total = sum(use.cutting_s for use in uses) or 1.0
    bites, done = [], 0.0
    for use in uses:
        slot = mill.slots[use.number]
        tool, edge = slot.tool, slot.active
        hss = tool.material.lower().startswith("hss")
        speed = distributions.reference_speed_m_min(material, own.speed_m_min if own else None, hss, wear)
        vc = 3.141592653589793 * tool.diameter_mm * use.rpm / 1000.0
        fz = use.feed_mm_min / (use.rpm * max(tool.flutes, 1)) if use.rpm > 0 else 0.0
        feed = distributions.reference_feed_mm(tool.diameter_mm)
        if (
            tool.type in TURNING_TOOLS
        ):  # the workpiece turns, not the tool: assume the speed and feed for which the tool's life is stated
            vc, feed = speed, fz or feed
        elif tool.type == "tap":  # the feed is the pitch, for which the tool's life is stated
            feed = fz or feed
        life = distributions.life_min(
            vc,
            fz,
            stated_min=tool.life_min,
            vc_ref_m_min=speed,
            fz_ref_mm=feed,
            n=wear.taylor_n_hss if hss else wear.taylor_n_carbide,
            feed_exponent=wear.feed_exponent,
        )
        marks, corner = distributions.feed_marks(tool, fz)
        begins, done = done / total, done + use.cutting_s
        minutes = use.cutting_s * mill.cycle_factor / 60.0
        bites.append(
            _Bite(
                use,
                edge,
                minutes,
                life * edge.life_scatter,
                vc / speed,
                fz,
                fz / feed,
                max(tool.flutes, 1),
                marks,
                corner,
                begins,
                done / total,
            )
        )
    return bites


def _first_stop(reality: Reality, mill: Mill, bites: list[_Bite], cycle_s: float) -> tuple[float, str, int]:
    """Seconds from the start of the cycle to the first breakdown or broken edge, with cause and tool; infinity if there is none."""
    stops: list[tuple[float, str, int]] = [
        (max(mill.life_h - mill.age_h, 0.0) * 3600.0, "bearing", 0),
        (max(mill.sudden_at_h - mill.spindle_h, 0.0) * 3600.0, "electrical", 0),
    ]
    wear = reality.truth.wear
    for bite in bites:
        edge = bite.edge

        def hazard(share: float, bite: _Bite = bite, edge: Edge = edge) -> float:
            minutes = share * bite.minutes
            return distributions.breakage_hazard(edge.used + minutes / bite.life_min, edge.minutes + minutes, wear)

        if hazard(1.0) >= edge.breaks_at:
            low, high = 0.0, 1.0
            for _ in range(30):
                middle = (low + high) / 2
                low, high = (low, middle) if hazard(middle) >= edge.breaks_at else (middle, high)
            stops.append(((bite.begins + high * (bite.ends - bite.begins)) * cycle_s, "tool", bite.use.number))
    first = min(stops)
    return first if first[0] < cycle_s else _NO_STOP


def _end(reality: Reality, cut: _Cut) -> None:
    mill, command = cut.mill, cut.command
    ran_s = min(cut.stop_s, cut.cycle_s)
    share = ran_s / cut.cycle_s if cut.cycle_s > 0 else 1.0
    before = {bite.use.number: bite.edge.used for bite in cut.bites}
    minutes = _use_edges(cut, share)
    mill.spindle_h += ran_s / 3600.0
    mill.age_h += ran_s / 3600.0
    mill.cycles += 1
    mill.warmth = distributions.warmth_after(mill.warmth, ran_s, True, reality.truth.dimension.warm_up_h)
    mill.warmth_at_s = reality.now_s
    ra = _shape_part(reality, cut, before, minutes)
    mill.mode = "idle"
    reality.pallets[command.pallet].engaged = ""
    reality.running.discard(command.command_id)
    if cut.cause:
        _interrupted(reality, cut, minutes)
    else:
        _finished(reality, cut, minutes, ra)


def _use_edges(cut: _Cut, share: float) -> dict[str, float]:
    """Apply wear to the edges for the fraction ``share`` of the cycle; return cutting minutes by tool number as text."""
    minutes: dict[str, float] = {}
    for bite in cut.bites:
        done = 1.0 if bite.ends <= share else (share - bite.begins) / max(bite.ends - bite.begins, 1e-12)
        if done > 0:
            used = done * bite.minutes
            bite.edge.minutes += used
            bite.edge.used += used / bite.life_min
            minutes[str(bite.use.number)] = round(used, 6)
    return minutes


def _shape_part(reality: Reality, cut: _Cut, before: dict[int, float], minutes: dict[str, float]) -> float:
    """Apply errors, surface and perhaps a defect to the part; return the mean roughness Ra in µm."""
    truth, mill, command = reality.truth, cut.mill, cut.command
    hour = reality.presence.local_h(reality.now_s)
    warm = distributions.thermal_um(hour, mill.warmth, mill.day_um, truth.dimension.thermal_warm_up_um)
    weight = roughness = worst = 0.0
    mill.chatter = 0.0
    load = 15.0
    for bite in cut.bites:
        number = bite.use.number
        if str(number) not in minutes:
            continue
        worn = distributions.wear_um((before[number] + bite.edge.used) / 2.0, truth.wear)
        key = f"{command.serial}|{command.operation}|{number}"
        noise = reality.draws.normal("part", "noise", key, truth.dimension.noise_um)
        offset_um = 1000.0 * cut.offsets_mm[number]
        cut.part.errors_um[(command.operation, number)] = (
            offset_um + bite.edge.seat_um - worn + warm + mill.bias_um + noise
        )
        chatter = distributions.chatter_level(bite.use.rpm, bite.flutes, mill.natural_hz, truth.surface)
        seconds = bite.use.cutting_s
        roughness += seconds * distributions.roughness_um(bite.marks_mm, bite.corner_mm, worn, chatter, truth.surface)
        mill.chatter += seconds * chatter
        load += seconds * (8.0 * bite.fz_share + 6.0 * bite.vc_share + 0.6 * worn)
        weight += seconds
        worst = max(worst, bite.edge.used)
    weight = weight or 1.0
    mill.chatter /= weight
    mill.load_pct = 15.0 + (load - 15.0) / weight
    part = cut.part
    part.roughness_um = roughness / weight
    if reality.draws.uniform(
        "part", "defect", f"{command.serial}|{command.operation}"
    ) < distributions.defect_probability(worst, part.roughness_um, truth.surface):
        kinds = ("burr", "chip") if worst > 0.8 else ("scratch", "dent")
        choice = reality.draws.uniform("part", "defect kind", command.serial)
        part.defect = kinds[int(choice * 2)]
        part.defect_size = 0.4 + 0.6 * reality.draws.uniform("part", "defect size", command.serial)
    return part.roughness_um


def signals(reality: Reality, mill: Mill, cutting: bool, n: str) -> dict[str, float]:
    """Return the machine's sensor readings: means of a cycle (``cutting``), or of a moment between cycles."""
    failing = reality.truth.breakdown
    damage = distributions.degradation(distributions.bearing_use(mill.age_h, mill.life_h), failing)
    rattle = distributions.vibration_mm_s(damage, mill.chatter if cutting else 0.0, failing)
    hour = reality.presence.local_h(reality.now_s)
    hall = distributions.thermal_um(hour, 0.0, 2.0, 0.0)
    warmth = _warmth_now(reality, mill, cutting)
    load = (mill.load_pct if cutting else 5.0) + failing.load_rise_pct * damage
    shake = [reality.draws.lognormal(mill.unit.id, name, n, failing.sensor_noise) for name in ("vib", "load", "temp")]
    return {
        "vibration_mm_s": round(rattle * shake[0], 4),
        "spindle_load_pct": round(load * shake[1], 3),
        "temperature_c": round(AMBIENT_C + hall + (12.0 * warmth + 10.0 * damage) * shake[2], 3),
    }


def _finished(reality: Reality, cut: _Cut, minutes: dict[str, float], ra: float) -> None:
    mill, command = cut.mill, cut.command
    seen = signals(reality, mill, True, f"cycle {mill.cycles}")
    scatter = reality.draws.lognormal(mill.unit.id, "roughness", mill.cycles, reality.truth.breakdown.sensor_noise)
    seen["roughness_um"] = round(ra * scatter, 4)
    cutting_h = sum(minutes.values()) / 60.0
    idle_h = max(cut.cycle_s / 3600.0 - cutting_h, 0.0)
    energy = mill.unit.power_kw_cutting * cutting_h + mill.unit.power_kw_idle * idle_h
    edges = {str(bite.use.number): bite.edge.id for bite in cut.bites}
    offsets = {str(number): offset for number, offset in cut.offsets_mm.items()}
    reality.tell(
        CycleFinished(
            reality.seq(),
            reality.now_s,
            command.unit,
            command.command_id,
            command.serial,
            command.operation,
            cut.cycle_s,
            energy,
            minutes,
            edges,
            offsets,
            seen,
        )
    )
    reality.note(_deed(cut, "cut_finished", reality.now_s, minutes))


def _interrupted(reality: Reality, cut: _Cut, minutes: dict[str, float]) -> None:
    mill, command = cut.mill, cut.command
    alarm = {
        "bearing": "spindle vibration over limit",
        "electrical": "servo drive fault",
        "tool": f"tool T{cut.broken} broken",
    }[cut.cause]
    reality.tell(
        CycleInterrupted(
            reality.seq(),
            reality.now_s,
            command.unit,
            command.command_id,
            command.serial,
            command.operation,
            alarm,
            minutes,
        )
    )
    reality.note(_deed(cut, "cut_interrupted", reality.now_s, minutes, alarm))
    if cut.cause == "tool":
        mill.slots[cut.broken].active.broken = True
        activate_sister(reality, mill, cut.broken, "")
        return
    mill.mode, mill.cause = "down", cut.cause
    mill.failures += 1
    reality.tell(MachineFailed(reality.seq(), reality.now_s, command.unit, alarm))
    reality.note(Deed("failed", reality.now_s, machine=command.unit, detail=cut.cause))


def activate_sister(reality: Reality, mill: Mill, number: int, command_id: str) -> None:
    """Activate the next unused edge, if there is one, as a control's tool life management does."""
    slot = mill.slots[number]
    if slot.sisters < 1:
        return
    slot.sisters -= 1
    slot.edges += 1
    machine = mill.unit.id
    slot.active = new_edge(machine, slot.tool, slot.edges, reality.truth, reality.draws)
    noise = reality.draws.normal(machine, "setter", slot.active.id, reality.truth.wear.setter_noise_um)
    reading = round(slot.active.seat_um + noise, 2)
    reality.tell(
        ToolReplaced(reality.seq(), reality.now_s, machine, command_id, number, slot.active.id, reading, slot.sisters)
    )
    reality.note(
        Deed(
            "tool_replaced",
            reality.now_s,
            machine=machine,
            command_id=command_id,
            tool=number,
            edge=slot.active.id,
            quantity=slot.sisters,
            truth={"seat_um": slot.active.seat_um},
        )
    )


def renew_machine(reality: Reality, mill: Mill) -> None:
    """Fit new bearings; if the repair was imperfect, a small fraction of their life is already used."""
    failing, machine = reality.truth.breakdown, mill.unit.id
    mill.renewals += 1
    own = reality.truth.machine.get(machine, MachineTruth()).gradual_life_h or failing.gradual_life_h
    mill.life_h = own * reality.draws.weibull(machine, "bearing life", mill.renewals, failing.gradual_shape)
    mill.age_h = failing.imperfect_share * reality.draws.uniform(machine, "bearing age", mill.renewals) * mill.life_h


def _settle_warmth(reality: Reality, mill: Mill) -> None:
    mill.warmth = _warmth_now(reality, mill, False)
    mill.warmth_at_s = reality.now_s


def _warmth_now(reality: Reality, mill: Mill, running: bool) -> float:
    since_s = reality.now_s - mill.warmth_at_s
    return distributions.warmth_after(mill.warmth, since_s, running, reality.truth.dimension.warm_up_h)


def _deed(cut: _Cut, event: str, at_s: float, minutes: dict[str, float] | None = None, detail: str = "") -> Deed:
    command = cut.command
    ended = minutes is not None
    truth = {
        f"error_um T{tool}": round(error, 4)
        for (operation, tool), error in cut.part.errors_um.items()
        if ended and operation == command.operation
    }
    if ended:
        truth["bearing"] = round(cut.mill.age_h / cut.mill.life_h, 6)
        truth |= {f"used T{bite.use.number}": round(bite.edge.used, 6) for bite in cut.bites}
    return Deed(
        event,
        at_s,
        machine=command.unit,
        part=command.serial,
        operation=command.operation,
        command_id=command.command_id,
        pallet=command.pallet,
        sha256=command.program_sha256,
        detail=detail or (cut.part.defect if ended else ""),
        tool_minutes=minutes or {},
        tool_edges={str(bite.use.number): bite.edge.id for bite in cut.bites},
        offsets_mm={str(number): offset for number, offset in cut.offsets_mm.items()},
        truth=truth,
    )
