"""Room ``formats``: read shop folders, CSV folders and images from disk into checked records, and write them back.

In: paths that a person gave. Out: a ``Shop``, texts by file name, pixel arrays, complete files.
All mistakes are reported at once, as ``BadInput`` with file, place, the value found, the value expected and the remedy.
Never: geometry (only the first line of a STEP file is read), planning, ``world.toml``, the network.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.formats import aas
    from nightmill.formats.atomic_write import write_atomic
    from nightmill.formats.b2mml.operations import b2mml_documents
    from nightmill.formats.b2mml.shop import shop_from_b2mml
    from nightmill.formats.images import decode_image, read_image
    from nightmill.formats.ocel import ocel_log
    from nightmill.formats.shop.example import copy_example
    from nightmill.formats.shop.folder import read_shop, shop_hash
    from nightmill.formats.shop.magazine_board import board_report
    from nightmill.formats.shop.threads import thread_asked
    from nightmill.formats.tables.arrow import read_document, read_tables
    from nightmill.formats.tables.workbooks import write_tables

__all__ = [
    "aas",
    "b2mml_documents",
    "board_report",
    "copy_example",
    "decode_image",
    "ocel_log",
    "read_document",
    "read_image",
    "read_shop",
    "read_tables",
    "shop_from_b2mml",
    "shop_hash",
    "thread_asked",
    "write_atomic",
    "write_tables",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
