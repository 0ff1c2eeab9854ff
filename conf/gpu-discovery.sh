#!/usr/bin/env bash
# Tells Spark which GPUs a worker has (spark.worker.resource.gpu.discoveryScript, spark.executor.resource.gpu.discoveryScript).
set -euo pipefail
addresses=$(nvidia-smi --query-gpu=index --format=csv,noheader | sed 's/.*/"&"/' | paste -sd, -)
echo "{\"name\": \"gpu\", \"addresses\": [$addresses]}"
