"""Decisions from costs: where to make parts, which to reshore, how to split volume, and which facts would change the answer."""
