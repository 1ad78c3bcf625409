"""The vocabulary that all rooms share: records, ids, units, events, commands, errors.

Imports no other room and has no behaviour beyond the checks made when a value is built.
Its modules are imported directly (``from nightmill.vocabulary.plan import Plan``).
"""
