"""Library: what ``import nightmill as nm`` offers to engineers and data scientists, one function for each thing a room does.

In: paths of STEP files, shops and tables; data frames and Arrow tables; a ``Model`` built in a few lines. Out: the records of the rooms,
with ``to_arrow()``, ``to_frame()`` and plots where people would look. Never: keeps a state between calls, or does what the command line can't.
"""
