"""``python -m nightmill.drivers.virtual_shop --shop DIR``: the world of a shop as a separate process.

``--spindles-at S`` replays a finished life instead, and prints the remaining life of its spindles at shop time S, for scoring.
If it can't run, it prints one JSON object ``{"findings": [...]}`` on stderr and exits with 2 (bad input) or 3 (environment).
"""

import argparse
import sys
from pathlib import Path

import msgspec

from nightmill.drivers.protocols import IDLE_S
from nightmill.drivers.virtual_shop.measuring import spindles_left_s
from nightmill.drivers.virtual_shop.server import WorldServer
from nightmill.drivers.virtual_shop.tool_life import world_folder
from nightmill.vocabulary.errors import NightmillError


def main() -> int:
    """Serve the world until told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m nightmill.drivers.virtual_shop", description=__doc__)
    parser.add_argument("--shop", type=Path, required=True, help="the shop's folder")
    parser.add_argument(
        "--idle-s", type=float, default=IDLE_S, help="exit after this many seconds without a controller"
    )
    parser.add_argument("--parent", type=int, default=0, help="exit when the process with this id ends")
    parser.add_argument(
        "--spindles-at", type=float, help="only print the seconds that each spindle has left at this shop time"
    )
    options = parser.parse_args()
    try:
        shop: Path = options.shop
        if options.spindles_at is not None:
            left = spindles_left_s(world_folder(shop), options.spindles_at)
            sys.stdout.write(msgspec.json.encode(left).decode() + "\n")
            return 0
        WorldServer(world_folder(shop), shop / "world.toml", idle_s=options.idle_s, parent=options.parent).serve()
    except NightmillError as error:
        findings = [msgspec.to_builtins(finding) for finding in error.findings]
        sys.stderr.write(msgspec.json.encode({"findings": findings}).decode() + "\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
