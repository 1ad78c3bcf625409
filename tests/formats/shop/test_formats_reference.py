import json
from pathlib import Path

from nightmill.formats.shop.reference import shop_reference, shop_schema

DOCS = Path(__file__).parents[3] / "docs"


def test_docs_hold_every_key() -> None:
    assert shop_reference() in (DOCS / "shop.md").read_text()


def test_schema_file_is_current() -> None:
    assert json.loads((DOCS / "shop.schema.json").read_text()) == shop_schema()
