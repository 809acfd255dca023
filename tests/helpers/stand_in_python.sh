#!/bin/sh
# Stands for a node's Python with everything in it: runs the stand-in training where the product
# would train. Called as `… -P -m engine.cli.main train run|resume --config FILE`.
here=$(dirname "$0")
mode=$5
config=$7
folder=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["run"]["folder"])' "$config")
exec python3 "$here/stand_in_training.py" "$folder" "${STEPS:-1000}" 0.05 "$mode"
