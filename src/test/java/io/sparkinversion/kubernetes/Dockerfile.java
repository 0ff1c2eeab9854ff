package io.sparkinversion.kubernetes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A Dockerfile that was read.
 *
 * @param instructions in their order
 * @param comments a line each, without the hash
 */
record Dockerfile(List<Instruction> instructions, List<String> comments) {
    /**
     * @param name such as {@code COPY}
     * @param words what follows, in one line with single spaces
     */
    record Instruction(String name, String words) {}

    static Dockerfile read(Path path) throws IOException {
        List<String> lines = Files.readAllLines(path);
        String text = lines.stream().filter(line -> !line.startsWith("#")).collect(Collectors.joining("\n"));
        List<Instruction> instructions = new ArrayList<>();
        for (String line : text.replaceAll("\\\\\n\\s*", "").split("\n")) {
            if (!line.isBlank()) {
                String[] parts = line.strip().split(" +", 2);
                instructions.add(new Instruction(parts[0], parts[1].replaceAll(" +", " ")));
            }
        }
        List<String> comments = lines.stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.substring(1).strip())
                .toList();
        return new Dockerfile(instructions, comments);
    }

    /** The words of all instructions of that name. */
    List<String> of(String name) {
        return instructions.stream()
                .filter(each -> each.name().equals(name))
                .map(Instruction::words)
                .toList();
    }
}
