"""Room ``plant``: the composition root and the control loop; the only place that wires rooms to adapters.

In: paths and settings from a person or the API. Out: results for the commands, a running shop, and views of that shop.
Never: computes what a room below can compute; sends anything before it is durable in the log.

Its sub-packages are its doors: ``run``, ``requests``, ``night``, ``views``, ``quoting``, ``analysis`` and others, each exporting the names
that other rooms use.
"""
