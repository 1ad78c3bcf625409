"""Random numbers by stream, and draws from the probability distributions.

Draw ``n`` of a stream is a hash of its key and ``n`` (SplitMix64: Steele, Lea & Flood, OOPSLA 2014), so that another policy or
an added machine changes no other draws. All 64-bit arithmetic wraps: natively when compiled, in plain Python by means of the
mask in the header.
"""

from math import exp, log, sqrt

from nightmill.simulation.factory.kernel.columns import LAW, LAW_A, LAW_B, LAW_C, LAW_COUNT, LAW_TABLE, MASK

Ints = list[int]
Floats = list[float]

GOLDEN = 0x9E3779B97F4A7C15 - (1 << 64)
MIX_1 = 0xBF58476D1CE4E5B9 - (1 << 64)
MIX_2 = 0x94D049BB133111EB - (1 << 64)
LOW_34, LOW_37, LOW_33, LOW_53 = (1 << 34) - 1, (1 << 37) - 1, (1 << 33) - 1, (1 << 53) - 1
UNIT = 2.0**-53

CONSTANT, UNIFORM, EXPONENTIAL, ERLANG, HYPEREXPONENTIAL = 0, 1, 2, 3, 4
LOGNORMAL, WEIBULL, TRIANGULAR, EMPIRICAL = 5, 6, 7, 8
# The purposes of a lot's draws; a visit to a step has eight numbers.
PROCESS, SCRAP, REWORK, CHANCE, MOVE, RANDOM = 0, 1, 2, 3, 4, 5


def mixed(N: Ints, z: int) -> int:
    """The finaliser of SplitMix64."""
    mask = N[MASK]
    z = ((z ^ ((z >> 30) & LOW_34)) * MIX_1) & mask
    z = ((z ^ ((z >> 27) & LOW_37)) * MIX_2) & mask
    return z ^ ((z >> 31) & LOW_33)


def stream(N: Ints, key: int, n: int) -> int:
    """Return the key of item ``n`` of a kind."""
    return mixed(N, (key + (n + 1) * GOLDEN) & N[MASK])


def uniform(N: Ints, key: int, n: int) -> float:
    """Draw ``n`` of a stream, in the open interval (0, 1)."""
    return (((stream(N, key, n) >> 11) & LOW_53) + 0.5) * UNIT


def normal_quantile(p: float) -> float:
    """Wichura's AS 241 (PPND16), Applied Statistics 37 (1988)."""
    q = p - 0.5
    if -0.425 <= q <= 0.425:
        r = 0.180625 - q * q
        top = (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                   + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
                + 133.14166789178437745) * r + 3.387132872796366608) * q  # fmt: skip
        low = (((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                   + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
                + 42.313330701600911252) * r + 1.0)  # fmt: skip
        return top / low
    r = sqrt(-log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        top = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                   + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
                + 4.6303378461565452959) * r + 1.42343711074968357734)  # fmt: skip
        low = (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                   + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
                + 2.05319162663775882187) * r + 1.0)  # fmt: skip
    else:
        r -= 5.0
        top = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                   + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
                + 5.4637849111641143699) * r + 6.6579046435011037772)  # fmt: skip
        low = (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                   + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
                + 0.59983220655588793769) * r + 1.0)  # fmt: skip
    return -top / low if q < 0.0 else top / low


def sample(N: Ints, F: Floats, law: int, key: int, n: int) -> float:
    """Return draw ``n`` from a distribution in a stream; parameters as in ``model.Law``."""
    kind, a = N[law + LAW], F[law + LAW_A]
    if kind == CONSTANT:
        return a
    u = uniform(N, key, n)
    if kind == EXPONENTIAL:
        return -a * log(u)
    if kind == UNIFORM:
        return a + F[law + LAW_B] * (2.0 * u - 1.0)
    return rarer(N, F, law, key, n, u)


def rarer(N: Ints, F: Floats, law: int, key: int, n: int, u: float) -> float:
    """Return a draw from one of the distributions kept out of the hot path."""
    kind, a, b, c = N[law + LAW], F[law + LAW_A], F[law + LAW_B], F[law + LAW_C]
    if kind == ERLANG:
        total = log(u)
        for stage in range(1, N[law + LAW_COUNT]):
            total += log(uniform(N, stream(N, key, -stage - 1), n))
        return -a * total / N[law + LAW_COUNT]
    if kind == HYPEREXPONENTIAL:
        return -a * log(u / c) if u < c else -b * log((u - c) / (1.0 - c))
    if kind == LOGNORMAL:
        return c + exp(a + b * normal_quantile(u))
    if kind == WEIBULL:
        return c + a * exp(log(-log(u)) / b)
    if kind == TRIANGULAR:
        split = (b - a) / (c - a)
        return a + sqrt(u * (c - a) * (b - a)) if u < split else c - sqrt((1.0 - u) * (c - a) * (c - b))
    place = u * (N[law + LAW_COUNT] - 1)
    low = int(place)
    first = N[law + LAW_TABLE] + low
    return F[first] + (place - low) * (F[first + 1] - F[first])
