"""Room ``plant``: the composition root and the control loop; the only place that wires rooms to adapters.

In: paths and settings that a person or the API gave. Out: answers of the commands, and a shop that is run.
Never: computes what a room below can compute; sends anything that isn't durable in the log first.
"""
