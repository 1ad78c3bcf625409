"""The files of a shop folder, checked and turned into records."""
