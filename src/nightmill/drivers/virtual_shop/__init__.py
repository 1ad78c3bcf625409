"""The virtual shop: a stand-in for reality, with its own process and its own journal.

In: ``shop.json`` and ``world.toml`` (hidden truth), commands and times to advance to. Out: reports, images, and a
journal from which an independent checker can judge what the machines really did. Never: is imported by another room, or
reveals its truth. A controller talks to the virtual shop over a socket, as it would to a real cell.
"""

from nightmill.drivers.virtual_shop.hidden_parameters import Truth, read_truth
from nightmill.drivers.virtual_shop.world import LivingWorld, Start, World, world_folder

__all__ = ["LivingWorld", "Start", "Truth", "World", "read_truth", "world_folder"]
