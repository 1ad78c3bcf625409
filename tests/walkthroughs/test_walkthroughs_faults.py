"""Faults around a run: a full disk, a second run, a kill. A clear word, a safe hold, and nothing lost."""

import json
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "campaigns"))

from asking import failing, nightmill, until
from invariants import judge
from kills import identity

from nightmill.drivers import DirectCell
from nightmill.store.sqlite import RESERVE_BYTES


def _limited(shop: Path, limit: int, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command whose files can't grow beyond ``limit`` bytes, as on a disk without room."""
    return subprocess.run(
        [sys.executable, "-m", "nightmill", *words, str(shop), "--json"],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("limit_kib", [100, 300])
def test_a_full_disk_is_a_safe_hold_and_the_run_goes_on_with_room(shop: Path, limit_kib: int) -> None:
    (shop / ".nightmill" / "log.sqlite.reserve").write_bytes(bytes(RESERVE_BYTES))
    held = _limited(shop, limit_kib << 10, "run", "--days", "1")
    assert held.returncode == 3, (held.stdout[-800:], held.stderr[-800:])
    assert "Traceback" not in held.stderr
    finding = json.loads(held.stdout)["error"]["findings"][0]
    assert "space" in finding["remedy"]
    assert nightmill("audit", shop)["ok"]
    # the virtual shop has inherited the limit; its next life has none
    DirectCell.attach(shop).shutdown()
    assert nightmill("run", shop, "--resume")["good"] >= 4
    assert nightmill("audit", shop)["ok"]
    assert not judge(shop)


@pytest.mark.slow
def test_a_live_run_is_left_alone_and_a_killed_one_asks(shop: Path) -> None:
    words = [sys.executable, "-m", "nightmill", "run", str(shop), "--days", "0.2", "--pace", "2000"]
    live = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    try:
        until(lambda: identity(shop), live)
        live.send_signal(signal.SIGSTOP)  # so that it doesn't end while others are refused
        second = failing("run", shop, code=3)
        assert "live run" in second[0]["found"]
        assert failing("run", shop, "--fresh", code=3)
        assert live.poll() is None
    finally:
        live.kill()
        live.wait()
    assert "--resume" in failing("run", shop)[0]["remedy"]
    orders = (shop / "orders.csv").read_text()
    (shop / "orders.csv").write_text(orders + "A-3,bracket,1,2026-11-04\n")
    assert "changed" in failing("run", shop, "--resume")[0]["found"]
    (shop / "orders.csv").write_text(orders)
    assert nightmill("run", shop, "--resume")["orders"] == 2
    assert nightmill("audit", shop)["ok"]
    assert not judge(shop)


@pytest.mark.slow
def test_a_port_in_use_is_named(shop: Path) -> None:
    nightmill("run", shop, "--days", "0.05")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "nightmill", "serve", str(shop), "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 3
    assert f"port {port}" in done.stderr
    assert "Traceback" not in done.stderr
