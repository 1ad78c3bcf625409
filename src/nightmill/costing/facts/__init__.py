"""Dated, sourced, graded facts about sites: their kinds, reading, and a user's own."""
