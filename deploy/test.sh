#!/usr/bin/env bash
# The whole check, from a clean clone, on a machine with Go and apt: installs
# what is missing, then format, vet, staticcheck, build, tests with the race
# detector, and the commands of README.md. Nothing is skipped silently.
set -euo pipefail
cd "$(dirname "$0")/.."
# A clone of somebody else's (a container's mount) makes git refuse, and go build with it.
export GOFLAGS="${GOFLAGS:+$GOFLAGS }-buildvcs=false"

die() { printf 'test.sh: %s\n' "$*" >&2; exit 1; }

started=$SECONDS
step() { # name, command...
    local name=$1 from=$SECONDS
    shift
    if "$@"; then
        printf '%-12s ok      %4d s\n' "$name" $((SECONDS - from))
    else
        printf '%-12s FAILED  %4d s\n' "$name" $((SECONDS - from))
        exit 1
    fi
}

have_go() {
    command -v go >/dev/null || die "Go is not installed: https://go.dev/dl/ (go.mod names the version; an older Go fetches it by itself)"
    go version >/dev/null || die "this Go cannot fetch the version that go.mod names"
}

# tool or file that shows it is there | package of Debian and Ubuntu | what needs it
needs='gcc|gcc|the race detector
/usr/include/stdlib.h|libc6-dev|the race detector
redis-server|redis-server|tests of shared live state
chromium|chromium|tests of the console
/usr/share/fonts/opentype/noto|fonts-noto-cjk|Chinese text on the console'

there() {
    case $1 in
    /*) [ -e "$1" ] ;;
    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    *) command -v "$1" || [ -x "/usr/bin/$1" ] || [ -x "/usr/sbin/$1" ] ;;
    esac >/dev/null
}

install_missing() {
    local packages=() why='' what package reason
    while IFS='|' read -r what package reason; do
        there "$what" && continue
        packages+=("$package")
        why+="  $package: $reason"$'\n'
    done <<<"$needs"
    [ ${#packages[@]} -eq 0 ] && return
    printf 'missing:\n%s' "$why"
    command -v apt-get >/dev/null || die "there is no apt-get here: install ${packages[*]} (or what they are called here) by hand"
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "run as root or install sudo, or install by hand: apt-get install ${packages[*]}"
        root=(sudo)
    fi
    # RUNLEVEL=1 keeps the package from starting a Redis of its own: tests start theirs.
    local env=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1)
    local log
    log=$(mktemp)
    if ! { "${root[@]}" apt-get update && "${root[@]}" "${env[@]}" apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log"
        die "apt-get could not install ${packages[*]}"
    fi
    rm -f "$log"
    while IFS='|' read -r what package reason; do
        there "$what" || die "$package is installed and brought no $what (on Ubuntu chromium is a snap: install a chromium or google-chrome by hand)"
    done <<<"$needs"
}

formatted() {
    local bad
    bad=$(git ls-files --cached --others --exclude-standard '*.go' 2>/dev/null | xargs -r gofmt -l) ||
        bad=$(gofmt -l .)
    [ -z "$bad" ] && return
    printf 'gofmt -w these:\n%s\n' "$bad"
    return 1
}

tests() {
    local log
    log=$(mktemp)
    local status=0
    # What needs root (the power cut) skips itself for others, and is listed below.
    ONEKEYD_TEST_REQUIRE=chromium,redis go test -race -v -timeout 9m ./... >"$log" 2>&1 || status=$?
    if [ $status -ne 0 ]; then
        grep -vE '^ *(=== (RUN|PAUSE|CONT|NAME)|--- PASS)|^PASS$|^ok  |no test files' "$log"
    else
        grep -E '^ok  ' "$log"
    fi
    if grep -qE '^ *--- SKIP' "$log"; then
        echo 'skipped:'
        # The reason is the line before the verdict, or the one after it.
        awk '/^ *--- SKIP/ { print "  " $3 ": " why } { if ($0 ~ /_test\.go:[0-9]+: /) { why = $0; sub(/^.*_test\.go:[0-9]+: /, "", why) } }' "$log"
    fi
    rm -f "$log"
    return $status
}

have_go
step install install_missing
step gofmt formatted
step vet go vet ./...
step staticcheck go tool staticcheck ./...
step build go build ./...
step tests tests
step readme deploy/readme.sh
printf 'all good in %d s\n' $((SECONDS - started))
