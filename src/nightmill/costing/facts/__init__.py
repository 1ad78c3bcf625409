"""Dated, sourced, graded facts about sites: fact kinds, reading facts, and users' own facts."""
