"""For scoring only: find the hidden truth at a moment in a finished run by replaying the journal up to that moment."""

import math
from pathlib import Path

import msgspec

from nightmill.drivers.virtual_shop.hidden_parameters import read_truth
from nightmill.drivers.virtual_shop.journal import Advanced, CommandTaken, parse
from nightmill.drivers.virtual_shop.world import World
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import HOUR_S


def spindles_left_s(folder: Path, at_s: float) -> dict[str, float]:
    """Seconds that the spindle of each mill or lathe would still have run at ``at_s`` (shop time) before it failed.

    ``folder``: the world's folder. A cut still running at that moment isn't subtracted. Nothing is written.
    Raises ``BadInput`` if there is no run or it ended before ``at_s``, ``EnvironmentFailed`` for a changed journal.
    """
    path = folder / "journal.jsonl"
    try:
        shop = msgspec.json.decode((folder / "shop.json").read_bytes(), type=Shop)
        seed = msgspec.json.decode((folder / "start.json").read_bytes())["seed"]
        world = World(shop, read_truth((folder / "world.toml").read_text("utf-8-sig"), shop), seed)
        journal = path.read_bytes()
    except (OSError, KeyError, *UNREADABLE) as error:
        raise BadInput(Finding(str(folder), "", str(error), "a run of the virtual shop", "Run the shop.")) from error
    whole = journal[: journal.rfind(b"\n") + 1]  # a last line cut off by a kill doesn't count
    for number, raw in enumerate(whole.splitlines(), 1):
        line, _ = parse(number, raw, path)
        if isinstance(line, CommandTaken):
            world.submit(line.command, line.reading, line.problem)
        elif isinstance(line, Advanced):
            world.relive(min(line.to_s, at_s))
            if line.to_s >= at_s:
                break
    else:
        found = f"a run that ended at {world.now_s:.0f} s"
        raise BadInput(Finding(str(path), "", found, f"one that lasts to {at_s:.0f} s", "Ask for an earlier moment."))
    return {name: HOUR_S * max(0.0, left) for name, left in _left_h(world).items()}


def _left_h(world: World) -> dict[str, float]:
    mills = world.reality.mills
    left = {name: min(m.life_h - m.age_h, m.sudden_at_h - m.spindle_h) for name, m in mills.items()}
    return {name: hours if math.isfinite(hours) else 1e6 for name, hours in left.items()}
