"""The text of a mail: threads, tables, numbers."""
