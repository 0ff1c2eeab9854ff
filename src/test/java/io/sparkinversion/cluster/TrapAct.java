package io.sparkinversion.cluster;

import io.sparkinversion.engine.EngineException;
import io.sparkinversion.engine.EngineException.Kind;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;

/** What a {@link Trap} does. */
enum TrapAct {
    /** The executor that has come there is killed; where the driver has, some executor. */
    KILL_EXECUTOR {
        @Override
        void happen(Trap.Setting trap) throws IOException {
            ProcessHandle here = ProcessHandle.current();
            kill(List.of(worker(trap)
                    .filter(parent -> isParent(parent, here))
                    .map(parent -> here)
                    .orElseGet(() -> executors(trap).findFirst().orElseThrow())));
        }
    },
    /** The worker is killed with all its executors, as a machine that loses power. */
    KILL_WORKER {
        @Override
        void happen(Trap.Setting trap) throws IOException {
            ProcessHandle worker = worker(trap).orElseThrow();
            List<ProcessHandle> lost = new ArrayList<>(List.of(worker));
            worker.children().forEach(lost::add);
            kill(lost);
        }
    },
    KILL_DRIVER {
        @Override
        void happen(Trap.Setting trap) throws IOException {
            long driver = Long.parseLong(Files.readString(trap.folder().resolve(DRIVER)));
            kill(List.of(ProcessHandle.of(driver).orElseThrow()));
        }
    },
    /** What a full disk says. */
    NO_SPACE {
        @Override
        void happen(Trap.Setting trap) throws IOException {
            throw new IOException("injected: No space left on device");
        }
    },
    OUT_OF_MEMORY {
        @Override
        void happen(Trap.Setting trap) {
            throw new EngineException(Kind.OUT_OF_MEMORY, "injected: CUDA out of memory", null);
        }
    },
    DEVICE_LOST {
        @Override
        void happen(Trap.Setting trap) {
            throw new EngineException(Kind.DEVICE_LOST, "injected: an illegal memory access was encountered", null);
        }
    },
    /** Nothing can interrupt the thread any more. */
    HANG {
        @Override
        void happen(Trap.Setting trap) {
            while (true) {
                try {
                    TimeUnit.DAYS.sleep(1);
                } catch (InterruptedException e) {
                    // As native code does not.
                }
            }
        }
    },
    DELETE_FILE {
        @Override
        void happen(Trap.Setting trap) throws IOException {
            Files.delete(Path.of(trap.file()));
        }
    },
    HALVE_FILE {
        @Override
        void happen(Trap.Setting trap) throws IOException {
            byte[] whole = Files.readAllBytes(Path.of(trap.file()));
            Files.write(Path.of(trap.file()), Arrays.copyOf(whole, whole.length / 2));
        }
    },
    /** The folders in which Spark keeps this executor's blocks are no folders any more. */
    LOSE_SCRATCH {
        @Override
        void happen(Trap.Setting trap) throws IOException {
            StringBuilder lost = new StringBuilder();
            for (File disk : SparkEnv.get().blockManager().diskBlockManager().localDirs()) {
                Files.move(disk.toPath(), aside(disk.toPath()));
                Files.createFile(disk.toPath());
                lost.append(disk).append('\n');
            }
            Files.writeString(trap.folder().resolve(SCRATCH), lost);
        }
    },
    /** For the engine: what it returns of an image is not finite. */
    NOT_FINITE,
    /** For the engine: what it returns has not the image's size. */
    MISSHAPE;

    /** The file in the trap's folder that names the driver's process. */
    static final String DRIVER = "driver.pid";

    private static final String SCRATCH = "scratch";

    /** Whether {@link #LOSE_SCRATCH} has happened and was not undone yet. */
    static boolean lostScratch(Trap trap) {
        return Files.exists(trap.folder().resolve(SCRATCH));
    }

    /** Undoes {@link #LOSE_SCRATCH}, unless the executor has gone and taken its folders with it. */
    static void restoreScratch(Trap trap) {
        try {
            for (String line : Files.readAllLines(trap.folder().resolve(SCRATCH))) {
                Path disk = Path.of(line);
                if (Files.isRegularFile(disk)) {
                    Files.delete(disk);
                    Files.move(aside(disk), disk);
                }
            }
            Files.delete(trap.folder().resolve(SCRATCH));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path aside(Path disk) {
        return disk.resolveSibling(disk.getFileName() + ".lost");
    }

    /** Nothing by itself. */
    void happen(Trap.Setting trap) throws IOException {}

    /** The one that this executor is of; in a driver, the first that has any. */
    private static Optional<ProcessHandle> worker(Trap.Setting trap) {
        ProcessHandle here = ProcessHandle.current();
        List<ProcessHandle> workers = trap.workers().stream()
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .toList();
        return workers.stream()
                .filter(worker -> isParent(worker, here))
                .findFirst()
                .or(() -> workers.stream()
                        .filter(worker -> worker.children().findAny().isPresent())
                        .findFirst());
    }

    private static boolean isParent(ProcessHandle process, ProcessHandle child) {
        return child.parent().map(process::equals).orElse(false);
    }

    private static Stream<ProcessHandle> executors(Trap.Setting trap) {
        return trap.workers().stream()
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .flatMap(ProcessHandle::children);
    }

    /** By the command: Java does not let a process kill itself without warning. Returns when they are dead. */
    private static void kill(List<ProcessHandle> processes) throws IOException {
        List<String> command = new ArrayList<>(List.of("kill", "-9"));
        processes.forEach(process -> command.add(Long.toString(process.pid())));
        new ProcessBuilder(command).start();
        processes.forEach(process -> {
            while (process.isAlive()) {
                Thread.onSpinWait();
            }
        });
    }
}
