"""Read and write tables in files: CSV, workbooks, Arrow, XML."""
