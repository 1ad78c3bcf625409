"""Answer ``nightmill buffers``: where a supply chain should hold stock."""

from pathlib import Path
from typing import Any

from nightmill.formats import read_document


def buffers_file(chain: Path) -> Any:
    """Return the answer of ``nightmill buffers``."""
    from nightmill.inventory import place_buffers, read_chain

    return place_buffers(read_chain(read_document(chain), str(chain)), file=str(chain))
