"""Room ``plant``: the composition root and the control loop; the only place that wires rooms to adapters.

In: paths and settings from a person or the API. Out: answers for the commands, a running shop, and views of it.
Never: computes what a room below can compute; sends anything that isn't durable in the log first.

Its sub-packages are its doors: ``run``, ``requests``, ``night``, ``views``, ``quoting``, ``analysis`` and others, each with the names
that other rooms use.
"""
