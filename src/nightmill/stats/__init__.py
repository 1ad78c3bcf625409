"""Statistics shared by several packages.

Inputs: numbers. Outputs: means, quantiles, fits, Gaussian processes. Never: a file, a clock, or a random number without a fixed seed.
"""
