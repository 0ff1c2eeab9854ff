#!/usr/bin/env bash
# Builds target/spark-inversion.jar and the folders of its dependencies, if a source file is newer than the jar.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jar=$home/target/spark-inversion.jar
if [ -f "$jar" ] && [ -z "$(find "$home/pom.xml" "$home/src/main" -newer "$jar" -print -quit)" ]; then
    exit 0
fi
command -v mvn >/dev/null || { echo "error: no Maven found; install Maven 3.8 or newer" >&2; exit 2; }
echo "Building; the first time Maven fetches about 570 MB of libraries and plugins." >&2
# Maven 3.8 prints colour resets even where colour is off.
mvn -q -B -ntp -f "$home/pom.xml" -Dmaven.test.skip=true package 2>&1 | sed $'s/\033\[[0-9;]*m//g' >&2
touch "$jar"
