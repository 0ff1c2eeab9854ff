#!/usr/bin/env bash
# Builds target/spark-inversion.jar and the folders of its dependencies, unless they are up to date. What is packed is
# compared by content, and so is the jar: neither an old time stamp nor a jar of another build passes for a new one.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$home/target
jar=$target/spark-inversion.jar
log=$target/build.log
interval=5

# All that the jar is made of, by name and content, and the jar itself.
fingerprint() {
    (cd "$home" && find pom.xml src/main conf/spark-s3.conf -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum && sha256sum target/spark-inversion.jar) |
        sha256sum
}
up_to_date() {
    [ -f "$jar" ] && [ -d "$target/job-libs" ] && [ -d "$target/spark-libs" ] && [ -d "$target/native-cpu" ] &&
        [ -f "$jar.built-from" ] && [ "$(fingerprint)" = "$(cat "$jar.built-from")" ]
}
# What Maven does at the moment, from its log.
step() {
    awk '
        /Downloading from/ { fetching = $NF; sub(/.*\//, "", fetching) }
        /Downloaded from/ {
            fetching = ""
            size = $0; sub(/.*\(/, "", size); split(size, word, " ")
            bytes += word[1] * (word[2] == "GB" ? 1e9 : word[2] == "MB" ? 1e6 : word[2] == "kB" ? 1e3 : 1)
        }
        /--- .*:compile / { doing = "compiling" }
        /--- .*:resources / { doing = "copying resources" }
        /--- .*:jar / { doing = "packing the jar" }
        /--- .*:copy-dependencies / { doing = "copying libraries" }
        END {
            if (fetching != "") doing = "fetching " fetching
            printf "%s", doing == "" ? "starting Maven" : doing
            if (bytes >= 1e6) printf ", %d MB fetched", bytes / 1e6
        }' "$log"
}
report() {
    while sleep "$interval"; do echo "Building: $SECONDS s, $(step)" >&2; done
}

if up_to_date; then
    exit 0
fi
command -v mvn >/dev/null || { echo "error: no Maven found; install Maven 3.8 or newer" >&2; exit 2; }
mkdir -p "$target"
# Of two commands that start together, one builds and the other waits.
if command -v flock >/dev/null; then
    exec 9>"$target/build.lock"
    flock -n 9 || { echo "Waiting for another build in $target" >&2; flock 9; }
    if up_to_date; then
        exit 0
    fi
fi

echo "Building; the first time Maven fetches about 570 MB of libraries and plugins." >&2
rm -f "$jar.built-from"
: >"$log"
report 9>&- &
reporter=$!
trap 'kill "$reporter" 2>/dev/null || true' EXIT
if ! mvn -B -f "$home/pom.xml" -Dmaven.test.skip=true package >"$log" 2>&1 9>&-; then
    # Maven 3.8 prints colour resets even where colour is off.
    sed $'s/\033\[[0-9;]*m//g' "$log" | grep -E '^\[(ERROR|FATAL)\]' >&2 || tail -n 20 "$log" >&2
    echo "error: the build failed; its log is $log" >&2
    exit 1
fi
fingerprint >"$jar.built-from"
