"""The event kernel: a factory as one block of words, and the few hundred lines that run it.

``schema`` is the one table of what a word means; ``columns`` (generated from it) gives each column its number;
``layout`` lays a ``Factory`` out; ``draws``, ``timers``, ``queues``, ``lots``, ``machines``, ``stops`` and ``events``
are the rules, in a subset of Python that numba also compiles; ``engine`` runs them either way.
"""
