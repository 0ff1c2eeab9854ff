package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.TestClassPath;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ModelFolderTest {

    static final List<String> NEEDED = List.of(
            "model_index.json",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "text_encoder/model.safetensors",
            "tokenizer/merges.txt",
            "tokenizer/vocab.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "vae/config.json",
            "vae/diffusion_pytorch_model.safetensors");

    @TempDir
    private Path folder;

    private Path model;
    private Path cache;

    @BeforeEach
    void writeModel() throws IOException {
        model = Checkpoints.model(folder.resolve("model"));
        cache = folder.resolve("cache");
        FakeFileSystem.OPENED.clear();
    }

    private String address() {
        return "fake://" + model;
    }

    private ModelFolder modelFolder(Configuration hadoop) {
        return new ModelFolder(hadoop, cache, WeightPrecision.FULL);
    }

    /** The model's files; without their checksums. */
    static List<String> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(name -> !name.equals(Checksums.FILE))
                    .sorted()
                    .toList();
        }
    }

    private static Set<String> names(Path root) throws IOException {
        try (Stream<Path> files = Files.list(root)) {
            Set<String> names = new TreeSet<>();
            files.forEach(file -> names.add(file.getFileName().toString()));
            return names;
        }
    }

    @Test
    void aLocalFolderIsTakenAsItIs() {
        ModelFolder folders = modelFolder(FakeFileSystem.configuration());

        assertThat(folders.resolve(model.toString())).isEqualTo(model);
        assertThat(folders.resolve("file:" + model)).isEqualTo(model);
        assertThat(folders.resolve("file://" + model)).isEqualTo(model);
        assertThat(cache).doesNotExist();
    }

    @Test
    void copiesWhatTheModelNeedsAndNothingElse() throws IOException {
        Path copy = modelFolder(FakeFileSystem.configuration()).resolve(address());

        assertThat(copy.getParent()).isEqualTo(cache);
        assertThat(files(copy)).isEqualTo(NEEDED);
        for (String name : NEEDED) {
            assertThat(copy.resolve(name)).hasSameBinaryContentAs(model.resolve(name));
        }
        assertThat(names(cache)).containsExactly(copy.getFileName().toString(), copy.getFileName() + ".lock");
    }

    @Test
    void copiesTheHalfPrecisionWeightsWhereTheyAreWanted() throws IOException {
        ModelFolder folders = new ModelFolder(FakeFileSystem.configuration(), cache, WeightPrecision.HALF);

        assertThat(files(folders.resolve(address())))
                .contains("unet/diffusion_pytorch_model.fp16.safetensors", "vae/diffusion_pytorch_model.safetensors")
                .doesNotContain("unet/diffusion_pytorch_model.safetensors");
    }

    @Test
    void copiesPickledWeightsWhereThereAreNoOthers() throws IOException {
        Files.delete(model.resolve("unet/diffusion_pytorch_model.safetensors"));
        Files.delete(model.resolve("unet/diffusion_pytorch_model.fp16.safetensors"));

        assertThat(files(modelFolder(FakeFileSystem.configuration()).resolve(address())))
                .contains("unet/diffusion_pytorch_model.bin");
    }

    @Test
    void copiesTheShardsThatTheIndexNames() throws IOException {
        Path unet = model.resolve("unet");
        Files.move(unet.resolve("diffusion_pytorch_model.safetensors"), unet.resolve("part-1.safetensors"));
        Files.writeString(
                unet.resolve("diffusion_pytorch_model.safetensors.index.json"),
                "{\"weight_map\": {\"weight\": \"part-1.safetensors\"}}");
        Path copy = modelFolder(FakeFileSystem.configuration()).resolve(address());

        assertThat(names(copy.resolve("unet")))
                .containsExactly("config.json", "diffusion_pytorch_model.safetensors.index.json", "part-1.safetensors");
        try (WeightSource weights = WeightFiles.open(copy.resolve("unet"), "diffusion_pytorch_model")) {
            assertThat(weights.read("weight").toFloats()).containsExactly(1.5f, -2);
        }

        Files.delete(unet.resolve("part-1.safetensors"));
        assertThatThrownBy(() -> modelFolder(FakeFileSystem.configuration()).resolve(address()))
                .isInstanceOf(WeightsException.class)
                .hasMessage("the model at " + address() + " lacks unet/part-1.safetensors,"
                        + " which its index of weights names; upload it too");
    }

    @Test
    void aModelWithoutWeightsIsAModel() throws IOException {
        for (String name : NEEDED) {
            if (name.endsWith(".safetensors")) {
                Files.delete(model.resolve(name));
            }
        }
        Files.delete(model.resolve("unet/diffusion_pytorch_model.fp16.safetensors"));
        Files.delete(model.resolve("unet/diffusion_pytorch_model.bin"));

        assertThat(names(modelFolder(FakeFileSystem.configuration())
                        .resolve(address())
                        .resolve("unet")))
                .containsExactly("config.json");
    }

    @Test
    void anEqualCopyIsUsedAgain() {
        Path first = modelFolder(FakeFileSystem.configuration()).resolve(address());
        int opened = FakeFileSystem.OPENED.size();

        assertThat(modelFolder(FakeFileSystem.configuration()).resolve(address()))
                .isEqualTo(first);
        assertThat(FakeFileSystem.OPENED).hasSize(opened).hasSize(NEEDED.size());
    }

    @Test
    void aChangedModelIsCopiedAnew() throws IOException {
        Path first = modelFolder(FakeFileSystem.configuration()).resolve(address());
        Files.writeString(model.resolve("unet/config.json"), "{\"changed\": true}");
        Path second = modelFolder(FakeFileSystem.configuration()).resolve(address());

        assertThat(second).isNotEqualTo(first);
        assertThat(second.resolve("unet/config.json")).hasContent("{\"changed\": true}");
        assertThat(first.resolve("unet/config.json")).hasContent("{}");
    }

    @Test
    void whatAKilledProcessLeftIsReplaced() throws IOException {
        Configuration hadoop = FakeFileSystem.configuration();
        String key = new RemoteModel(address(), hadoop, WeightPrecision.FULL).cacheKey();
        Files.createDirectories(cache.resolve(key + ".partial/unet"));
        Files.writeString(cache.resolve(key + ".partial/unet/config.json"), "half writ");

        assertThat(files(modelFolder(hadoop).resolve(address()))).isEqualTo(NEEDED);
        assertThat(names(cache)).containsExactly(key, key + ".lock");
    }

    @Test
    void anIncompleteCopyIsReplaced() throws IOException {
        Path copy = modelFolder(FakeFileSystem.configuration()).resolve(address());
        Files.delete(copy.resolve("vae/config.json"));
        Files.writeString(copy.resolve("unet/diffusion_pytorch_model.safetensors"), "short");

        assertThat(modelFolder(FakeFileSystem.configuration()).resolve(address()))
                .isEqualTo(copy);
        assertThat(files(copy)).isEqualTo(NEEDED);
        assertThat(copy.resolve("unet/diffusion_pytorch_model.safetensors"))
                .hasSameBinaryContentAs(model.resolve("unet/diffusion_pytorch_model.safetensors"));
    }

    /** As a disk does it: neither size nor time of the file tells. */
    @Test
    void aCopyWithADamagedFileIsReplaced() throws IOException {
        Path copy = modelFolder(FakeFileSystem.configuration()).resolve(address());
        Path weights = copy.resolve("unet/diffusion_pytorch_model.safetensors");
        FileTime time = Files.getLastModifiedTime(weights);
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        Files.setLastModifiedTime(weights, time);

        assertThat(modelFolder(FakeFileSystem.configuration()).resolve(address()))
                .isEqualTo(copy);
        assertThat(weights).hasSameBinaryContentAs(model.resolve("unet/diffusion_pytorch_model.safetensors"));
        assertThat(FakeFileSystem.OPENED).as("fetched twice").hasSize(2 * NEEDED.size());
    }

    /** {@code sha256sum --check SHA256SUMS} reads the same. */
    @Test
    void theCopyHoldsTheHashesOfItsFiles() throws IOException {
        Path copy = modelFolder(FakeFileSystem.configuration()).resolve(address());

        assertThat(copy.resolve("SHA256SUMS"))
                .content()
                .contains("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a  unet/config.json\n")
                .hasLineCount(NEEDED.size());
        Files.writeString(copy.resolve("SHA256SUMS"), "");
        modelFolder(FakeFileSystem.configuration()).resolve(address());
        assertThat(FakeFileSystem.OPENED).as("without hashes a copy is none").hasSize(2 * NEEDED.size());
    }

    @Test
    void aBrokenConnectionLeavesNoCopy() throws IOException {
        Configuration hadoop = FakeFileSystem.cutShort("merges.txt");
        String key = new RemoteModel(address(), hadoop, WeightPrecision.FULL).cacheKey();

        assertThatThrownBy(() -> modelFolder(hadoop).resolve(address()))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith("cannot fetch the model at " + address())
                .hasMessageContaining("tokenizer/merges.txt gave 1 bytes where its listing says 4");
        assertThat(FakeFileSystem.OPENED)
                .filteredOn("merges.txt"::equals)
                .as("attempts")
                .hasSize(3);
        assertThat(cache.resolve(key)).doesNotExist();
        assertThat(files(modelFolder(FakeFileSystem.configuration()).resolve(address())))
                .isEqualTo(NEEDED);
    }

    @Test
    void severalThreadsGetOneCopy() throws Exception {
        int threads = 8;
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            Callable<Path> resolve = () -> {
                start.await();
                return modelFolder(FakeFileSystem.configuration()).resolve(address());
            };
            Set<Path> copies = new TreeSet<>();
            for (Future<Path> copy : executor.invokeAll(Collections.nCopies(threads, resolve))) {
                copies.add(copy.get());
            }
            assertThat(copies).hasSize(1);
            assertThat(FakeFileSystem.OPENED).hasSize(NEEDED.size());
        } finally {
            executor.shutdownNow();
        }
    }

    /** The test holds the lock until both processes have listed the model and found no copy. */
    @Test
    void twoProcessesEndWithOneCopy() throws Exception {
        RemoteModel remote = new RemoteModel(address(), FakeFileSystem.configuration(), WeightPrecision.FULL);
        ModelFolder folders = modelFolder(FakeFileSystem.configuration());
        Files.createDirectories(cache);
        List<Process> processes = new ArrayList<>();
        List<String> results = new ArrayList<>();
        try {
            List<BufferedReader> outputs = new ArrayList<>();
            FolderLock lock = FolderLock.acquire(folders.lockFile(remote.cacheKey()));
            try {
                for (int i = 0; i < 2; i++) {
                    processes.add(start(ModelFolderProcess.class, cache.toString(), address()));
                    outputs.add(processes.get(i).inputReader());
                }
                for (BufferedReader output : outputs) {
                    assertThat(output.readLine()).isEqualTo("listed " + remote.cacheKey());
                }
                assertThat(cache.resolve(remote.cacheKey())).doesNotExist();
            } finally {
                lock.close();
            }
            for (BufferedReader output : outputs) {
                assertThat(output.readLine()).isEqualTo("copy " + cache.resolve(remote.cacheKey()));
                results.add(output.readLine());
            }
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
        assertThat(results).containsExactlyInAnyOrder("opened 0", "opened " + NEEDED.size());
        assertThat(files(cache.resolve(remote.cacheKey()))).isEqualTo(NEEDED);
    }

    private static Process start(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                TestClassPath.text(),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Test
    void namesWhatIsMissingAndWhereItLooked() throws IOException {
        Files.delete(model.resolve("scheduler/scheduler_config.json"));
        Files.delete(model.resolve("scheduler"));
        Files.move(model.resolve("tokenizer"), model.resolve("tokeniser"));
        ModelFolder folders = modelFolder(FakeFileSystem.configuration());

        for (String address : List.of(model.toString(), address())) {
            assertThatThrownBy(() -> folders.resolve(address))
                    .isInstanceOf(WeightsException.class)
                    .hasMessage("no model in the diffusers layout at " + address + ": it lacks tokenizer/, scheduler/;"
                            + " looked for unet/, vae/, text_encoder/, tokenizer/, scheduler/");
        }
    }

    @Test
    void saysThatThereIsNoFolder() {
        ModelFolder folders = modelFolder(FakeFileSystem.configuration());

        for (String address : List.of("runwayml/stable-diffusion-v1-5", "fake:///no/such/folder")) {
            assertThatThrownBy(() -> folders.resolve(address))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageStartingWith("no model at " + address + ": there is no such folder");
        }
        assertThatThrownBy(() -> folders.resolve("nosuch://bucket/model"))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith("cannot fetch the model at nosuch://bucket/model")
                .hasMessageContaining("No FileSystem for scheme \"nosuch\"");
    }

    @Test
    void theFingerprintIsOfWhatTheModelUses() throws IOException {
        String fingerprint = ModelFolder.fingerprint(model);

        assertThat(fingerprint).matches("[0-9a-f]{64}");
        Path copy = modelFolder(FakeFileSystem.configuration()).resolve(address());
        assertThat(ModelFolder.fingerprint(copy)).isEqualTo(fingerprint);
        Files.writeString(model.resolve("unet/diffusion_pytorch_model.bin"), "other bytes that are not used");
        Files.writeString(model.resolve("README.md"), "a card");
        assertThat(ModelFolder.fingerprint(model)).isEqualTo(fingerprint);
        assertThat(ModelFolder.fingerprint(model, WeightPrecision.HALF)).isNotEqualTo(fingerprint);
    }

    @Test
    void theFingerprintChangesWithEveryFileOfTheModel() throws IOException {
        Set<String> fingerprints = new TreeSet<>(Set.of(ModelFolder.fingerprint(model)));
        for (String name : NEEDED) {
            byte[] intact = Files.readAllBytes(model.resolve(name));
            byte[] changed = intact.clone();
            changed[changed.length - 1] ^= 1;
            Files.write(model.resolve(name), changed);
            fingerprints.add(ModelFolder.fingerprint(model));
            Files.write(model.resolve(name), intact);
        }
        assertThat(fingerprints).hasSize(NEEDED.size() + 1);
    }

    @Test
    void modelsAtHandResolve() {
        for (String name : List.of("fixtures/models/tiny-sd15", "models/emoji-ldm")) {
            Path shared = Checkpoints.shared(name);
            Path copy = modelFolder(FakeFileSystem.configuration()).resolve("fake://" + shared);

            assertThat(ModelFolder.fingerprint(copy)).isEqualTo(ModelFolder.fingerprint(shared));
        }
    }
}
