"""Read a shop folder as one checked record, and compute its hash."""

import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from nightmill.formats.findings import Findings
from nightmill.formats.shop.batch_processes import place_treatments
from nightmill.formats.shop.rows import MOST_STEP_BYTES, Book, check_fixtures, check_materials, read_book
from nightmill.formats.shop.secrets import check_secrets
from nightmill.formats.shop.tables import (
    economy,
    fixtures,
    process_units,
    read_clock,
    read_shop_file,
    shifts,
    technicians,
    tool_stocks,
    work_units,
)
from nightmill.vocabulary import validation
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.ordinary_files import is_there, open_ordinary
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import Shop, Site

SHOP_FILES = (
    "shop.toml", "orders.csv", "items.csv", "bom.csv", "stock.csv", "receipts.csv", "demand.csv", "history.csv",
    "suppliers.csv", "sites.toml",
)  # fmt: skip
BESIDE = ("alarms.toml", "approvals.toml", "failure_modes.toml", "modbus.toml", "robots.toml", "world.toml")
"""Other files of a shop folder, which other rooms read."""


def read_shop(
    folder: Path,
    *,
    known_materials: Collection[str] | None = None,
    default_tools: Sequence[Tool] | None = None,
    book: bool = True,
    orders: bool = True,
) -> Shop:
    """Read the shop that a folder describes (``docs/shop.md``).

    ``known_materials``: names and aliases of materials that can be planned; if not given, materials aren't checked.
    ``default_tools``: the crib for a shop that lists no tools; if omitted, ``Shop.tools`` is empty for such a shop.
    ``book``: if false, only shop.toml is read and checked, and parts, orders, items and tables stay empty;
    ``orders``: if false, orders.csv is not read.
    Raises ``BadInput`` with all findings of all files at once; ``world.toml`` is never read.
    """
    if not folder.is_dir():
        raise BadInput(
            Finding(str(folder), "", "no such folder", "a shop folder", "Give the folder that holds shop.toml.")
        )
    findings = Findings()
    _check_spelling(folder, findings)
    file = read_shop_file(folder, findings)
    check_secrets(file, findings)
    clock = read_clock(file, findings)
    tools = tool_stocks(file, default_tools, findings)
    numbers = {stock.tool.number for stock in tools} if tools else None
    units = work_units(file, known_materials, findings)
    tables = read_book(folder, clock, file.shop.material, numbers, findings, orders=orders) if book else Book()
    check_materials(tables, file.shop.material, known_materials, findings)
    presence = shifts(file, findings)
    service = technicians(file, findings)
    kinds = fixtures(file, findings)
    check_fixtures(tables, {kind.id for kind in kinds}, findings)
    place_treatments(tables, process_units(file), presence, findings)
    rates = economy(file, known_materials, findings)
    findings.raise_any()
    return Shop(
        name=file.shop.name,
        start=clock.start,
        time_zone=file.shop.time_zone,
        currency=file.shop.currency,
        country=file.shop.country,
        work_units=units,
        shifts=presence,
        tools=tools,
        parts=tuple(tables.parts.values()),
        orders=tuple(tables.orders),
        items=tuple(tables.items.values()),
        bom=tuple(tables.bom),
        receipts=tuple(tables.receipts),
        economy=rates,
        pallets=file.handling.pallets,
        mount_s=file.handling.mount_s,
        dismount_s=file.handling.dismount_s,
        maintenance_s=file.maintenance.stop_s,
        maintenance_interval_h=file.maintenance.interval_h,
        repair_s=file.maintenance.repair_s,
        measure_every=file.quality.measure_every,
        history=tuple(tables.history),
        policy=dict(file.policy),
        technicians=service,
        fixtures=kinds,
        planner=file.planner,
        site=Site(file.shop.uri, file.shop.street, file.shop.zip_code, file.shop.city),
    )


def _check_spelling(folder: Path, findings: Findings) -> None:
    """Findings for misspelt file names: Orders.csv would not be read as the order book, and nobody would notice."""
    wanted = {validation.skeleton(name).casefold(): name for name in (*SHOP_FILES, *BESIDE, "parts")}
    there = sorted(os.listdir(folder))
    for name in there:
        meant = wanted.get(validation.skeleton(name).casefold(), "")
        if meant and name != meant and meant not in there:
            findings.add(name, "", f"{name!r}, a file name that would be ignored", meant, f"Rename it to {meant}.")


def shop_hash(folder: Path, *, without: Collection[str] = ()) -> str:
    """SHA-256 over the shop's own files: names and contents, in order of name; ``without`` the files of these parts.
    ``world.toml`` is excluded because the controller must not read it, and ``.nightmill/`` because the controller itself writes there.
    Raises ``BadInput`` for anything that is not an ordinary file, ``EnvironmentFailed`` if a file can't be read.
    """
    digest = hashlib.sha256()
    for name, path in _hashed_files(folder):
        if path.parent.name == "parts" and path.stem in without:
            continue
        try:
            with open_ordinary(path, MOST_STEP_BYTES, name) as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            found, expected = error.strerror or str(error), "a file that can be read"
            raise EnvironmentFailed(
                Finding(name, "", found, expected, "Check the disk and its permissions.")
            ) from error
        digest.update(os.fsencode(f"{name}\n{content}\n"))
    return digest.hexdigest()


def _hashed_files(folder: Path) -> Iterator[tuple[str, Path]]:
    parts = folder / "parts"
    found = {name: folder / name for name in SHOP_FILES if is_there(folder / name)}
    for path in parts.iterdir() if parts.is_dir() else ():
        if path.suffix.lower() in (".step", ".stp", ".toml") and not path.name.startswith("."):
            found[f"parts/{path.name}"] = path
    yield from sorted(found.items())
