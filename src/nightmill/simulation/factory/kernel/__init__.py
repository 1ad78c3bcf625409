"""The event kernel: a factory as one block of words, and the few hundred lines of code that run it.

``schema`` is the single table of word meanings; ``columns`` (generated from it) gives each column its number;
``encode`` lays out a ``Factory``; ``random_draws``, ``event_queue``, ``queues``, ``lots``, ``machines``, ``lifecycle`` and
``events`` are the rules, in a subset of Python that numba can compile; ``replication`` runs them compiled or as plain Python.
"""
