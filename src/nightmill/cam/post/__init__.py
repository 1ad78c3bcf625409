"""Posts: programs in the words of a control, and feeds changed in them."""
