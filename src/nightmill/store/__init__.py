"""Room ``store``: the event log on disk.

In: events to append with the version they were decided on. Out: the same events in order, for ever.
Never: interprets an event beyond its number, its hash and the id of the command it issues.
"""

from nightmill.store.audit import AuditAnswer, AuditProblem, audit_log
from nightmill.store.sqlite import LogBusy, SqliteEventStore

__all__ = ["AuditAnswer", "AuditProblem", "LogBusy", "SqliteEventStore", "audit_log"]
