#!/usr/bin/env bash
# Checks that every command README.md shows in an `sh` block exists: scripts are
# there and executable, subcommands of onekeyd are known to it, and so are their
# flags. Nothing is run but -h.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/onekeyd" ./cmd/onekeyd

wrong=0
bad() { printf 'README.md: %s: %s\n' "$1" "$2"; wrong=1; }

check_onekeyd() { # line, subcommand, arguments...
    local line=$1 sub=${2:-} usage word
    shift 2 || { bad "$line" "no subcommand"; return; }
    if ! usage=$("$dir/onekeyd" "$sub" -h 2>&1); then
        bad "$line" "onekeyd has no subcommand $sub"
        return
    fi
    for word; do
        case $word in
        -*)
            word=${word#-} word=${word#-} word=${word%%=*}
            grep -qE "^ +-$word( |$)" <<<"$usage" || bad "$line" "onekeyd $sub has no flag -$word"
            ;;
        esac
    done
}

commands=$(awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on' README.md | sed 's/[[:space:]]#.*//; s/^\$ //' | grep -vE '^[[:space:]]*(#|$)') || true
[ -n "$commands" ] || { echo 'README.md shows no command'; exit 1; }
for must in 'go run ./cmd/onekeyd demo' './deploy/test.sh'; do
    grep -qF -- "$must" <<<"$commands" || bad "$must" "is not shown"
done
while IFS= read -r line; do
    read -ra words <<<"${line%%[|>&;]*}"
    # Assignments before a command are settings.
    while [[ ${words[0]:-} == *=* ]]; do words=("${words[@]:1}"); done
    set -- "${words[@]}"
    case ${1:-} in
    '') ;;
    go)
        if [ "${2:-}" = run ] && [ "${3:-}" = ./cmd/onekeyd ]; then
            check_onekeyd "$line" "${@:4}"
        else
            go help "${2:-}" >/dev/null 2>&1 || bad "$line" "go has no such command"
        fi
        ;;
    onekeyd | ./onekeyd) check_onekeyd "$line" "${@:2}" ;;
    ./*) [ -x "$1" ] || bad "$line" "$1 is not there or not executable" ;;
    *) ;; # curl and its like are the reader's own
    esac
done <<<"$commands"
exit $wrong
