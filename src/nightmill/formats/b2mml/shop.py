"""Write the contents of B2MML documents as the files of a shop folder."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from nightmill.formats.b2mml.read import B2mml, read_b2mml
from nightmill.formats.shop.toml_tables import as_toml
from nightmill.vocabulary.csv_text import csv_text
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import CUTTERS


class ImportedShop(msgspec.Struct, frozen=True):
    """A shop folder's ``texts`` by path, a summary of their contents, and the data still ``missing``.
    ``ignored`` counts elements for which a shop folder has no place; ``renamed`` holds ids that can't be file names.
    """

    texts: dict[str, str]
    machines: int
    parts: tuple[str, ...]
    orders: int
    missing: tuple[str, ...]
    ignored: dict[str, int]
    renamed: dict[str, str]


def shop_from_b2mml(
    documents: Mapping[str, bytes], *, name: str, kinds: Mapping[str, str], start: str, time_zone: str, material: str
) -> ImportedShop:
    """Return the shop folder that B2MML documents (by file name) describe. Raises ``BadInput`` with all mistakes.
    ``name`` is used if no Site has one, ``start`` instead of the documents' start, ``material`` for parts without one.
    """
    found = read_b2mml(documents, kinds)
    begins = start or found.start
    if not begins:
        raise BadInput(Finding("--start", "", "no start in the documents", "a date-time", "Give --start."))
    missing = [f"parts/{part.name}.step" for part in found.parts]
    if not any(machine.kind in CUTTERS for machine in found.machines):
        missing.append("shop.toml: [[machines]] of kind mill or lathe")
    if not material:
        missing += [f"parts/{part.name}.toml: material" for part in found.parts if not part.material]
    return ImportedShop(
        texts=shop_texts(found, name=name, start=begins, time_zone=time_zone, material=material),
        machines=len(found.machines),
        parts=tuple(part.name for part in found.parts),
        orders=len(found.orders),
        missing=tuple(missing),
        ignored=found.ignored,
        renamed=found.renamed,
    )


def shop_texts(found: B2mml, *, name: str, start: str, time_zone: str, material: str) -> dict[str, str]:
    """Return the files by their path in the folder; keys that B2MML can't express are left to the defaults of docs/shop.md."""
    head = {"name": found.site or name, "start": start, "time_zone": time_zone}
    if material:
        head["material"] = material
    lines = ["[shop]", *(f"{key} = {as_toml(value)}" for key, value in head.items())]
    for machine in found.machines:
        lines += ["", "[[machines]]", f"id = {as_toml(machine.id)}", f"kind = {as_toml(machine.kind)}"]
        lines.append(f"work_center = {as_toml(machine.work_center)}")
        lines += [f"{key} = {_number(value)}" for key, value in machine.values.items()]
    texts = {"shop.toml": "\n".join(lines) + "\n"}
    for part in found.parts:
        said = {"material": part.material, "blank_item": part.blank}
        written = "".join(f"{key} = {as_toml(value)}\n" for key, value in said.items() if value)
        texts[f"parts/{part.name}.toml"] = written or "# nothing beyond the STEP file\n"
    columns = ("order", "item", "quantity", "due", "release", "priority")
    texts["orders.csv"] = _csv(
        columns, ((o.id, o.item, o.quantity, o.due, o.release, o.priority) for o in found.orders)
    )
    if found.bom:
        texts["bom.csv"] = _csv(("parent", "child", "qty"), found.bom)
    made = {part.name for part in found.parts}
    items = dict.fromkeys((*(child for _, child, _ in found.bom), *found.stock))
    if items:
        texts["items.csv"] = _csv(("item", "source"), ((item, "make" if item in made else "buy") for item in items))
    if found.stock:
        texts["stock.csv"] = _csv(("item", "on_hand"), found.stock.items())
    return texts


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return csv_text([columns, *rows])


def _number(value: float | tuple[float, float, float]) -> str:
    """Return a number, or three, with all its digits."""
    return f"[{', '.join(map(repr, value))}]" if isinstance(value, tuple) else repr(value)
