"""Reference for ``shop.toml``, for people (Markdown) and programs (JSON Schema), generated from the structs with which it is read."""

from typing import Any

import msgspec

from nightmill.formats.shop.shop_toml import (
    CribTable,
    EconomyTable,
    FinishingTable,
    FixtureTable,
    HandlingTable,
    LogTable,
    MachineTable,
    MaintenanceTable,
    PartTable,
    QualityTable,
    RequirementTable,
    ShiftTable,
    ShopFile,
    ShopTable,
    SiteTable,
    TechnicianTable,
    ThreadTable,
    ToolTable,
)
from nightmill.formats.shop.toml_tables import as_toml, example, expectation
from nightmill.vocabulary.planner_params import SearchParams, StockParams, UncutBudget

_TABLES = (
    ShopTable, MachineTable, ShiftTable, TechnicianTable, ToolTable, CribTable, EconomyTable, HandlingTable, FixtureTable, MaintenanceTable, QualityTable,
    LogTable, SiteTable, StockParams, UncutBudget, SearchParams, PartTable, RequirementTable, ThreadTable, FinishingTable,
)  # fmt: skip


def shop_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``shop.toml``; date-times are text, as in JSON."""
    schema: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(ShopFile)))
    return schema


def shop_reference() -> str:
    """Return Markdown tables of all keys in ``shop.toml`` and ``parts/NAME.toml``: meaning, value, unit, default, example."""
    return "\n".join(_section(table) for table in _TABLES)


def _section(table: type[msgspec.Struct]) -> str:
    title, _, about = (table.__doc__ or "").replace("``", "`").partition(": ")
    lines = [f"### {title}", "", about[:1].upper() + about[1:], ""]
    lines += ["| key | meaning | value | default | example |", "| --- | --- | --- | --- | --- |"]
    for field in msgspec.structs.fields(table):
        about = str(msgspec.json.schema(field.type).get("description", "")).replace("``", "`")
        if not about or "$ref" in str(msgspec.json.schema(field.type)):
            continue
        default = "**required**" if field.required else _default(field)
        lines.append(f"| `{field.name}` | {about} | {expectation(field.type)} | {default} | `{example(field.type)}` |")
    return "\n".join(lines) + "\n"


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return "none" if value is None else f"`{as_toml(value)}`"
