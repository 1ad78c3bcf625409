"""The event kernel: a factory as one block of words, and the few hundred lines of code that run it.

``schema`` is the single table of word meanings; ``columns`` (generated from it) gives each column its number;
``encode`` lays a ``Factory`` out; ``random_draws``, ``event_queue``, ``queues``, ``lots``, ``machines``, ``lifecycle`` and
``events`` are the rules, in a subset of Python that numba also compiles; ``replication`` runs them either way.
"""
