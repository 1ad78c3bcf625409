"""A small feed-forward network on numpy: two hidden layers of rectified units, Adam, cosine learning rate.

Adam: Kingma & Ba, ICLR 2015. A hundred features for a fleet need no framework. The same rows and seed give the same
weights.
"""

from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.maintenance.history import Floats

Singles = npt.NDArray[np.float32]
HIDDEN = (64, 32)
RATE = 2e-3
DECAY = 1e-4
SHOWN = 600_000
"""Total number of rows presented: many epochs for few rows, few epochs for many."""
EPOCHS = (8, 40)
BATCH = (32, 256)
SINGLE_THREADED = 64 * 4096
"""Products with at most this many multiplications stay on one thread in OpenBLAS (interface/gemm.c).

Waking other threads costs more than such small products take, and far more if the other cores are busy: rows are processed in
stacks.
"""
CLIP = 4.0
JITTER = np.float32(0.05)
"""Standard deviation of the noise added to standardised inputs during training, for robustness."""


class Network(msgspec.Struct, frozen=True):
    """Scale of the inputs, and the layers' weights as little-endian single floats, one after the other."""

    mean: tuple[float, ...]
    sd: tuple[float, ...]
    weights: bytes

    def predict(self, X: Floats) -> Floats:
        """Return outputs [n] for inputs [n, d]; a missing input counts as average."""
        layers = _layers(self.weights, len(self.mean))
        a = _standard(X, np.array(self.mean), np.array(self.sd))
        for weight, bias in layers[:-1]:
            a = np.maximum(a @ weight + bias, 0)
        weight, bias = layers[-1]
        return np.asarray((a @ weight + bias)[:, 0], float)


def fit_network(X: Floats, y: Floats, row_weight: Floats, seed: int) -> Network:
    """Fit y [n], of size about 0..1, from X [n, d] by weighted least squares."""
    rng = np.random.default_rng(seed)
    known = np.where(np.isfinite(X), X, np.nan)
    some = np.isfinite(known).any(axis=0)
    mean, sd = np.zeros(X.shape[1]), np.ones(X.shape[1])
    mean[some], sd[some] = np.nanmean(known[:, some], axis=0), np.nanstd(known[:, some], axis=0) + 1e-6
    Z, target, weight = _standard(X, mean, sd), y.astype(np.float32), row_weight.astype(np.float32)
    start = _start(X.shape[1], float(np.average(y, weights=row_weight)), rng)
    # Layers are views of one vector: a step of a small network is mostly call overhead.
    flat = np.concatenate([p.ravel() for p in start])
    ends = np.cumsum([p.size for p in start])[:-1]
    parameters = [p.reshape(own.shape) for p, own in zip(np.split(flat, ends), start, strict=True)]
    moments = (np.zeros_like(flat), np.zeros_like(flat))
    batch = 2 ** int(np.log2(np.clip(len(y) // 60, *BATCH)))
    rows_a_stack = min(batch, 2 ** int(np.log2(max(1, SINGLE_THREADED // (X.shape[1] * HIDDEN[0])))))
    stacked = (batch // rows_a_stack, rows_a_stack)
    epochs = int(np.clip(SHOWN // max(1, len(y)), *EPOCHS))
    steps = max(1, epochs * (len(y) // batch))
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(y))
        for k in range(0, len(y) - batch + 1, batch):
            rows = order[k : k + batch]
            step += 1
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
            x = Z[rows]
            x += JITTER * rng.standard_normal(x.shape, dtype=np.float32)
            cut = (x.reshape(*stacked, -1), target[rows].reshape(*stacked, 1), weight[rows].reshape(*stacked, 1))
            gradient = _gradient(parameters, *cut)
            _adam(flat, np.concatenate([g.ravel() for g in gradient]), moments, np.float32(rate), step)
    return Network(tuple(mean.tolist()), tuple(sd.tolist()), flat.astype("<f4").tobytes())


def _standard(X: Floats, mean: Floats, sd: Floats) -> Singles:
    return np.asarray(np.clip(np.nan_to_num((X - mean) / sd), -CLIP, CLIP), np.float32)


def _start(inputs: int, level: float, rng: np.random.Generator) -> list[Singles]:
    sizes = (inputs, *HIDDEN, 1)
    parameters: list[Singles] = []
    for a, b in pairwise(sizes):
        spread = np.sqrt(2.0 / a) * (1.0 if b > 1 else 0.3)
        parameters += [rng.normal(0, spread, (a, b)).astype(np.float32), np.zeros(b, np.float32)]
    parameters[-1][:] = level
    return parameters


def _gradient(parameters: list[Singles], x: Singles, y: Singles, weight: Singles) -> list[Singles]:
    """Return the gradient of the mean weighted square over stacks [s, r, inputs] of rows; y and weight are [s, r, 1]."""
    hidden = len(parameters) // 2 - 1
    values = [x]
    for j in range(hidden):
        values.append(np.maximum(values[-1] @ parameters[2 * j] + parameters[2 * j + 1], 0))
    out = values[-1] @ parameters[-2] + parameters[-1]
    flow = (out - y) * weight * np.float32(2.0 / y.size)
    gradient: list[Singles] = []
    for j in range(hidden, -1, -1):
        steep = (values[j].transpose(0, 2, 1) @ flow).sum(axis=0)
        gradient = [steep + np.float32(DECAY) * parameters[2 * j], flow.sum(axis=(0, 1)), *gradient]
        if j:
            flow = (flow @ parameters[2 * j].T) * (values[j] > 0)
    return gradient


def _adam(p: Singles, g: Singles, moments: tuple[Singles, Singles], rate: np.float32, step: int) -> None:
    """Make one step of all weights ``p``, in place, by their gradient ``g``."""
    first, second = np.float32(1 - 0.9**step), np.float32(1 - 0.999**step)
    m, v = moments
    m += np.float32(0.1) * (g - m)
    v += np.float32(0.001) * (g * g - v)
    p -= rate * (m / first) / (np.sqrt(v / second) + np.float32(1e-8))


def _layers(weights: bytes, inputs: int) -> list[tuple[Singles, Singles]]:
    flat = np.frombuffer(weights, "<f4")
    sizes = (inputs, *HIDDEN, 1)
    layers, at = [], 0
    for a, b in pairwise(sizes):
        layers.append((flat[at : at + a * b].reshape(a, b), flat[at + a * b : at + a * b + b]))
        at += a * b + b
    return layers
