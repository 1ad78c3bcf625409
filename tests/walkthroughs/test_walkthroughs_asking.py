"""A shop is run and served; an operator asks for things by the client and by an agent; the closed loop does them."""

import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nightmill.vocabulary.units import HOUR_S

sys.path.insert(0, str(Path(__file__).parents[2] / "campaigns"))

from asking import killed, nightmill, until
from notebooks import run_notebook
from served import free_port

from nightmill.api.client import ApiRefused, ShopClient
from nightmill.plant.workspace import read_events
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.reports import CycleStarted, ToolReplaced

EXAMPLE = Path(__file__).parents[2] / "examples" / "api" / "shop_client.py"
TOOL = 123
"""The tool that every operation of the bracket cuts with."""


@pytest.fixture
def running(shop: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "nightmill", "run", str(shop), "--days", "1.2", "--pace", "120", "--json"]
    run = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    until((shop / ".nightmill" / "world" / "journal.jsonl").exists, run)
    yield run
    if run.poll() is None:
        run.kill()
        run.communicate()


@pytest.fixture
def url(shop: Path, running: subprocess.Popen[str]) -> Iterator[str]:
    words = [sys.executable, "-m", "nightmill", "serve", str(shop), "--port", str(free_port())]
    server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        found = re.match(r"endpoint web (http://[^/]+)/", server.stderr.readline())
        assert found
        yield found[1]
    finally:
        server.terminate()
        server.communicate(timeout=120)


def _taken(shop: Path) -> dict[str, tuple[int, e.RequestTaken]]:
    """Requests that the run has taken, by id, each with its event's number."""
    return {x.fact.request: (x.seq, x.fact) for x in read_events(shop) if isinstance(x.fact, e.RequestTaken)}


@pytest.mark.slow
def test_what_an_operator_asks_is_planned_made_and_logged(
    shop: Path,
    running: subprocess.Popen[str],
    url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = nightmill("token", shop, "--role", "operator", "--name", "Ann")["token"]
    client = ShopClient(url, token)
    runpy.run_path(str(EXAMPLE))["main"](url, token, "bracket")
    assert "Ann is operator" in capsys.readouterr().out
    monkeypatch.setenv("NIGHTMILL_URL", url)
    monkeypatch.setenv("NIGHTMILL_TOKEN", nightmill("token", shop, "--role", "viewer", "--name", "Bob")["token"])
    assert run_notebook("api/watch_a_shop.ipynb")["orders"]
    assert "Bob may read as viewer" in capsys.readouterr().out
    asked = [
        client.propose(a.StopUnit("mill-1", 1.5), "coolant leaks", execute=True),
        client.propose(a.CondemnTool("mill-2", TOOL), "chipped", execute=True),
        client.propose(a.NoteCheck("mill-2", "coolant", 80.0), "looked", execute=True),
    ]
    agent = ShopClient(url, nightmill("token", shop, "--role", "agent", "--name", "bot")["token"])
    late = agent.propose(a.ChangeOrder("A-2", 30 * HOUR_S, 1), "customer wrote", execute=True)
    assert late.state == "proposed"
    with pytest.raises(ApiRefused, match="may not decide"):
        agent.approve(late.id)
    assert client.approve(late.id, "right").state in {"approved", "executed"}
    nowhere = client.propose(a.CancelOrder("A-9"))
    assert nowhere.state == "refused"
    with pytest.raises(ApiRefused):
        client.approve(nowhere.id)
    wanted = {each.id for each in asked} | {late.id}
    until(lambda: wanted <= _taken(shop).keys(), running)
    killed(running, shop)
    nightmill("run", shop, "--resume")
    log, taken = tuple(read_events(shop)), _taken(shop)
    assert all(not fact.refused for _, fact in taken.values())
    assert {client.proposal(each.id).state for each in asked} == {"executed"}
    good = {x.fact.serial for x in log if isinstance(x.fact, e.PartDisposed) and x.fact.disposition == "good"}
    assert any(serial.startswith("RUSH-1.") for serial in good), "the rush order is made, as far as there are blanks"
    stopped, until_s = next((x, x.fact.until_s) for x in log if isinstance(x.fact, e.UnitStopped))
    back = next(x for x in log if isinstance(x.fact, e.UnitReturned))
    assert back.at_s == pytest.approx(until_s, abs=1.0)
    between = [
        x.fact.command
        for x in log
        if stopped.seq < x.seq < back.seq and isinstance(x.fact, e.CommandIssued) and x.fact.command.unit == "mill-1"
    ]
    assert not [each for each in between if type(each).__name__ == "StartCycle"]
    plans = [x.fact.cause for x in log if isinstance(x.fact, e.SchedulePublished)]
    assert any("mill-1 is out of service" in cause for cause in plans)
    after = log[taken[asked[1].id][0] :]
    reports = [x.fact.report for x in after if isinstance(x.fact, e.Reported)]
    sent = {x.fact.command.command_id for x in after if isinstance(x.fact, e.CommandIssued)}
    begun = [r.at_s for r in reports if isinstance(r, CycleStarted) and r.unit == "mill-2" and r.command_id in sent]
    changed = [r.at_s for r in reports if isinstance(r, ToolReplaced) and (r.unit, r.tool) == ("mill-2", TOOL)]
    assert not begun or changed[0] <= begun[0], "a worn edge is changed before it cuts again"
    assert nightmill("audit", shop)["ok"]
