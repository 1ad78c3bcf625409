"""Import and export the formats of other programs: OCEL, AAS, B2MML, QIF, AS9102, order books, tool libraries, ERP."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.interop.erp_purchasing import PurchaseDecisions, buy_folder, erp_system, pull_erp
    from nightmill.plant.interop.ocel_aas_b2mml import export_aas, export_b2mml, export_ocel, import_b2mml
    from nightmill.plant.interop.order_book_import import import_orders
    from nightmill.plant.interop.plan_export import check_out, write_plan
    from nightmill.plant.interop.qif_as9102 import export_as9102, export_qif
    from nightmill.plant.interop.tool_library_import import import_tools

__all__ = [
    "PurchaseDecisions",
    "buy_folder",
    "check_out",
    "erp_system",
    "export_aas",
    "export_as9102",
    "export_b2mml",
    "export_ocel",
    "export_qif",
    "import_b2mml",
    "import_orders",
    "import_tools",
    "pull_erp",
    "write_plan",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
