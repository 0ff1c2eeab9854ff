package io.sparkinversion.worker;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Other ways to write a file's name: macOS stores accents as characters of their own (NFD), other systems do not (NFC),
 * and Windows writes backslashes.
 */
final class OtherNames {
    private OtherNames() {}

    /** The other forms of the address; none that leads up from where the address leads. */
    static Set<String> of(String address) {
        Set<String> names = new LinkedHashSet<>();
        addForms(names, address);
        String slashes = address.replace('\\', '/');
        if (!slashes.equals(address) && !Arrays.asList(slashes.split("/")).contains("..")) {
            names.add(slashes);
            addForms(names, slashes);
        }
        names.remove(address);
        return names;
    }

    private static void addForms(Set<String> names, String address) {
        int name = address.lastIndexOf('/') + 1;
        for (Normalizer.Form form : new Normalizer.Form[] {Normalizer.Form.NFC, Normalizer.Form.NFD}) {
            names.add(Normalizer.normalize(address, form));
            names.add(address.substring(0, name) + Normalizer.normalize(address.substring(name), form));
        }
    }

    /**
     * What is there instead of a local file: its folder is missing, or has a file whose name differs in case or extension
     * only.
     *
     * @return goes behind the message; nothing where there is nothing to say
     */
    static String hint(Path missing) {
        Path folder = missing.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return "";
        }
        String wanted = stem(missing);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                if (stem(file).equalsIgnoreCase(wanted)) {
                    return "; there is '" + file.getFileName() + "'";
                }
            }
        } catch (IOException | RuntimeException e) {
            // The file is missing all the same.
        }
        return "";
    }

    private static String stem(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return Normalizer.normalize(dot > 0 ? name.substring(0, dot) : name, Normalizer.Form.NFC);
    }
}
