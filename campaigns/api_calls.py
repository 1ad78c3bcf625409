"""Run schemathesis on the whole API of a shop in the middle of a run: calls and failures.

``python campaigns/api_calls.py [--calls N] [--seconds T] [--seed S] [--role R]``: calls are sent over HTTP to a
separate server process until N have been made (default 20,000) or the time is over, with schemathesis' checks of
OpenAPI conformance, authentication and methods, in rounds with different seeds. An interrupted round counts up to its
last complete call. Prints one JSON line; exits with 1 if anything failed.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "plant"))
from desk_sample import write_shop

from nightmill.plant.requests import Access

SERVER = """
import sys
from pathlib import Path
import uvicorn
from nightmill.api import AppSettings, create_app
from nightmill.web.control_room.serve import listen
listener = listen(0)
fast = {role: (1e6, 1e6) for role in ("agent", "", "person")}
app = create_app(Path(sys.argv[1]), AppSettings(rates=fast))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
"""
LOCKED = ("missing_required_header", 429)
"""The sign-in answers 429 after five wrong passwords, whatever the headers are: this isn't a failure."""
CONFIG = """
[output.truncation]
enabled = false
"""


def main() -> int:
    """Run rounds until enough calls have been made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="end after this many seconds, however many calls were made"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", default="admin")
    parser.add_argument("--examples", type=int, default=60, help="cases per operation and round")
    parser.add_argument(
        "--phases", default="examples,coverage,fuzzing,stateful", help="schemathesis' phases in each round"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightmill-api-") as scratch:
        answer = _campaign(Path(scratch), options)
    print(json.dumps(answer))
    return 1 if answer["failures"] or answer["errors"] else 0


def _campaign(scratch: Path, options: argparse.Namespace) -> dict[str, Any]:
    shop = write_shop(scratch / "shop")
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(shop)], stdout=subprocess.PIPE, text=True)
    tally: Counter[str] = Counter()
    seen: list[str] = []
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/openapi.json"
        seed, ends = options.seed, time.monotonic() + options.seconds
        while tally["calls"] < options.calls and time.monotonic() < ends:
            token = Access(shop).issue("fuzz", options.role, hours=24).token
            _round(scratch, url, token, seed, options, ends, tally, seen)
            seed += 1
            if server.poll() is not None:
                tally["errors"] += 1
                seen.append(f"the server ended with {server.returncode}")
                break
    finally:
        server.terminate()
        server.wait(20)
    return {
        "calls": tally["calls"], "failures": tally["failures"], "errors": tally["errors"], "rounds": tally["rounds"],
        "operations": tally["operations"] // max(1, tally["rounds"]), "seen": seen[:20],
    }  # fmt: skip


def _round(
    scratch: Path,
    url: str,
    token: str,
    seed: int,
    options: argparse.Namespace,
    ends: float,
    tally: Counter[str],
    seen: list[str],
) -> None:
    report = scratch / f"round-{seed}.ndjson"
    (scratch / "schemathesis.toml").write_text(CONFIG)
    words = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(scratch / "schemathesis.toml"), "run", url,
        "-H", f"Authorization: Bearer {token}", "-n", str(options.examples), "--seed", str(seed), "--continue-on-failure",
        "--phases", options.phases, "--report", "ndjson", "--report-ndjson-path", str(report),
        "--request-timeout", "60", "--suppress-health-check", "all", "--no-color",
        "--warnings", "off",
    ]  # fmt: skip
    environment = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(scratch / "hypothesis")}
    left_s = None if math.isinf(ends) else max(1.0, ends - time.monotonic())
    round_ = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=scratch
    )
    try:
        said, _ = round_.communicate(timeout=left_s)
        cut_short = False
    except subprocess.TimeoutExpired:
        round_.kill()
        said, _ = round_.communicate()
        cut_short = True
    tally["rounds"] += 1
    before = tally["calls"]
    whole = (
        report.read_text().split("\n")[:-1] if report.exists() else []
    )  # the output of an interrupted round ends with half a line
    for line in whole:
        _count(json.loads(line), tally, seen)
    if tally["calls"] == before and not cut_short:
        tally["errors"] += 1
        tally["calls"] += 10**9
        seen.append(said[-2000:])
    if round_.returncode not in {0, 1} and not cut_short:
        tally["errors"] += 1
        seen.append(said[-1500:])


def _count(event: dict[str, Any], tally: Counter[str], seen: list[str]) -> None:
    """Count one event in schemathesis' report."""
    if "NonFatalError" in event:
        tally["errors"] += 1
        seen.append(str(event["NonFatalError"].get("value"))[:500])
    if "EngineStarted" in event or "ScenarioFinished" not in event:
        return
    found = event["ScenarioFinished"]["recorder"]
    made = found.get("interactions", {})
    tally["calls"] += len(made)
    tally["operations"] += event["ScenarioFinished"]["phase"] == "fuzzing"
    for case, checks in found.get("checks", {}).items():
        for check in checks:
            answer = (made[case].get("response") or {}).get("status_code") if case in made else None
            if check["status"] != "success" and (check["name"], answer) != LOCKED:
                tally["failures"] += 1
                asked = made[case]["request"] if case in made else {}
                seen.append(f"{found.get('label')}: {check['name']}: {asked.get('method')} {asked.get('uri')}"[:400])


if __name__ == "__main__":
    sys.exit(main())
