"""What a change would make of the shop's future."""
