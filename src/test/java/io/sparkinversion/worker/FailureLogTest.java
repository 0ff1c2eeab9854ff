package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an executor's log says of images. */
class FailureLogTest {
    @TempDir
    private Path folder;

    private final Logger logger = (Logger) LogManager.getLogger(BatchPipeline.class);
    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
    private final AbstractAppender appender = new AbstractAppender("lines", null, null, true, Property.EMPTY_ARRAY) {
        @Override
        public void append(LogEvent event) {
            lines.add(event.getLevel() + " " + event.getMessage().getFormattedMessage());
        }
    };

    @BeforeEach
    void listen() {
        appender.start();
        logger.addAppender(appender);
        logger.setLevel(Level.ALL);
    }

    @AfterEach
    void stopListening() {
        logger.removeAppender(appender);
        appender.stop();
    }

    @Test
    void imagesThatFailAreNamedWithTheReasonAndNoOthers() {
        List<WorkItem> items = new ArrayList<>(PipelineFixture.items(6));
        items.set(1, PipelineFixture.withBytes("bad", new byte[] {1, 2, 3}));
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine().failsFor("caption 4"), 2)) {
            fixture.run(items);
        }

        assertThat(lines).hasSize(2);
        assertThat(lines).anySatisfy(line -> assertThat(line)
                .startsWith("WARN image bad failed at stage DECODE: UNKNOWN_FORMAT: "));
        assertThat(lines).anySatisfy(line -> assertThat(line)
                .startsWith("WARN image id 4 failed at stage INVERT: ENGINE_ERROR: "));
    }
}
