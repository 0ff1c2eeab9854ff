# The image of executors (and drivers) on Kubernetes; conf/spark-kubernetes.conf names it. Written from Spark's and
# PyTorch's documentation: it has not been built or run yet.
#
#   jobs/build.sh
#   docker build -t REGISTRY/spark-inversion:0.1.0 .
#
# The base is an image with Spark 4.2.0, Scala 2.13 and Java 17, such as one that Spark's own bin/docker-image-tool.sh makes.
ARG SPARK_IMAGE=apache/spark:4.2.0-scala2.13-java17-ubuntu
FROM ${SPARK_IMAGE}

# A CUDA build of libtorch, from the Python package; Python itself is not used later. spark.executorEnv.PYTORCH_LIBRARY_PATH
# points here.
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-pip \
    && pip install --no-cache-dir --target /opt/torch-package torch==2.7.1 \
    && ln -s /opt/torch-package/torch /opt/torch \
    && apt-get purge -y python3-pip \
    && rm -rf /var/lib/apt/lists/*

# The jar, its settings and its script. Libraries travel with jobs/submit, without libtorch for the CPU, which would win over
# CUDA's.
COPY target/spark-inversion.jar /opt/spark-inversion/
COPY conf/gpu-discovery.sh conf/java-options /opt/spark-inversion/conf/
RUN chmod 755 /opt/spark-inversion/conf/gpu-discovery.sh

# The user of Spark's images.
USER 185
