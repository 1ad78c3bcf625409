"""Statistics that several rooms use, each once.

In: numbers. Out: means, quantiles, fits, Gaussian processes. Never: a file, a clock, a random number that no seed fixes.
"""
