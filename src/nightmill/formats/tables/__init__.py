"""Tables in files: CSV, workbooks, Arrow, XML."""
