package io.sparkinversion.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Harm that waits for a run: whichever of its processes comes to a place first springs it, and after so many times it
 * is spent. A folder that all of them see is its memory, so that a process that dies of it takes nothing along.
 *
 * @param folder of this trap alone
 */
public record Trap(Path folder) {
    private static final String SET = "set";
    private static final String SPRUNG = "sprung-";
    private static final String SEPARATOR = "\n";

    /**
     * What a set trap knows.
     *
     * @param folder the trap's
     * @param workers processes of the cluster's workers
     * @param file that the act concerns; empty for none
     */
    record Setting(
            Path folder, String place, Pattern subject, TrapAct act, int times, List<Long> workers, String file) {
        static Setting read(Path folder) throws IOException {
            try {
                String[] lines = Files.readString(folder.resolve(SET)).split(SEPARATOR, -1);
                List<Long> workers =
                        Arrays.stream(lines[4].split(" ")).map(Long::valueOf).toList();
                return new Setting(
                        folder,
                        lines[0],
                        Pattern.compile(lines[1]),
                        TrapAct.valueOf(lines[2]),
                        Integer.parseInt(lines[3]),
                        workers,
                        lines[5]);
            } catch (NoSuchFileException e) {
                return null;
            }
        }

        void write() throws IOException {
            String pids = workers.stream().map(String::valueOf).collect(Collectors.joining(" "));
            String text =
                    String.join(SEPARATOR, place, subject.pattern(), act.name(), Integer.toString(times), pids, file);
            Path written = Files.writeString(folder.resolve(SET + ".new"), text);
            Files.move(written, folder.resolve(SET), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Sets it, whatever it was set to before. */
    void set(Setting setting) {
        try {
            remove();
            setting.write();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From now on nothing happens. */
    void remove() {
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(folder.resolve(SET));
            for (int i = 0; Files.deleteIfExists(folder.resolve(SPRUNG + i)); i++) {
                // The next one.
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How often it has been sprung since it was set. */
    int timesSprung() {
        int times = 0;
        while (Files.exists(folder.resolve(SPRUNG + times))) {
            times++;
        }
        return times;
    }

    /**
     * Called before work begins: does what the trap is set to, if it is set to that work and not spent.
     *
     * @param place kind of work
     * @param subject what is worked on
     * @return what was done; null for nothing
     * @throws IOException if that is what the trap does
     */
    public TrapAct reached(String place, String subject) throws IOException {
        Setting setting = Setting.read(folder);
        if (setting == null
                || !setting.place().equals(place)
                || !setting.subject().matcher(subject).find()
                || !springs(setting.times())) {
            return null;
        }
        setting.act().happen(setting);
        return setting.act();
    }

    private boolean springs(int times) throws IOException {
        for (int i = 0; i < times; i++) {
            try {
                Files.createFile(folder.resolve(SPRUNG + i));
                return true;
            } catch (FileAlreadyExistsException e) {
                // Sprung that often before.
            }
        }
        return false;
    }
}
