"""Mean, sd and charts of NIST's reference data: certified values, to as many places as the doubles of the data allow.

Univariate data of the Statistical Reference Datasets, https://www.itl.nist.gov/div898/strd/univ/homepage.html; charts of
the NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 and 6.3.2.4.
"""

import math

import pytest

from nightmill.quality import SpcOptions
from nightmill.quality.spc.control_charts import spc

# velocity of light in air, 1000 km/s (Dorsey 1944, after Michelson); here as hundredths above 299
MICHELSO = """
85 74 90 107 93 85 95 98 98 88 100 98 93 65 76 81 100 100 96 96 96 94 96 94 88 80 85 88 90 84 83 79 81 88 88 83 80 79
76 80 88 88 88 86 72 72 62 86 97 95 88 91 85 87 84 84 85 84 84 84 89 81 81 82 80 77 76 74 75 76 91 92 89 86 88 72 84 85
85 78 89 84 78 81 76 81 79 81 82 85 87 87 81 74 81 94 95 80 81 87"""
# filter transmittance (Mavrodineaunu), here as ten-thousandths above 2
MAVRO = """
18 17 18 19 18 17 15 14 15 15 17 18 18 19 19 21 20 16 14 13 13 15 15 16 15 14 13 14 15 14 15 16 15 16 19 20 20 21 22 23
24 25 27 26 26 26 27 26 25 24"""
# beam deflections (Lew)
LEW = """
-213 -564 -35 -15 141 115 -420 -360 203 -338 -431 194 -220 -513 154 -125 -559 92 -21 -579 -52 99 -543 -175 162 -457
-346 204 -300 -474 164 -107 -572 -8 83 -541 -224 180 -420 -374 201 -236 -531 83 27 -564 -112 131 -507 -254 199 -311
-495 143 -46 -579 -90 136 -472 -338 202 -287 -477 169 -124 -568 17 48 -568 -135 162 -430 -422 172 -74 -577 -13 92 -534
-243 194 -355 -465 156 -81 -578 -64 139 -449 -384 193 -198 -538 110 -44 -577 -6 66 -552 -164 161 -460 -344 205 -281
-504 134 -28 -576 -118 156 -437 -381 200 -220 -540 83 11 -568 -160 172 -414 -408 188 -125 -572 -32 139 -492 -321 205
-262 -504 142 -83 -574 0 48 -571 -106 137 -501 -266 190 -391 -406 194 -186 -553 83 -13 -577 -49 103 -515 -280 201 300
-506 131 -45 -578 -80 138 -462 -361 201 -211 -554 32 74 -533 -235 187 -372 -442 182 -147 -566 25 68 -535 -244 194 -351
-463 174 -125 -570 15 72 -550 -190 172 -424 -385 198 -218 -536 96"""


def _seesaw(first: str, low: str, high: str) -> list[float]:
    return [float(first), *[float(low), float(high)] * 500]


DATA: dict[str, tuple[list[float], float, float]] = {
    "Michelso": ([(29900 + int(word)) / 100 for word in MICHELSO.split()], 299.8524, 0.0790105478190518),
    "Mavro": ([(20000 + int(word)) / 10000 for word in MAVRO.split()], 2.001856, 0.000429123454003053),
    "Lew": ([float(word) for word in LEW.split()], -177.435, 277.332168044316),
    "NumAcc1": ([10000001.0, 10000003.0, 10000002.0], 10000002.0, 1.0),
    "NumAcc2": (_seesaw("1.2", "1.1", "1.3"), 1.2, 0.1),
    "NumAcc3": (_seesaw("1000000.2", "1000000.1", "1000000.3"), 1000000.2, 0.1),
    "NumAcc4": (_seesaw("10000000.2", "10000000.1", "10000000.3"), 10000000.2, 0.1),
}


@pytest.mark.parametrize("name", sorted(DATA))
def test_mean_and_deviation_are_the_certified_ones(name: str) -> None:
    values, mean, deviation = DATA[name]
    answer = spc(values)
    assert answer.mean == pytest.approx(mean, rel=1e-14)
    # a reading of 10000000.1 is itself off by up to 2**-30 as a double, 1e-8 of the deviation
    rounding = max(math.ulp(abs(value)) for value in values) / deviation
    assert answer.sd == pytest.approx(deviation, rel=max(1e-13, 4 * rounding))
    assert answer.sd == pytest.approx(deviation, rel=1e-7)


def test_the_individuals_chart_of_the_handbook() -> None:
    # 6.3.2.2: flowrates of 10 batches
    answer = spc([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    individuals, moving = answer.charts[:2]
    assert (individuals.center, individuals.lcl, individuals.ucl) == pytest.approx((50.81, 45.8159, 55.8041), abs=2e-3)
    assert (moving.center, moving.ucl) == pytest.approx((1.8778, 6.1349), abs=2e-3)
    assert answer.signals == ()


def test_the_ewma_chart_of_the_handbook() -> None:
    # 6.3.2.4: centre 50, sigma 2.0539, lambda 0.3, limits 47.4115 and 52.5884, all points within
    values = [
        52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6,
        52.1,
    ]  # fmt: skip
    answer = spc(values, options=SpcOptions(center=50.0, sigma=2.0539, ewma_lambda=0.3))
    chart = next(chart for chart in answer.charts if chart.kind == "ewma")
    assert (chart.lcl, chart.ucl) == pytest.approx((47.4115, 52.5884), abs=2e-4)
    assert [signal for signal in answer.signals if signal.chart == "ewma"] == []
