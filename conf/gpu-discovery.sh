#!/usr/bin/env bash
# Tells Spark which GPUs a worker has (spark.worker.resource.gpu.discoveryScript, spark.executor.resource.gpu.discoveryScript).
set -euo pipefail

mapfile -t gpus < <(nvidia-smi --query-gpu=index --format=csv,noheader)

# When a process was started, so that another one with its number is not taken for it; nothing where it has ended.
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# A container of YARN sees its own GPUs where YARN isolates them. Elsewhere YARN only counts them, each container sees
# all, and executors would share the first: there each claims as many as it has asked for, for as long as it lives.
amount=${SPARK_INVERSION_GPUS:-1}
if [ -n "${CONTAINER_ID:-}" ] && [ "${#gpus[@]}" -gt "$amount" ]; then
    claims=${SPARK_INVERSION_GPU_CLAIMS:-/tmp/spark-inversion-gpus-$(id -u)}
    mkdir -p "$claims"
    exec 9>"$claims/lock"
    flock 9
    own=()
    for gpu in "${gpus[@]}"; do
        holder= since=
        [ ! -f "$claims/$gpu" ] || read -r holder since <"$claims/$gpu" || true
        if [ -z "$holder" ] || [ "$(started "$holder")" != "$since" ]; then
            echo "$PPID $(started "$PPID")" >"$claims/$gpu"
            own+=("$gpu")
        fi
        [ "${#own[@]}" -lt "$amount" ] || break
    done
    if [ "${#own[@]}" -lt "$amount" ]; then
        echo "error: ${#own[@]} of the ${#gpus[@]} GPUs of $(hostname) are free of other executors, $amount asked for; let YARN isolate GPUs" >&2
        exit 1
    fi
    gpus=("${own[@]}")
fi

addresses=$(printf '"%s",' "${gpus[@]}")
echo "{\"name\": \"gpu\", \"addresses\": [${addresses%,}]}"
