"""Damage the plan of one part in every way and at every stage of a run, and check that only that part is held.

Usage: python campaigns/damaged_plans.py SHOP [--damages N] [--seed S]

SHOP is a planned shop with two or more parts; the campaign works on copies. Each damage is a kind (cut off, a byte
changed, empty, missing, replaced by a folder, a pipe or a dangling link, another part's file, noise, endless brackets),
applied to a file (or to the whole folder) at one stage (before the first run, in an unfinished run, after its end).
Then the shop's routes are read, as at the start of a run, and the views of its pages are computed. Required: no
exceptions other than findings, no hang, unchanged routes of the other parts, and no route for the damaged part if a
signed file has changed.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path

from nightmill.formats import shop_hash
from nightmill.plant.part_planning.routes import certified_fact, certified_routes, times_on
from nightmill.plant.views import view_shop
from nightmill.plant.workspace.layout import open_log, state_folder
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e

HANG_S = 60
WHOLE = "the folder"
MOMENTS = ("before the run", "in the run", "after the run")


def _bytes_of(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _cut_off(path: Path, other: Path, rng: random.Random) -> None:
    found = _bytes_of(path)
    path.write_bytes(found[: rng.randrange(max(1, len(found)))])


def _byte(path: Path, other: Path, rng: random.Random) -> None:
    found = bytearray(_bytes_of(path) or b"x")
    found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(found))


def _empty(path: Path, other: Path, rng: random.Random) -> None:
    path.write_bytes(b"")


def away(path: Path) -> None:
    """Remove a file, folder or link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _missing(path: Path, other: Path, rng: random.Random) -> None:
    away(path)


def _folder(path: Path, other: Path, rng: random.Random) -> None:
    away(path)
    path.mkdir()


def _pipe(path: Path, other: Path, rng: random.Random) -> None:
    away(path)
    os.mkfifo(path)


def _dangling(path: Path, other: Path, rng: random.Random) -> None:
    away(path)
    path.symlink_to("nowhere")


def _swapped(path: Path, other: Path, rng: random.Random) -> None:
    away(path)
    if other.is_dir():
        shutil.copytree(other, path)
    else:
        path.write_bytes(_bytes_of(other))


def _noise(path: Path, other: Path, rng: random.Random) -> None:
    path.write_bytes(rng.randbytes(4000))


def _brackets(path: Path, other: Path, rng: random.Random) -> None:
    path.write_bytes(b"[" * 60_000)


Spoil = Callable[[Path, Path, random.Random], None]
KINDS: dict[str, Spoil] = {
    "cut off": _cut_off, "a byte changed": _byte, "empty": _empty, "missing": _missing, "a folder": _folder, "a pipe": _pipe,
    "a dangling link": _dangling, "another part's": _swapped, "noise": _noise, "brackets": _brackets,
}  # fmt: skip
OF_FOLDER = ("missing", "empty", "a pipe", "a dangling link", "another part's", "a folder")


def is_guarded(name: str) -> bool:
    """Return whether machines and gates rely on a file, in which case it is signed."""
    return name in {"route.json", "plan.json", "signature", WHOLE} or name.endswith(".ngc")


def damages(plan: Path) -> list[tuple[str, str]]:
    """Return the file and the kind of every possible damage to a plan's folder."""
    files = sorted(path.name for path in plan.iterdir() if path.is_file())
    return [*product(files, KINDS), *((WHOLE, kind) for kind in OF_FOLDER)]


def damage(plans: Path, part: str, file: str, kind: str, rng: random.Random) -> str:
    """Damage a file of a part's plan, or the whole folder; return a description. A damage without effect is skipped."""
    others = sorted(path for path in plans.iterdir() if path.name != part and (path / "route.json").is_file())
    other = rng.choice(others)
    plan = plans / part
    if file == WHOLE:
        if kind in {"empty", "a pipe"}:
            away(plan)
        KINDS[kind](plan, other, rng)
    else:
        before = _bytes_of(plan / file)
        KINDS[kind](plan / file, other / file, rng)
        if (plan / file).is_file() and _bytes_of(plan / file) == before:
            (plan / file).write_bytes(before + b" ")
    return f"{part}/{file} {kind}"


