"""Measure how many trials the tuner needs, how many break a limit, and its regret compared with other optimisers.

    python benchmarks/tuning.py machining [--seeds 12] [--trials 15] [--mode normal|safe] [--only turning] [--priors cold,form]
    python benchmarks/tuning.py regret --data DIR [--seeds 12] [--trials 30]

``machining``: simulated turning, milling, welding and tempering, with a different material for each seed. A hit is the
first trial within 5 % of the true optimum that truly keeps every limit. ``regret``: tables of measured experiments
(folders with config.json and data.csv), emulated by neural networks; the result is the true value of the best setting
that each optimiser has tried, 0 = optimum, 1 = median random point. Peers (egobox, Optuna, BoTorch) are included if
they are installed, random search always.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tuning_problems as problems

from nightmill.tuning import History, Result, read_study, suggest, tell
from nightmill.tuning.search_space import encode
from nightmill.tuning.study import hard_limits_kept

Floats = problems.Floats
WITHIN = 1.05
NOISE_SD = 0.02


def campaign(problem: problems.Problem, trials: int, mode: str) -> dict[str, float]:
    """Run one study; return trials to within 5 %, fractions of broken limits, and the time per suggestion."""
    rng = np.random.default_rng([problem.study.seed, 99])
    document = json.loads(json.dumps(_plain(problem.study)))
    study = read_study(json.dumps({**document, "mode": mode}))
    history, hit, broken, seen, hard, spent = History(), 0, 0, 0, 0, []
    best = np.inf
    for k in range(1, trials + 1):
        began = time.process_time()
        asked = suggest(study, history)
        spent.append(time.process_time() - began)
        setting = {name: float(v) for name, v in asked.suggestions[0].parameters.items()}
        hard += not hard_limits_kept(study, dict(setting))
        true = problem.truth(setting)
        kept = problem.kept(true)
        broken += not kept
        if kept:
            best = min(best, true["cost"])
        if not hit and kept and true["cost"] <= WITHIN * problem.optimum:
            hit = k
        measured = problem.measured(setting, rng)
        seen += not problem.kept(measured)
        history = tell(study, asked.history, Result(outputs=measured))
    return {
        "hit": hit or trials + 1, "broken": broken / trials, "seen": seen / trials, "hard": hard, "excess": best / problem.optimum - 1,
        "ms": 1000 * float(np.median(spent)), "ms_most": 1000 * max(spent),
    }  # fmt: skip


def _plain(study: object) -> Any:
    import msgspec

    return {name: value for name, value in msgspec.to_builtins(study).items() if value is not None}


def machining(args: argparse.Namespace) -> None:
    """Print one line per problem and kind of prior, with medians and quartiles over the seeds."""
    for make in problems.MADE:
        if args.only and make.__name__ != args.only:
            continue
        for prior in args.priors.split(","):
            runs = [
                campaign(make(seed, prior), args.trials, args.mode)
                for seed in range(args.first, args.first + args.seeds)
            ]
            hits = np.array([run["hit"] for run in runs])
            print(
                f"{make.__name__:8s} {prior:9s} {args.mode:6s} trials to 5 %: median {np.median(hits):4.1f}, "
                f"all {sorted(hits.tolist())}; broken {np.mean([r['broken'] for r in runs]):.1%} (measured "
                f"{np.mean([r['seen'] for r in runs]):.1%}), "
                f"hard limits {sum(r['hard'] for r in runs):.0f}; excess after {args.trials}: "
                f"{np.median([r['excess'] for r in runs]):.1%}; CPU per suggestion "
                f"{np.median([r['ms'] for r in runs]):.0f} ms, most {max(r['ms_most'] for r in runs):.0f} ms",
                flush=True,
            )


Measure = Callable[[Floats], float]
Rival = Callable[[int, int, int, Measure], None]


def ours(d: int, trials: int, seed: int, measure: Measure) -> None:
    """Use Nightmill's own study, without formulas."""
    parameters = [{"name": f"x{k}"} for k in range(d)]
    study = read_study(
        json.dumps(
            {"name": "r", "seed": seed, "parameters": parameters, "outputs": [{"name": "y", "goal": "maximise"}]}
        )
    )
    history = History()
    for _ in range(trials):
        asked = suggest(study, history)
        point = encode(study, [asked.suggestions[0].parameters])[0]
        history = tell(study, asked.history, Result(outputs={"y": measure(point)}))


