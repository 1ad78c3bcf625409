"""Room ``store``: the event log on disk or in a database, and the telemetry in Parquet files next to it.

In: events to append, with the log version on which they were decided; samples of signals. Out: the same events in order, for ever; signal
histories. Never: interprets an event beyond its number, its hash, the id of the command that it issues and its index entries.
"""

from nightmill.store.archive import export_log, read_archive, write_archive
from nightmill.store.audit import AuditAnswer, audit_log
from nightmill.store.lease import STALL_S, LogBusy
from nightmill.store.opening import AnyStore, LogPlace, open_store, stand_by
from nightmill.store.postgres import PostgresEventStore
from nightmill.store.sqlite import SqliteEventStore
from nightmill.store.telemetry_history import TelemetryHistory
from nightmill.store.telemetry_store import TelemetryLane

__all__ = [
    "STALL_S",
    "AnyStore",
    "AuditAnswer",
    "LogBusy",
    "LogPlace",
    "PostgresEventStore",
    "SqliteEventStore",
    "TelemetryHistory",
    "TelemetryLane",
    "audit_log",
    "export_log",
    "open_store",
    "read_archive",
    "stand_by",
    "write_archive",
]
