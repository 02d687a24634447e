#!/usr/bin/env python3
"""Writes reference.json: two small networks, integrated by SciPy's DOP853.

The integration starts anew at every corner of the stimulus. Weights are seeded;
numbers are written so that they read back to the bit.
"""
import json
from pathlib import Path

import numpy as np
import scipy
from scipy.integrate import solve_ivp

RTOL, ATOL = 1e-13, 1e-15
EDGE, DURATION = 0.01, 12.0
# By channel: (time, level held from then on).
CHANGES = [
    [(1.0, 1.0), (3.0, 0.0), (7.5, -0.8), (8.25, 0.4)],
    [(0.0, 0.5), (2.5, -1.0), (4.0, 0.0)],
]


def corners():
    times = {0.0, DURATION}
    for changes in CHANGES:
        for at, _ in changes:
            times |= {at, at + EDGE}
    return sorted(times)


def line(changes, start):
    """Value and slope of a channel just after `start`."""
    level = 0.0
    for at, after in changes:
        if at <= start < at + EDGE:
            slope = (after - level) / ((at + EDGE) - at)
            return level + slope * (start - at), slope
        if at + EDGE <= start:
            level = after
    return level, 0.0


def network(form, activation, units, seed, **scale):
    chance = np.random.default_rng(seed)
    return {
        "form": form,
        "activation": activation,
        "recurrent": scale["gain"] / np.sqrt(units) * chance.standard_normal((units, units)),
        "input": chance.standard_normal((units, 2)),
        "bias": 0.3 * chance.standard_normal(units),
        "leak": chance.uniform(0.4, 2.5, units),
        "readout": chance.standard_normal((2, units)),
        "offset": 0.2 * chance.standard_normal(2),
    }


def sigma(net, z):
    return np.tanh(z) if net["activation"] == "tanh" else 1.0 / (1.0 + np.exp(-z))


def rate(net, x, state):
    if net["form"] == "A":
        z = net["recurrent"] @ state + net["input"] @ x + net["bias"]
        return -net["leak"] * state + sigma(net, z)
    drive = net["recurrent"] @ sigma(net, state) + net["input"] @ x + net["bias"]
    return net["leak"] * (drive - state)


def output(net, state):
    rates = state if net["form"] == "A" else sigma(net, state)
    return net["readout"] @ rates + net["offset"]


def solve(net):
    cuts = corners()
    grid = set(np.arange(0.0, DURATION + 0.25, 0.5)) | set(cuts)
    times, states = [0.0], [np.zeros(len(net["bias"]))]
    state = states[0]
    for start, end in zip(cuts, cuts[1:]):
        value, slope = np.transpose([line(changes, start) for changes in CHANGES])
        stops = sorted(t for t in grid if start < t <= end)
        for stop in stops:
            begin = times[-1]
            solution = solve_ivp(
                lambda t, y: rate(net, value + slope * (t - start), y),
                (begin, stop), state, method="DOP853", rtol=RTOL, atol=ATOL,
            )
            assert solution.success, solution.message
            state = solution.y[:, -1]
            times.append(float(stop))
            states.append(state)
    return times, states


def plain(value):
    return value.tolist() if isinstance(value, np.ndarray) else value


def main():
    cases = []
    for net in (
        network("A", "tanh", 6, seed=11, gain=1.8),
        network("B", "logistic", 5, seed=12, gain=3.0),
    ):
        times, states = solve(net)
        cases.append({
            "network": {key: plain(value) for key, value in net.items()},
            "times": times,
            "states": [plain(state) for state in states],
            "outputs": [plain(output(net, state)) for state in states],
        })
    document = {
        "provenance": f"tests/golden/reference/make.py, SciPy {scipy.__version__},"
        f" NumPy {np.__version__}, DOP853, rtol {RTOL}, atol {ATOL}",
        "duration": DURATION,
        "edge": EDGE,
        "changes": CHANGES,
        "cases": cases,
    }
    text = json.dumps(document, indent=None, separators=(",", ":"))
    text = text.replace('],"', '],\n"').replace("],[", "],\n[")
    Path(__file__).with_name("reference.json").write_text(text + "\n", encoding="utf-8")


main()
