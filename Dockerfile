# The image of drivers and executors on Kubernetes; conf/spark-kubernetes.conf names it. It has been read line by line by a
# test (DockerfileTest), but no engine has built it yet.
#
#   jobs/build.sh
#   docker build -t REGISTRY/spark-inversion:0.1.0 .
#
# The base is an image with Spark 4.2.0, Scala 2.13 and Java 17, such as one that Spark's own bin/docker-image-tool.sh makes.
# Its entrypoint stays: Spark starts it with the word driver or executor.
ARG SPARK_IMAGE=apache/spark:4.2.0-scala2.13-java17-ubuntu
FROM ${SPARK_IMAGE}

# libtorch for CUDA 12.8, from PyTorch's package for Python; Python itself is not used later. spark.executorEnv.PYTORCH_LIBRARY_PATH
# points here.
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-pip \
    && pip install --no-cache-dir --target /opt/torch-package --index-url https://download.pytorch.org/whl/cu128 torch==2.7.1 \
    && ln -s /opt/torch-package/torch /opt/torch \
    && apt-get purge -y python3-pip \
    && rm -rf /var/lib/apt/lists/*

# The job's libraries, without those that Spark has, and without libtorch for the CPU, which would win over CUDA's. They
# are Spark's own here, so that s3a:// works for spark-submit, too.
COPY target/job-libs /opt/spark-inversion/job-libs
RUN cd /opt/spark-inversion/job-libs \
    && for jar in *.jar; do \
           artifact=$(echo "$jar" | sed 's/-[0-9].*\.jar$//'); \
           ls "$SPARK_HOME/jars/$artifact"-[0-9]*.jar >/dev/null 2>&1 || cp "$jar" "$SPARK_HOME/jars/"; \
       done \
    && rm -r /opt/spark-inversion/job-libs

# The jar, its settings and its script, and the default models. Every user may read them.
COPY target/spark-inversion.jar /opt/spark-inversion/
COPY conf /opt/spark-inversion/conf
COPY data-samples/models /opt/spark-inversion/data-samples/models
RUN chmod -R a+rX /opt/spark-inversion && chmod 755 /opt/spark-inversion/conf/gpu-discovery.sh

# The user of Spark's images.
USER 185
