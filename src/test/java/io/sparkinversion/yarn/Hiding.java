package io.sparkinversion.yarn;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Lets a process and all that it starts run as if on another machine: without a folder of this one, and under another
 * host name. Takes Linux and root.
 */
final class Hiding {
    static final boolean POSSIBLE = isPossible();

    private static final String SCRIPT =
            "mount -t tmpfs none \"$0\" && mount --bind \"$1\" /etc/hosts && hostname \"$2\""
                    + " && shift 2 && exec \"$@\"";

    private Hiding() {}

    /**
     * Words before the process's own.
     *
     * @param folder that is empty there
     * @param hosts takes the place of {@code /etc/hosts}
     * @param name of the host
     */
    static List<String> of(Path folder, Path hosts, String name) {
        return List.of("unshare", "-m", "-u", "sh", "-c", SCRIPT, folder.toString(), hosts.toString(), name);
    }

    private static boolean isPossible() {
        try {
            return new ProcessBuilder("unshare", "-m", "-u", "true").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
