"""The live page: its files, and the server that serves it."""
