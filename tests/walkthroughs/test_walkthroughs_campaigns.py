"""The campaigns in small: a standby takes over, the network fails, the power goes off. Each is judged from outside."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"


def _campaign(name: str, *words: str | Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(CAMPAIGNS / name), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    return done.returncode, done.stdout


def _lives(pid: int) -> bool:
    """A process that has ended but that nobody has asked for yet doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_log_that_cannot_be_read_is_none_that_never_began(tmp_path: Path) -> None:
    sys.path.insert(0, str(CAMPAIGNS))
    from kills import identity

    (tmp_path / "shop.toml").write_text("")
    log = tmp_path / ".nightmill" / "log.sqlite"
    log.parent.mkdir()
    assert identity(tmp_path) == ""
    with closing(sqlite3.connect(log)) as db:
        assert identity(tmp_path) == ""
        db.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body BLOB, hash TEXT)")
        assert identity(tmp_path) == ""
        db.execute("INSERT INTO event VALUES (1, 'x', 'y')")
        db.commit()
        assert identity(tmp_path) == "y"
    log.write_bytes(log.read_bytes()[:4096] + b"\xff" * 8192)
    with pytest.raises(sqlite3.DatabaseError):
        identity(tmp_path)


def test_the_run_that_a_dying_start_was_putting_aside_is_not_resumed(tmp_path: Path) -> None:
    sys.path.insert(0, str(CAMPAIGNS))
    from kills import Campaign

    (tmp_path / "shop.toml").write_text("")
    journal = tmp_path / ".nightmill" / "world" / "journal.jsonl"
    journal.parent.mkdir(parents=True)
    journal.touch()
    life = Campaign(tmp_path, 1, 1, 1.0)
    assert not life._begun()
    with closing(sqlite3.connect(tmp_path / ".nightmill" / "log.sqlite")) as db:
        db.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body BLOB, hash TEXT)")
        db.execute("INSERT INTO event VALUES (1, 'x', 'y')")
        db.commit()
    assert life._begun()
    life.before = "y"
    assert not life._begun()


def test_a_shop_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    words = [sys.executable, str(CAMPAIGNS / "standby.py"), str(tmp_path / "nowhere")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    assert "no leader: error" in done.stderr
    assert "no such folder" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("campaign", ["kills.py", "network.py", "standby.py"])
def test_a_campaign_that_is_told_to_end_leaves_nobody_alive(shop: Path, campaign: str) -> None:
    sys.path.insert(0, str(CAMPAIGNS))
    from leaving import machines_of

    words = [sys.executable, str(CAMPAIGNS / campaign), str(shop), "--days", "30"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as told:
        while not machines_of(shop):
            assert told.poll() is None
            time.sleep(0.01)
        told.terminate()
        assert told.wait(300.0) == 128 + signal.SIGTERM
    deadline = time.monotonic() + 100.0
    while (alive := [pid for pid in machines_of(shop) if _lives(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert alive == []


@pytest.mark.slow
def test_a_standby_leads_when_the_leader_dies_and_when_it_stands_still(shop: Path) -> None:
    code, said = _campaign("standby.py", shop, "--falls", "4", "--days", "0.6")
    assert code == 0, said
    assert "0 violations" in said
    assert "killed: 2 failures" in said
    assert "stopped: 2 failures" in said


@pytest.mark.slow
def test_controllers_and_servers_share_one_log_in_a_database(shop: Path) -> None:
    sys.path.insert(0, str(CAMPAIGNS))
    from postgres_server import NoPostgres, programs

    try:
        programs()
    except NoPostgres as error:
        pytest.skip(str(error))
    code, said = _campaign("shared_log.py", shop, "--falls", "2", "--listeners", "3", "--days", "0.4")
    assert code == 0, said
    assert "lease: found a live run" in said
    assert "falls 2" in said


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["noisy", "partition", "clock", "disk"])
def test_a_run_goes_through_trouble_by_itself(shop: Path, trouble: str) -> None:
    """Never a violation; a full disk that a run may end too soon to meet is met by one of three runs."""
    met = "went on with the" if trouble == "disk" else "0 violations"
    for seed in ("3", "4", "5"):
        code, said = _campaign(
            "network.py", shop, "--trouble", trouble, "--partition", "600", "--hurry", "--seed", seed
        )
        if "skipped" in said:
            pytest.skip(said)
        assert code == 0, said
        assert trouble != "partition" or "went on with the cell 2 times" in said
        if met in said:
            return
    pytest.fail(f"no run met the trouble: {said}")


@pytest.mark.slow
def test_every_listener_hears_every_event_once_through_kills_of_the_server() -> None:
    code, said = _campaign("listeners.py", "--listeners", "40", "--kills", "2", "--seconds", "6")
    assert code == 0, said
    assert '"listeners": 40, "kills": 2' in said


@pytest.mark.slow
def test_the_whole_api_keeps_what_its_description_says() -> None:
    code, said = _campaign("api_calls.py", "--calls", "50", "--examples", "3", "--phases", "fuzzing")
    assert code == 0, said
    assert '"failures": 0' in said


@pytest.mark.slow
def test_acknowledged_events_survive_power_cuts() -> None:
    code, said = _campaign("power_loss.py", "--cuts", "60", "--seed", "7")
    assert code == 0, said


@pytest.mark.slow
def test_the_campaign_sees_what_a_sync_that_does_nothing_loses() -> None:
    code, said = _campaign("power_loss.py", "--cuts", "10", "--seed", "7", "--without-fsync")
    assert code == 1, said
    assert "acknowledged events are lost" in said


@pytest.mark.slow
def test_kills_with_the_log_in_a_database_that_is_killed_too(shop: Path) -> None:
    sys.path.insert(0, str(CAMPAIGNS))
    from postgres_server import NoPostgres, programs

    try:
        programs()
    except NoPostgres as error:
        pytest.skip(str(error))
    code, said = _campaign("kills.py", shop, "--kills", "20", "--seed", "6", "--postgres")
    assert code == 0, said