def random_search(d: int, trials: int, seed: int, measure: Measure) -> None:
    """Draw settings uniformly."""
    for point in np.random.default_rng(seed).random((trials, d)):
        measure(point)


def optuna_tpe(d: int, trials: int, seed: int, measure: Measure) -> None:
    """Use Optuna's default sampler."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(lambda t: measure(np.array([t.suggest_float(f"x{k}", 0, 1) for k in range(d)])), n_trials=trials)


def egobox_ei(d: int, trials: int, seed: int, measure: Measure) -> None:
    """Use egobox: log expected improvement, 8 starting points."""
    import egobox

    def objective(points: Floats) -> Floats:
        return np.array([[-measure(point)] for point in points])

    egobox.Egor([[0.0, 1.0]] * d, n_doe=8, seed=seed).minimize(objective, max_iters=trials - 8)


def botorch_ei(d: int, trials: int, seed: int, measure: Measure) -> None:
    """Use BoTorch as in its tutorials: SingleTaskGP, log noisy expected improvement, after 8 Sobol points."""
    import torch
    from botorch.acquisition import qLogNoisyExpectedImprovement
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.optim import optimize_acqf
    from gpytorch.mlls import ExactMarginalLogLikelihood

    torch.manual_seed(seed)
    bounds = torch.tensor([[0.0] * d, [1.0] * d], dtype=torch.double)
    x = torch.quasirandom.SobolEngine(d, scramble=True, seed=seed).draw(8, dtype=torch.double)
    y = torch.tensor([[measure(point.numpy())] for point in x], dtype=torch.double)
    while len(x) < trials:
        model = SingleTaskGP(x, y)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        gain = qLogNoisyExpectedImprovement(model, x)
        point, _ = optimize_acqf(gain, bounds, q=1, num_restarts=4, raw_samples=128)
        x = torch.cat([x, point])
        y = torch.cat([y, torch.tensor([[measure(point[0].numpy())]], dtype=torch.double)])


def regret(args: argparse.Namespace) -> None:
    """Print the mean normalised regret of each optimiser on each table."""
    rivals: dict[str, Rival] = {"random": random_search, "nightmill": ours}
    peers: dict[str, Rival] = {"optuna": optuna_tpe, "egobox": egobox_ei, "botorch": botorch_ei}
    for name, rival in peers.items():
        try:
            __import__(name)
            rivals[name] = rival
        except ImportError:
            print(f"{name} is not installed")
    total: dict[str, list[float]] = {name: [] for name in rivals}
    for table in problems.emulators(args.data):
        for name, rival in rivals.items():
            found, began = [], time.process_time()
            for seed in range(args.seeds):
                tried: list[float] = []
                rng = np.random.default_rng([seed, 7])

                def measure(
                    point: Floats, tried: list[float] = tried, rng: Any = rng, table: problems.Emulator = table
                ) -> float:
                    true = float(table.value(np.clip(point, 0, 1)[None, :])[0])
                    tried.append(true)
                    return true + NOISE_SD * float(rng.standard_normal())

                rival(table.inputs, args.trials, seed, measure)
                found.append(table.regret(max(tried[: args.trials])))
            spent = 1000 * (time.process_time() - began) / args.seeds / args.trials
            total[name].append(float(np.mean(found)))
            error = np.std(found) / np.sqrt(len(found))
            print(
                f"{table.name:16s} {name:10s} regret {np.mean(found):.3f} ± {error:.3f}; CPU per trial {spent:.0f} ms",
                flush=True,
            )
    print("mean:", {name: round(float(np.mean(values)), 3) for name, values in total.items()})


def main() -> None:
    """Run what the arguments request."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("machining", "regret"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--trials", type=int, default=15)
    parser.add_argument("--mode", default="normal")
    parser.add_argument("--only", default="")
    parser.add_argument("--priors", default=",".join(problems.PRIORS))
    args = parser.parse_args()
    {"machining": machining, "regret": regret}[args.what](args)


if __name__ == "__main__":
    main()
