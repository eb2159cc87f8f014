#!/usr/bin/env bash
# Known vulnerabilities that our code can reach. It needs the database at
# vuln.go.dev (or GOVULNDB), which is why deploy/test.sh does not run it.
#
#   deploy/vulncheck.sh               fails if there are any, or if the database is out of reach
#   deploy/vulncheck.sh --offline-ok  says so and succeeds if the database is out of reach
set -uo pipefail
cd "$(dirname "$0")/.."
export GOFLAGS="${GOFLAGS:+$GOFLAGS }-buildvcs=false"
version=v1.4.0
args=()
[ -n "${GOVULNDB:-}" ] && args=(-db "$GOVULNDB")

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
offline() {
    tail -n 3 "$dir/log" | sed 's/^/  /'
    echo "vulncheck: $1. Nothing was checked."
    [ "${want:-}" = --offline-ok ] && exit 0
    exit 2
}
want=${1:-}
case $want in '' | --offline-ok) ;; *) echo "usage: $0 [--offline-ok]" >&2; exit 64 ;; esac

GOBIN="$dir" go install "golang.org/x/vuln/cmd/govulncheck@$version" >"$dir/log" 2>&1 || offline "govulncheck $version cannot be fetched or built"
"$dir/govulncheck" "${args[@]}" ./... >"$dir/log" 2>&1
status=$?
case $status in
0) cat "$dir/log" ;;
3) cat "$dir/log"; exit 3 ;; # what govulncheck says for "found"
*)
    # Anything else: our code does not build, or the database does not answer.
    go build ./... || exit 1
    offline "the vulnerability database is out of reach"
    ;;
esac
