"""Library: the functions of ``import nightmill as nm`` for engineers and data scientists, one for each task of a room.

In: paths of STEP files, shops and tables; data frames and Arrow tables; a ``Model`` built in a few lines. Out: the records of the rooms,
with ``to_arrow()``, ``to_frame()`` and, if useful, plots. Never: keeps state between calls, or does anything that the command line can't.
"""
