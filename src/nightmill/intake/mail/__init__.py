"""Mail text: threads, tables, numbers."""
