#!/usr/bin/env bash
# Lives through an hour of a town in fake time, with the whole real daemon: 1,000
# elders of whom some press, mostly by mistake, and helpers, families and
# operators who answer at published rates, or do not. Prints how long help took.
#   deploy/hour.sh [SEED] [FIRST_PRESSES_AN_HOUR] [ELDERS]
set -euo pipefail
cd "$(dirname "$0")/.."
exec go test -run '^TestHourOfMixedLife$' -count=1 -v ./cmd/onekeyd -args -hour 1h -hour-seed "${1:-1}" -hour-calls "${2:-100}" -hour-elders "${3:-1000}"
