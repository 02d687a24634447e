#!/usr/bin/env bash
# Trains every published task as published, one after the other, about two hours of one
# core in all; the logs of such a run are in docs/training/logs.
#
#   bash docs/training/published.sh FOLDER
set -euo pipefail
folder=${1:?name a folder}
for task in and or xor not set_reset oscillator pulse_memory multitask decision \
    decision_long_short decision_amplitudes4 decision_amplitudes8 decision_intervals \
    integration flipflop3; do
    analogon train "$task" --threads 1 --run "$folder/$task" --json >"$folder/$task.json"
done
