"""Audit a shop's log, archive the shop, restore it."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.integrity.archive import archive_shop, restore_shop
    from nightmill.plant.integrity.audit import audit_shop, sign_shop

__all__ = [
    "archive_shop",
    "audit_shop",
    "restore_shop",
    "sign_shop",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
