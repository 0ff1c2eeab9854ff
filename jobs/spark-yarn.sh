#!/usr/bin/env bash
# Prints the folder with Spark's client of YARN, which Maven fetches the first time.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$home/target

# Of the version of the Spark beside it.
core=$(basename "$target"/spark-libs/spark-core_*.jar)
jar=$target/spark-yarn/${core/spark-core/spark-yarn}
if [ ! -f "$jar" ]; then
    command -v mvn >/dev/null || { echo "error: no Maven found; install Maven 3.8 or newer" >&2; exit 2; }
    echo "Fetching $(basename "$jar")" >&2
    log=$target/spark-yarn.log
    if ! mvn -B -f "$home/pom.xml" dependency:copy@spark-yarn >"$log" 2>&1 || [ ! -f "$jar" ]; then
        grep -E '^\[(ERROR|FATAL)\]' "$log" >&2 || tail -n 20 "$log" >&2
        echo "error: cannot fetch $(basename "$jar"); the log is $log" >&2
        exit 1
    fi
fi
echo "$(dirname "$jar")"
