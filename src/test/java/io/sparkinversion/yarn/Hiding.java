package io.sparkinversion.yarn;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Hides a folder from a process and all that it starts, as if it ran on another machine. Takes Linux and root. */
final class Hiding {
    static final boolean POSSIBLE = isPossible();

    private Hiding() {}

    /** Words before the process's own. */
    static List<String> of(Path folder) {
        return List.of("unshare", "-m", "sh", "-c", "mount -t tmpfs none \"$0\" && exec \"$@\"", folder.toString());
    }

    private static boolean isPossible() {
        try {
            return new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
