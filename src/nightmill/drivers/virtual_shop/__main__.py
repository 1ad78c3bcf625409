"""``python -m nightmill.drivers.virtual_shop --shop DIR``: the world of a shop as a separate process.

``--spindles-at S`` replays a finished run instead, and prints the remaining life of its spindles at shop time S, for scoring.
If it can't run, it prints one JSON object ``{"findings": [...]}`` on stderr and exits with 2 (bad input) or 3 (environment).
"""

from nightmill.drivers.virtual_shop.server import main

if __name__ == "__main__":
    raise SystemExit(main())
