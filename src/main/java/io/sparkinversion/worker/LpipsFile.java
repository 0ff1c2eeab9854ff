package io.sparkinversion.worker;

import io.sparkinversion.network.LpipsNetwork;
import io.sparkinversion.weights.RemoteFile;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightsException;
import org.apache.hadoop.conf.Configuration;

/** A file of LPIPS weights, wherever it is. */
public final class LpipsFile {
    private LpipsFile() {}

    /**
     * The weights, which the caller closes.
     *
     * @param address a local path or an {@code hdfs://} or {@code s3a://} address
     */
    public static WeightSource open(String address, Configuration hadoop) {
        return WeightFiles.openCheckpoint(RemoteFile.local(address, hadoop));
    }

    /** @throws WeightsException if the file cannot be read or lacks a layer */
    public static void check(String address, Configuration hadoop) {
        try (WeightSource weights = open(address, hadoop)) {
            new LpipsNetwork(weights).requireLayers();
        }
    }

    /** What tables call the weights: {@code lpips-alex-v0.1.safetensors} is {@code alex}. */
    public static String name(String address) {
        String file = address.substring(address.lastIndexOf('/') + 1);
        return file.replaceFirst("\\.[a-z]+$", "").replaceFirst("^lpips-", "").replaceFirst("-v0\\.1$", "");
    }
}
