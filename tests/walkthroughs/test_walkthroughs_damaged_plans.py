"""A plan that was damaged holds its part, and nothing else: on every way that a person looks at the shop, and until it is mended."""

import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from desk_sample import PARTS, SHOP

sys.path.insert(0, str(Path(__file__).parents[2] / "campaigns"))

from asking import nightmill
from damaged_plans import Campaign
from invariants import judge

from nightmill.plant.analysis.scheduling.late_orders import LateOrders
from nightmill.plant.part_planning import certified_routes
from nightmill.plant.run import RunRequest, run_shop
from nightmill.plant.views import view_shop
from nightmill.plant.workspace.layout import open_log
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary.commands import StartCycle

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
ORDERS = "order,item,quantity,due\nA-1,bracket,40,2026-11-02T20:00\nA-2,flange_plate,8,2026-11-03T12:00\n"


@pytest.fixture(scope="session")
def planned_pair(made_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """A shop of two parts, planned and certified."""

    def planned(folder: Path) -> None:
        (folder / "parts").mkdir()
        for part in ("bracket", "flange_plate"):
            shutil.copy(PARTS / f"{part}.step", folder / "parts" / f"{part}.step")
        (folder / "shop.toml").write_text(SHOP)
        (folder / "orders.csv").write_text(ORDERS)
        assert not certified_routes(whole_shop(folder), folder)[1]

    return made_once("pair", planned)


@pytest.fixture
def pair(planned_pair: Path, tmp_path: Path) -> Path:
    """A copy that a test may run and spoil."""
    return Path(shutil.copytree(planned_pair, tmp_path / "shop"))


def _run_until(shop: Path, hour: int, *, fresh: bool = False, resume: bool = False) -> None:
    """Run the shop and end it as Ctrl-C does, in that hour."""

    def told(subject: str, phase: str, share: float) -> None:
        if phase.startswith("hour") and int(phase[4:].partition(":")[0]) >= hour:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_shop(shop, RunRequest(days=1.0, fresh=fresh, resume=resume), progress=told)


def _facts(shop: Path) -> list[e.AnyFact]:
    store = open_log(shop, writer=False)
    try:
        return [event.fact for event in store.read()]
    finally:
        store.close()


def _begun(shop: Path, part: str, after: int) -> list[str]:
    """The parts of an item on which a cut was commanded after so many events."""
    commands = [fact.command for fact in _facts(shop)[after:] if isinstance(fact, e.CommandIssued)]
    return [each.serial for each in commands if isinstance(each, StartCycle) and each.operation.startswith(f"{part}/")]


@pytest.mark.slow
def test_a_plan_that_was_damaged_in_the_run_holds_its_part_until_it_is_mended(pair: Path) -> None:
    _run_until(pair, 3)
    program = pair / ".nightmill" / "plans" / "bracket" / "1.ngc"
    kept = program.read_bytes()
    program.write_bytes(kept[:-40])
    _run_until(pair, 8, resume=True)
    known = len(_facts(pair))
    assert not _begun(
        pair, "bracket", next(n for n, fact in enumerate(_facts(pair)) if isinstance(fact, e.RouteRefused))
    )
    (refused,) = [fact for fact in _facts(pair) if isinstance(fact, e.RouteRefused)]
    assert (refused.part, refused.code) == ("bracket", "plan_changed")
    reason = refused.reason

    waiting = nightmill("morning", pair)["waits"]
    assert f"bracket: {reason}" in waiting
    assert reason in LateOrders(pair).of("A-1").waits_for
    orders = {order.id: order for order in view_shop(pair).orders}
    assert reason in orders["A-1"].reason
    assert reason not in orders["A-2"].reason
    assert [each["order"] for each in nightmill("schedule", pair)["not_planned"]] == ["A-1"]

    program.write_bytes(kept)
    answer = run_shop(pair, RunRequest(resume=True))
    assert answer["waiting"] == []
    assert _begun(pair, refused.part, known)
    assert isinstance(_facts(pair)[known], e.RouteReleased)
    assert judge(pair) == []


@pytest.mark.slow
def test_a_plan_that_is_gone_is_made_again_when_a_person_asks_for_it(pair: Path) -> None:
    _run_until(pair, 3)
    shutil.rmtree(pair / ".nightmill" / "plans" / "bracket")
    _run_until(pair, 5, resume=True)
    (refused,) = [fact for fact in _facts(pair) if isinstance(fact, e.RouteRefused)]
    assert refused.code == "plan_missing"
    known = len(_facts(pair))
    answer = run_shop(pair, RunRequest(resume=True, replan=("bracket",)))
    assert answer["waiting"] == [], "the same programs as the run was begun with"
    assert _begun(pair, "bracket", known)
    assert judge(pair) == []


@pytest.mark.slow
def test_a_hundred_damages_hold_their_part_alone(planned_pair: Path, tmp_path: Path) -> None:
    campaign = Campaign(planned_pair, 5, tmp_path)
    campaign.run(100)
    assert campaign.problems == []
    assert campaign.held.total() > 20


@pytest.mark.slow
def test_runs_that_are_killed_go_on_with_a_damaged_plan(pair: Path) -> None:
    words = [sys.executable, str(CAMPAIGNS / "kills.py"), str(pair), "--kills", "4", "--days", "0.5", "--damage-plans"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr[-2000:])
    assert "0 violations" in done.stdout


@pytest.mark.slow
def test_state_is_its_owners_alone_whatever_the_umask(pair: Path) -> None:
    state = pair / ".nightmill"
    state.chmod(0o755)
    (state / "plans").chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-m", "nightmill", "run", str(pair), "--days", "0.1", "--json"],
        capture_output=True, text=True, timeout=900, check=False, umask=0,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    for path in (state, *state.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
