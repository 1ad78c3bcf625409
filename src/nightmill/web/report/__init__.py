"""The report of a run and the page of a plan, each as one file."""
