"""ERP systems over their HTTP interfaces: items, bills of material, stock and orders in; approved purchase orders out.

``pull`` gives the tables of a planning directory as CSV text by file name; ``push`` sends purchases as drafts that a
buyer confirms there, each once however often it is sent. One file a system: ``erpnext`` (Frappe REST), ``odoo`` (JSON-RPC).
"""

from nightmill.connect.erp.erpnext import ErpNext
from nightmill.connect.erp.odoo import Odoo
from nightmill.connect.erp.port import Ask, Erp, Purchase, ask_over_http

__all__ = ["Ask", "Erp", "ErpNext", "Odoo", "Purchase", "ask_over_http"]
