#!/usr/bin/env bash
# Runs the cases of the reliability bar as large as they are specified, by the clock and with the tools of the system, and prints
# what each measured. `dotnet test` runs the same cases small.
#
#   bash tests/faults.sh [--soak MINUTES] [--only CASES] [--over sockets|linux]
#
# --soak    how long R56 lasts, and R28 if that is less than its ten minutes; 20 by default
# --only    the cases to run, separated by commas: --only R08,R12
# --over    the transport of the cases that are there for both; sockets by default
#
# It takes about 12 minutes, the ten of R28 and the soak, and as root on Linux it needs ip, tc, iptables-legacy, strace, prlimit and faketime:
# a case whose tool is missing is skipped, and the table says why. Its networks are its own, and go with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=tests/FramedSockets.Faults
soak=20 only= other=Linux
while (($#)); do
  case $1 in
    --soak) soak=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    --over) case $2 in sockets) other=Linux ;; linux) other=Sockets ;; *) echo "no such transport: $2" >&2; exit 2 ;; esac; shift 2 ;;
    *) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
figures=$work/figures.tsv
touch "$figures"

# The table names tests of the other projects: each has to exist.
known() {
  local id what tests name missing=0
  while IFS=$'\t' read -r id what tests; do
    for name in $tests; do
      if ! grep -rqE --include="${name%.*}.cs" "\b${name#*.}\(" tests/*/; then
        echo "$id ($what) names $name, which is no test" >&2
        missing=1
      fi
    done
  done <"$project/cases.tsv"
  return "$missing"
}

# Case, figure or lack of one, and the tests that prove it with a clock or a transport of their own.
table() {
  awk -F'\t' -v cases="$(grep -rhoE --include='*Tests.cs' '\[Case\("[AR][0-9]+' "$project" | sed 's/.*"//' | tr '\n' ' ')" '
    FNR == NR && !($1 in figure) { figure[$1] = $2; next }
    FNR == NR { if (figure[$1] != $2) figure[$1] = figure[$1] "; " $2; next }
    { tests = $3; gsub(/ /, ", ", tests) }
    { measured = ($1 in figure) ? figure[$1] : ((" " cases) ~ (" " $1 " ") ? "**failed, or not measured**" : "–") }
    FNR == 1 { print "| Case | | Measured | Also proven by |"; print "|---|---|---|---|" }
    { printf "| %s | %s | %s | %s |\n", $1, $2, measured, tests }
  ' "$figures" "$project/cases.tsv"
}

known
dotnet build "$project" -c Release -v quiet
filter=FullyQualifiedName~Faults
if [[ -n $only ]]; then
  only=${only// /}
  for id in ${only//,/ }; do
    if ! grep -rq --include='*Tests.cs' "\[Case(\"$id\"" "$project"; then
      echo "$id is no case that is run here: see $project/cases.tsv" >&2
      exit 2
    fi
  done
  filter=$(sed 's/,/:|DisplayName~/g; s/^/DisplayName~/; s/$/:/' <<<"$only")
fi
filter="($filter)&FullyQualifiedName!~Over$other"

code=0
FRAMEDSOCKETS_FAULTS=1 FRAMEDSOCKETS_SOAK_MINUTES=$soak FRAMEDSOCKETS_FIGURES=$figures \
  timeout $(((45 + soak) * 60)) dotnet test "$project" -c Release --no-build --filter "$filter" --logger 'console;verbosity=normal' || code=$?
if [[ -s $figures && -z $only ]]; then
  echo
  table
else
  sort "$figures"
fi

exit "$code"
