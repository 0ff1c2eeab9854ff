package io.sparkinversion.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.WithoutSpark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;

/** Tests in a browser of their class; skipped where there is none. */
@WithoutSpark
public abstract class WithBrowser {
    public static Browser browser;

    @BeforeAll
    static void openBrowser() throws IOException {
        Optional<Path> executable = Browser.executable();
        Assumptions.assumeTrue(executable.isPresent(), "no chromium, chromium-browser or google-chrome on PATH");
        browser = Browser.start(executable.get());
    }

    @AfterAll
    static void closeBrowser() throws IOException {
        if (browser != null) {
            browser.close();
            browser = null;
        }
    }

    @AfterEach
    void consoleIsQuiet() {
        assertThat(browser.console()).isEmpty();
    }
}
