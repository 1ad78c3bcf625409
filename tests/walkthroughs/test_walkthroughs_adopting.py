"""A part is dropped while a run is on: planned, priced, taken in, ordered, made; a kill in between changes nothing."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from asking import killed, nightmill, until

from nightmill.plant.proposals import Desk
from nightmill.plant.quoting import Offers
from nightmill.plant.requests import Caller
from nightmill.plant.workspace import read_events
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.units import DAY_S

LAST_RESORT_S = 600.0


def begun(shop: Path, *words: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "nightmill", "run", str(shop), "--json", *words]
    return subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_part_dropped_during_a_run_is_made_by_it(shop: Path) -> None:
    offers, desk = Offers(shop), Desk(shop, loop_wait_s=LAST_RESORT_S)
    sent = Path(shutil.copy(shop / "parts" / "bracket.step", shop.parent / "newcomer.step"))
    job = offers.ask(sent, name="newcomer", material="", quantity=2, due_s=None)
    while (found := offers.job(job.id)) is not None and found.state in {"waiting", "running"}:
        time.sleep(0.1)
    assert found is not None
    assert found.result is not None, found.findings
    run = begun(shop, "--days", "5", "--pace", "400")
    until(lambda: desk.following.look().began, run)
    before = desk.following.look().state.version
    assert offers.adopt(job.id, by="Ann", unfinished=True) == "newcomer"
    assert desk.taken_in("newcomer")
    made = desk.propose(
        Caller("Ann", "engineer", "t"), "order-1", a.TakeOrder("N-1", "newcomer", 2, 4.5 * DAY_S), execute=True
    )
    assert (made.state, made.diff.parts) == ("executed", 2), made.refused
    assert run.poll() is None, "the same process goes on"
    killed(run, shop)
    nightmill("run", shop, "--resume")
    audited = nightmill("audit", shop)
    assert audited["ok"]
    assert audited["events"] > before
    facts = [event.fact for event in read_events(shop)]
    good = [fact.serial for fact in facts if isinstance(fact, e.PartDisposed) and fact.disposition == "good"]
    assert {"N-1.001", "N-1.002"} <= set(good)
    assert [fact.part for fact in facts if isinstance(fact, e.PartAdopted)] == ["newcomer"]
    assert any(isinstance(fact, e.PurchaseDecided) and fact.item == "blank-newcomer" for fact in facts)
