#!/usr/bin/env python3
"""Writes the stimulus sets of this folder. Seeds are fixed: same bytes every time.

Timing as in the generators of C. Jarne's published code. An answer is judged
from some steps after its onset on, so that the output may settle.
"""
import json
import random
from pathlib import Path

FOLDER = Path(__file__).parent
WIDTH = 20  # of a pulse, and of the gap from its end to the answer
SETTLE = 10


def pulse(channel, onset, amplitude=1, **more):
    fields = {"channel": channel, "onset": onset, "width": WIDTH}
    if amplitude != 1:
        fields["amplitude"] = amplitude
    return fields | more


def answer(output, onset, end, value, settle=SETTLE):
    fields = {"output": output} if output else {}
    return fields | {"from": onset + settle, "to": end, "class": value}


def compact(value):
    return json.dumps(value, ensure_ascii=False)


def trial_text(trial):
    if len(compact(trial)) <= 150:
        return "    " + compact(trial)
    fields = []
    for key, value in trial.items():
        if isinstance(value, list):
            items = ",\n        ".join(compact(item) for item in value)
            fields.append(f"      {compact(key)}: [\n        {items}\n      ]")
        else:
            fields.append(f"      {compact(key)}: {compact(value)}")
    return "    {\n" + ",\n".join(fields) + "\n    }"


def write(name, about, channels, outputs, duration, rule, trials):
    head = {
        "task": name,
        "version": 1,
        "about": about,
        "time_unit": "one step of the discrete network (1 ms in the papers)",
        "channels": channels,
        "outputs": outputs,
        "duration": duration,
        "edge": 0.001,
        "rule": rule,
        "last": 20,
    }
    lines = [f"  {compact(key)}: {compact(value)},\n" for key, value in head.items()]
    body = ",\n".join(trial_text(trial) for trial in trials)
    text = "{\n" + "".join(lines) + '  "trials": [\n' + body + "\n  ]\n}\n"
    json.loads(text)
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


THRESHOLD = {"kind": "threshold", "at": 0.5}
LOGIC = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
}


def logic():
    for name, table in LOGIC.items():
        trials = []
        for a, b in [(0, 0), (1, 0), (0, 1), (1, 1)]:
            pulses = [pulse(channel, 30) for channel, on in enumerate((a, b)) if on]
            trial = {"name": f"({a},{b})", "pulses": pulses}
            trials.append(trial | {"answers": [answer(0, 70, 200, table(a, b))]})
        about = f"{name.upper()} of two simultaneous pulses, answered 20 units after they end."
        write(name, about, ["A", "B"], ["y"], 200, THRESHOLD, trials)


def set_reset():
    chance = random.Random(1)
    trials = []
    for number, turns in enumerate([3] * 6 + [8] * 2):
        duration = 50 + 120 * (turns - 1) + 20 + 100
        pulses, answers = [], []
        for turn in range(turns):
            onset = 50 + 120 * turn
            channel = chance.randrange(2)
            pulses.append(pulse(channel, onset))
            begin = onset + 2 * WIDTH
            answers.append(answer(0, begin, min(begin + 120, duration), channel))
        trial = {"name": f"{number}: " + "".join("RS"[p["channel"]] for p in pulses)}
        if duration != 410:
            trial["duration"] = duration
        trials.append(trial | {"pulses": pulses, "answers": answers})
    about = "Set/reset flip-flop: a pulse on S sets the output to 1, a pulse on R resets it to 0."
    write("set_reset", about, ["R", "S"], ["y"], 410, THRESHOLD, trials)


def held(changes, output, end):
    """Windows of a memory: level 0 first, then the level of each change."""
    merged = [(0, 0)]
    for onset, value in changes:
        if onset < end and value != merged[-1][1]:
            merged.append((onset, value))
    windows = []
    for (onset, value), (after, _) in zip(merged, merged[1:] + [(end, None)]):
        settle = 15 if onset else 0
        if onset + settle < after:
            windows.append(answer(output, onset, after, value, settle))
    return windows


