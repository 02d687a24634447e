#!/usr/bin/env bash
# Trains every published task as published, one after the other, about two hours of one
# core in all; the logs of such a run are in docs/training/logs. A training that diverges
# is a result, too, and stops nothing.
#
#   bash docs/training/published.sh FOLDER
set -uo pipefail
folder=${1:?name a folder}
mkdir -p "$folder"
for task in and or xor not set_reset oscillator pulse_memory ei_and multitask decision \
    decision_long_short decision_amplitudes4 decision_amplitudes8 decision_intervals \
    integration flipflop3; do
    analogon train "$task" --threads 1 --run "$folder/$task" --json >"$folder/$task.json" ||
        echo "$task: exit code $?" >&2
done
