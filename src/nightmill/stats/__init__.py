"""Statistics shared by several packages.

In: numbers. Out: means, quantiles, fits, Gaussian processes. Never: a file, a clock, or a random number without a fixed seed.
"""
