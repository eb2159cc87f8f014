#!/usr/bin/env bash
# Kills the daemon with SIGKILL under load, again and again on one data folder,
# and proves from outside that every press a device was told is received has its
# incident, and that every message of every incident reached the carrier.
#   deploy/kill.sh [KILLS] [PRESSES_A_SECOND]
set -euo pipefail
cd "$(dirname "$0")/.."
exec go test -run '^TestKilledUnderLoad$' -count=1 -v ./cmd/onekeyd -args -kills "${1:-20}" -kill-rate "${2:-100}"
