"""Addresses of equipment: ``tcp://HOST:PORT`` or ``HOST:PORT``."""

from urllib.parse import urlsplit


def host_and_port(address: str, usual_port: int) -> tuple[str, int]:
    """Return host and port of an address; the usual port if it names none. Raises ``ValueError`` for anything else."""
    found = urlsplit(address if "//" in address else f"//{address}")
    if not found.hostname or found.path not in ("", "/") or found.query or found.fragment:
        raise ValueError(f"{address!r} isn't HOST:PORT")
    return found.hostname, found.port or usual_port
