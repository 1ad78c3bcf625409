"""Files: shop folders, CSV directories and pictures, from disk to checked records and back.

In: paths that a person named. Out: a ``Shop``, texts by file name, pixel arrays, files written whole.
Everything that is wrong is said at once, as ``BadInput`` with file, place, what was found, expected and to be done.
Never: geometry (a STEP file is only looked at for its first line), planning, ``world.toml``, the network.
"""

from nightmill.files import aas
from nightmill.files.atomic import write_atomic
from nightmill.files.b2mml_operations import b2mml_documents
from nightmill.files.b2mml_shop import shop_from_b2mml
from nightmill.files.board import board_report
from nightmill.files.example import copy_example
from nightmill.files.images import decode_image, read_image
from nightmill.files.ocel import ocel_log
from nightmill.files.sheets import write_tables
from nightmill.files.shop_folder import read_shop, shop_hash
from nightmill.files.tables import read_document, read_tables
from nightmill.files.threads import thread_asked

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
