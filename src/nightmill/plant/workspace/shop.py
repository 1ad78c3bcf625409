"""Read a shop folder with its tools and materials as the plant uses it."""

from pathlib import Path

from nightmill.formats import read_shop
from nightmill.vocabulary.shop import Shop


def whole_shop(folder: Path) -> Shop:
    """Return the shop in ``folder``, with its materials registered with ``cam``; if it lists no tools of its own, with the
    default tools, stocked according to its ``[crib]``.
    """
    from nightmill.cam import default_tools, materials

    known = materials()
    words = [one.name for one in known] + [word for one in known for word in (*one.aliases, one.group)]
    return read_shop(folder, default_tools=default_tools(), known_materials=words)
