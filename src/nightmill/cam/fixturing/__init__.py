"""Workholding: vise, soft jaws, frame plates, chucks, and checks that they hold."""
