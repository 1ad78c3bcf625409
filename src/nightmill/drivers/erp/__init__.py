"""ERP systems over their HTTP interfaces: items, bills of material, stock and orders in; approved purchase orders out.

``pull`` returns the tables of a planning directory as CSV text by file name; ``push`` sends purchases as drafts that a
buyer confirms in the ERP; a purchase sent several times is created once. There is one module per system: ``erpnext``
(Frappe REST) and ``odoo`` (JSON-2 and JSON-RPC). ``recorded`` writes requests and answers into a contract file, which
tests replay.
"""

from nightmill.drivers.erp.contract import recorded, request_of
from nightmill.drivers.erp.erpnext import ErpNext
from nightmill.drivers.erp.odoo import Odoo
from nightmill.drivers.erp.port import Answer, Ask, Erp, Purchase, ask_over_http

__all__ = ["Answer", "Ask", "Erp", "ErpNext", "Odoo", "Purchase", "ask_over_http", "recorded", "request_of"]
