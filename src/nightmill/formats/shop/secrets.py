"""Refuse a shop whose tables contain a secret, since the tables are copied, archived and displayed. The error doesn't repeat the secret."""

from urllib.parse import parse_qsl, urlsplit

from nightmill.formats.findings import Findings
from nightmill.formats.shop.shop_toml import ShopFile

_SECRET_WORDS = frozenset({"password", "sslpassword"})
"""Parameters of a connection URI that are secrets (PostgreSQL 16, 34.1.2)."""


def check_secrets(file: ShopFile, findings: Findings) -> None:
    """Add a finding if ``[log] url`` holds a password."""
    if has_password(file.log.url):
        remedy = "Remove it, and give it in PGPASSWORD or in a file of mode 600 named by PGPASSFILE. Change it, too: it was readable here."
        findings.add("shop.toml", "[log] url", "a password in the URL", "a URL without a password", remedy)


def has_password(url: str) -> bool:
    """Whether a connection URI holds a password: before the host, or as a parameter. A URI that can't be parsed counts as holding one."""
    try:
        parts = urlsplit(url)
        words = {name.casefold() for name, value in parse_qsl(parts.query) if value}
        if not parts.scheme:  # keyword=value pairs, which libpq accepts too
            words |= {each.partition("=")[0].strip().casefold() for each in url.split()}
        return ":" in parts.netloc.rpartition("@")[0] or bool(words & _SECRET_WORDS)
    except ValueError:
        return "@" in url
