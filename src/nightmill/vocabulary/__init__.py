"""The vocabulary shared by all rooms: records, ids, units, events, commands and errors.

It imports no other room and has no behaviour except the checks made when a value is built.
Its modules are imported directly (``from nightmill.vocabulary.plan import Plan``).
"""
