package io.sparkinversion.report;

import java.io.Console;

/** What the program's output goes to. */
public final class Terminal {
    /** As wide as need be: a file, or another program. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private static final int USUAL = 80;

    private Terminal() {}

    /** Whether a person sees the lines as they come. */
    @SuppressWarnings("SystemConsoleNull")
    public static boolean isThere() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            // Before JDK 22 there is a console only where there is a terminal.
            return true;
        }
    }

    /** Characters in a line: {@code COLUMNS}, which the launchers set; else 80 on a terminal, and no limit elsewhere. */
    public static int columns() {
        return columns(System.getenv("COLUMNS"), isThere());
    }

    static int columns(String variable, boolean terminal) {
        if (variable != null && variable.strip().matches("[1-9]\\d{0,4}")) {
            return Integer.parseInt(variable.strip());
        }
        return terminal ? USUAL : UNLIMITED;
    }
}
