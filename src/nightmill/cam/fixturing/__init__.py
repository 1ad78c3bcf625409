"""Workholding: vise, soft jaws, frame plates, chucks, and whether they hold."""
