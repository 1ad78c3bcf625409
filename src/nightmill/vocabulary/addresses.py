"""Addresses of equipment: ``tcp://HOST:PORT`` or ``HOST:PORT``."""

import re

_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::([0-9]{1,5}))?/?")


def host_and_port(address: str, usual_port: int) -> tuple[str, int]:
    """Return host and port of an address; the usual port if it names none. Raises ``ValueError`` for anything else."""
    found = _ADDRESS.fullmatch(address)
    port = int(found[2] or usual_port) if found else 0
    if found is None or not 0 <= port < 65536:
        raise ValueError(f"{address!r} isn't HOST:PORT")
    return found[1].strip("[]"), port
