#!/usr/bin/env bash
# Runs a command of this project on this machine: builds it if need be, then starts Java with Spark inside.
# The other files in this folder call it; `jobs/run.sh --help` lists all commands.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v "$java" >/dev/null || { echo "error: no Java found; install JDK 17 or newer, or set JAVA_HOME" >&2; exit 2; }
# Java's folder has its version in a file, which is read sooner than Java starts.
folder=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$folder/release" 2>/dev/null || true)
[ -n "$version" ] || version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
[ "${version:-0}" -ge 17 ] || { echo "error: Java ${version:-unknown} found, 17 or newer is needed" >&2; exit 2; }

"$home/jobs/build.sh"

# libtorch for the CPU must be absent where a CUDA build is named: it would win.
native=("$home"/target/native-cpu/*)
[ -z "${PYTORCH_LIBRARY_PATH:-}" ] || native=()
classpath="$home/conf:$home/target/spark-inversion.jar:$home/target/job-libs/*:$home/target/spark-libs/*"
for jar in ${native[@]+"${native[@]}"}; do classpath="$classpath:$jar"; done

# With more arenas glibc keeps several times as much freed memory for later.
export MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2} OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} DJL_OFFLINE=${DJL_OFFLINE:-true} OPT_OUT_TRACKING=true
# Tables fit the terminal; Java cannot ask for its width.
if [ -t 1 ] && [ -z "${COLUMNS:-}" ]; then
    size=$(stty size 2>/dev/null </dev/tty || true)
    [ -z "$size" ] || export COLUMNS="${size#* }"
fi
# What only prints ends before an optimising compiler has paid.
printing=()
for word in "$@"; do
    case "$word" in -h | --help | --help-all | --help-methods | -V | --version) printing=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC) ;; esac
done
# shellcheck disable=SC2086 # JAVA_OPTS holds several words
exec "$java" @"$home/conf/java-options" -Dspark.inversion.home="$home" -Djava.awt.headless=true \
    ${printing[@]+"${printing[@]}"} ${JAVA_OPTS:-} \
    -cp "$classpath" io.sparkinversion.cli.Main "$@"
