"""The words that all rooms share: records, ids, units, events, commands, errors.

Imports nothing of ours and has no behaviour beyond the checks made when a value is built.
Its modules are imported directly (``from nightmill.vocabulary.plan import Plan``).
"""
