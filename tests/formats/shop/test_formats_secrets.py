import shutil
from pathlib import Path

import pytest

from nightmill.formats import copy_example, read_shop
from nightmill.formats.shop.secrets import has_password
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary.errors import BadInput


@pytest.mark.parametrize(
    ("url", "has"),
    [
        ("", False),
        ("postgresql://cell-7/nightmill", False),
        ("postgresql://anna@cell-7:5432/nightmill?sslmode=require", False),
        ("postgresql://anna:geheim@cell-7/nightmill", True),
        ("postgres://cell-7/nightmill?PassWord=geheim", True),
        ("postgresql:///nightmill?host=/tmp&sslpassword=x", True),
        ("postgresql://anna:gehe[im@cell-7/nightmill", True),
    ],
)
def test_a_password_in_a_url_is_found_wherever_it_stands(url: str, has: bool) -> None:
    assert has_password(url) is has


def test_a_shop_with_a_password_is_refused_and_the_password_not_repeated(tmp_path: Path) -> None:
    shop = copy_example(tmp_path / "shop")
    text = (shop / "shop.toml").read_text()
    (shop / "shop.toml").write_text(text + '\n[log]\nurl = "postgresql://anna:geheim@cell-7/nightmill"\n')
    for read in (whole_shop, read_shop):
        with pytest.raises(BadInput) as refused:
            read(shop)
        said = str(refused.value)
        assert "PGPASSFILE" in said
        assert "geheim" not in said
    shutil.rmtree(shop)
