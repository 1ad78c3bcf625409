"""The simulator of a shop: machines, people, pallets, tools, transport."""
