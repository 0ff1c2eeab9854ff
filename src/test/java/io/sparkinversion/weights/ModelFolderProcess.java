package io.sparkinversion.weights;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;

/** One of several processes that want the same model: arguments are the cache and the model's address. */
final class ModelFolderProcess {

    private ModelFolderProcess() {}

    public static void main(String[] arguments) throws IOException {
        Configuration hadoop = FakeFileSystem.configuration();
        String address = arguments[1];
        System.out.println("listed " + new RemoteModel(address, hadoop, WeightPrecision.FULL).cacheKey());
        Path copy = new ModelFolder(hadoop, Path.of(arguments[0]), WeightPrecision.FULL).resolve(address);
        System.out.println("copy " + copy);
        System.out.println("opened " + FakeFileSystem.OPENED.size());
    }
}
