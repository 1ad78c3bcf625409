"""The effect of a change on the shop's future."""