def random_damage(plans: Path, rng: random.Random) -> tuple[str, str]:
    """Damage one signed file of one part's plan; return the part and a description."""
    part = rng.choice(sorted(path.name for path in plans.iterdir() if (path / "route.json").is_file()))
    file, kind = rng.choice([each for each in damages(plans / part) if is_guarded(each[0])])
    return part, damage(plans, part, file, kind, rng)


class Campaign:
    """Shops at each stage, made once and repaired after each damage."""

    def __init__(self, shop: Path, seed: int, scratch: Path) -> None:
        self.rng = random.Random(seed)
        self.kept = state_folder(shop) / "plans"
        self.shops = {moment: self._at(shop, moment, scratch) for moment in MOMENTS}
        whole = whole_shop(shop)
        self.programs = {item: sorted(route.programs) for item, route in certified_routes(whole, shop)[0].items()}
        self.parts = sorted(self.programs)
        self.done: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.problems: list[str] = []

    def _at(self, shop: Path, moment: str, scratch: Path) -> Path:
        copy = scratch / moment.replace(" ", "-")
        shutil.copytree(shop, copy)
        for path in state_folder(copy).glob("log.sqlite*"):
            path.unlink()
        whole = whole_shop(copy)
        if moment == MOMENTS[0]:
            return copy
        facts: list[e.AnyFact] = [e.RunStarted(copy.name, "closed-loop", 1, 3.0, shop_hash(copy))]
        routes, _ = certified_routes(whole, copy)
        facts += [certified_fact(item, route.record, times_on(whole, route)) for item, route in routes.items()]
        facts += [e.OrderReceived(o.id, o.item, o.quantity, o.due_s, o.priority) for o in whole.orders]
        facts += [e.RunEnded({})] if moment == MOMENTS[2] else []
        store = open_log(copy, writer=True)
        store.append([e.Event(0, 0.0, "software", fact) for fact in facts], expected_version=0)
        store.close()
        return copy

    def run(self, count: int) -> None:
        """Run the given number of damages: all of them in random order, and again with other random values if there are fewer."""
        left: list[tuple[str, str, str, str]] = []
        for _ in range(count):
            if not left:
                left = [
                    (moment, part, *each)
                    for moment in MOMENTS
                    for part in self.parts
                    for each in damages(self.kept / part)
                ]
                self.rng.shuffle(left)
            self._one(*left.pop())

    def _one(self, moment: str, part: str, file: str, kind: str) -> None:
        shop = self.shops[moment]
        plans = state_folder(shop) / "plans"
        said = f"{moment}: {damage(plans, part, file, kind, self.rng)}"
        signal.alarm(HANG_S)
        try:
            self.problems += [f"{said}: {problem}" for problem in self._looked_at(shop, moment, part, file)]
        except Exception:  # noqa: BLE001  whatever is raised is what this campaign looks for
            self.problems.append(f"{said}: {traceback.format_exc(limit=-4)}")
        finally:
            signal.alarm(0)
        self.done[kind] += 1
        away(plans / part)
        shutil.copytree(self.kept / part, plans / part)

    def _looked_at(self, shop: Path, moment: str, part: str, file: str) -> list[str]:
        whole = whole_shop(shop)
        routes, refusals = certified_routes(whole, shop, planning=False)
        found = [
            f"{item} has changed"
            for item in self.parts
            if item != part and (item not in routes or sorted(routes[item].programs) != self.programs[item])
        ]
        found += [f"{refusal.item} is refused" for refusal in refusals if refusal.item != part]
        if part in routes and is_guarded(file):
            found.append("goes on")
        if part not in routes:
            self.held[next((refusal.code for refusal in refusals), "to be planned")] += 1
        if moment == MOMENTS[1] and is_guarded(file) and not any(refusal.code for refusal in refusals):
            found.append("isn't refused with a code in a live run")
        if moment != MOMENTS[0]:
            view_shop(shop)
        return found


def main() -> int:
    """Run the campaign and print the result; exit with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--damages", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        campaign = Campaign(chosen.shop, chosen.seed, Path(scratch))
        campaign.run(chosen.damages)
    for problem in campaign.problems[:20]:
        print(problem)
    for what, times in sorted((campaign.done + campaign.held).items()):
        print(f"{times:6d} {what}")
    print(
        f"{sum(campaign.done.values())} damages, {sum(campaign.held.values())} held, {len(campaign.problems)} problems"
    )
    return 1 if campaign.problems else 0


if __name__ == "__main__":
    sys.exit(main())