THREE = {"kind": "three_level", "at": 0.5}
BITS = ["x0", "x1", "x2"], ["y0", "y1", "y2"]


def flipflop3():
    chance = random.Random(2)
    trials = []
    for number in range(24):
        pulses, answers = [], []
        for channel in range(3):
            first = chance.randint(10, 99)
            second = first + 70 + chance.randint(1, 50)
            third = second + 100 + chance.randint(1, 50)
            values = [chance.choice([1, -1, 0]), chance.choice([1, -1]), chance.choice([1, -1])]
            train = [(t, v) for t, v in zip([first, second, third], values) if v and t < 340]
            pulses += [pulse(channel, t, v) for t, v in train]
            answers += held([(t + 2 * WIDTH, v) for t, v in train], channel, 339)
        trial = {"name": f"{number}", "pulses": pulses, "noise": {"sd": 0.1, "seed": number}}
        trials.append(trial | {"answers": answers})
    about = (
        "Three independent memories: each output keeps the sign of the last pulse on its"
        " input, from 20 units after the pulse; 0 before. The first 15 units are not judged."
    )
    write("flipflop3", about, *BITS, 340, THREE, trials)


def cube():
    signs = [[1, 1, -1, -1] * 4, [1, -1, 1, -1] * 4]
    signs.append([1 if k < 4 or 8 <= k < 12 else -1 for k in range(16)])
    pulses, answers = [], []
    for channel in range(3):
        train = [(30 + 70 * k, sign) for k, sign in enumerate(signs[channel])]
        pulses += [pulse(channel, t, sign) for t, sign in train]
        answers += held([(t + 2 * WIDTH, sign) for t, sign in train], channel, 1159)
    about = "Three memories led twice through their eight states by joint pulses, without noise."
    trials = [{"name": "cube", "pulses": pulses, "answers": answers}]
    write("flipflop3_cube", about, *BITS, 1160, THREE, trials)


def multitask():
    trials = []
    for name, context in [("and", 1), ("or", -1), ("xor", 0)]:
        for a, b in [(0, 0), (1, 0), (0, 1), (1, 1)]:
            shift = 25
            onset = 60 + shift
            pulses = [pulse(channel, onset) for channel, on in enumerate((a, b)) if on]
            pulses += [pulse(2, 20 + shift, context)] if context else []
            answers = [answer(0, onset + 2 * WIDTH, 289, LOGIC[name](a, b))]
            trials.append({"name": f"{name} ({a},{b})", "pulses": pulses, "answers": answers})
    about = "AND (context pulse 1), OR (-1) or XOR (no context pulse) of A and B."
    write("multitask", about, ["A", "B", "context"], ["y"], 290, THRESHOLD, trials)


SIGN = {"kind": "sign", "none_below": 0.5}


def decision_trial(name, jitter, sign):
    onset = 50 + jitter
    trial = {"name": name}
    if sign:
        trial["pulses"] = [pulse(0, onset, sign, hann=10)]
    return trial | {"answers": [answer(0, onset + WIDTH + 50, 370, sign)]}


def decision():
    about = "Sign of one smoothed pulse, answered from 50 units after it ends on."
    clean = [
        decision_trial(f"{sign:+d} at {50 + jitter}", jitter, sign)
        for jitter in (1, 18, 35, 52, 70)
        for sign in (1, -1)
    ]
    write("decision", about, ["x"], ["y"], 370, SIGN, clean)
    chance = random.Random(3)
    noisy = []
    for number in range(300):
        sign = (1, -1, 0)[number % 3]
        trial = decision_trial(f"{number}", chance.randint(1, 70), sign)
        noisy.append(trial | {"noise": {"sd": 0.05, "seed": number}})
    about += " A third of the trials has no pulse and asks for an output near 0."
    write("decision_noisy", about, ["x"], ["y"], 370, SIGN, noisy)


logic()
set_reset()
flipflop3()
cube()
multitask()
decision()
