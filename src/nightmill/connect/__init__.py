"""Room ``connect``: ways to the machines, one module a protocol, all behind ``floor``'s port ``Cell``.

In: a shop folder and commands. Out: acknowledgements, reports, images; a world started, found again or ended.
Never: decides anything; looks into the virtual shop, which lives in a process of its own and is imported by nobody.
"""

from nightmill.connect.direct import DirectCell, start_world, world_exists

__all__ = ["DirectCell", "start_world", "world_exists"]
