"""Room ``store``: the event log on disk or in a database.

In: events to append with the version they were decided on. Out: the same events in order, for ever.
Never: interprets an event beyond its number, its hash, the id of the command it issues and the index it belongs in.
"""

from nightmill.store.archive import Manifest, export_log, read_archive, write_archive
from nightmill.store.audit import AuditAnswer, AuditProblem, audit_log
from nightmill.store.lease import STALL_S, LogBusy
from nightmill.store.opening import AnyStore, LogPlace, open_store, stand_by
from nightmill.store.postgres import PostgresEventStore
from nightmill.store.sqlite import SqliteEventStore

__all__ = [
    "STALL_S",
    "AnyStore",
    "AuditAnswer",
    "AuditProblem",
    "LogBusy",
    "LogPlace",
    "Manifest",
    "PostgresEventStore",
    "SqliteEventStore",
    "audit_log",
    "export_log",
    "open_store",
    "read_archive",
    "stand_by",
    "write_archive",
]
