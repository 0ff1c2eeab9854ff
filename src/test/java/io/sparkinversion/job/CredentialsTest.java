package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.output.Table;
import io.sparkinversion.weights.Address;
import io.sparkinversion.weights.Message;
import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.weights.RemoteFile;
import io.sparkinversion.weights.WeightPrecision;
import io.sparkinversion.weights.WeightsException;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.WriterAppender;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.apache.spark.sql.Row;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Secrets that somebody put where they do not belong appear nowhere that others may look. */
class CredentialsTest {
    private static final String KEY = "AKIAEXAMPLEKEY";
    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPx";
    private static final String USER = KEY + ":" + SECRET + "@";
    private static final List<String> SECRETS = List.of(KEY, SECRET, "K7MDENG");

    @TempDir
    private Path folder;

    /** With a secret in each place: model, LPIPS weights, Spark's settings, and paths of the captions. */
    @Test
    void nothingThatAnEvaluationWritesHoldsASecret() throws IOException {
        JobFixture job = new JobFixture(folder)
                .withImages(3)
                .withCaption("s3a://" + USER + "bucket/b", "of another bucket")
                .withCaption("ftp://" + USER + "host/../c", "of another scheme");
        JobSettings plain = job.settings(Resume.REUSE);
        WorkerSettings worker = plain.worker();
        WorkerSettings secretive = new WorkerSettingsBuilder(
                        "s3a://" + USER + "bucket/models/tiny", worker.modelFingerprint())
                .lpipsWeights("s3a://" + USER + "bucket/lpips.pth")
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(worker.methods())
                .steps(20)
                .guidance(7.5)
                .resolution(64)
                .resize(worker.resize())
                .batchSize(2)
                .maxPixels(1_000_000)
                .build();
        JobSettings settings = new JobSettings(
                plain.dataset(), plain.output(), secretive, "alex", 2, JobFixture.WAVE_SIZE, Resume.REUSE);

        String log = logged(() -> job.evaluate(new EvaluationSettings(settings, List.of(5), Protocol.THROUGHPUT)));

        assertNoSecret("the program's output", job.printed());
        assertNoSecret("the log", log);
        assertThat(log).as("the log was listened to").contains("INFO org.apache.spark");
        int files = 0;
        try (Stream<Path> written = Files.walk(job.output())) {
            for (Path file : written.filter(Files::isRegularFile).toList()) {
                assertNoSecret(file.toString(), new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
                files++;
            }
        }
        assertThat(files).isGreaterThan(10);
        Path part = job.output().resolve("steps-0005");
        // Bytes of compressed columns tell nothing: the values do.
        for (Table table : Table.values()) {
            List<String> rows = SparkTestSession.session()
                    .read()
                    .schema(table.schema())
                    .parquet(part.resolve(table.label()).toString())
                    .toJSON()
                    .collectAsList();
            assertNoSecret(table.label(), rows.toString());
        }
        List<Row> manifest = SparkTestSession.session()
                .read()
                .parquet(part.resolve("manifest").toString())
                .collectAsList();
        assertThat(manifest).hasSize(5);
        assertNoSecret("the manifest", manifest.toString());
        assertThat(manifest.toString()).contains("s3a://bucket/b.png", "is outside of the dataset's root");
    }

    @Test
    void addressesWithSecretsAreRefusedWhereTheyWouldBeUsed() {
        String address = "s3a://" + USER + "bucket/x";
        assertRefused("dataset: ", () -> new DatasetSettings(address, null, Format.AUTO, 0));
        assertRefused("captions: ", () -> new DatasetSettings("data", address, Format.AUTO, 0));
        JobSettings plain = new JobFixture(folder).settings(Resume.REUSE);
        assertRefused(
                "output: ",
                () -> new JobSettings(plain.dataset(), address, plain.worker(), "alex", 2, 0, Resume.REUSE));
        ModelFolder models = new ModelFolder(new Configuration(), folder, WeightPrecision.FULL);
        assertRefused("cannot fetch the model at s3a://bucket/x (cache ", () -> models.resolve(address));
        assertRefused("cannot read s3a://bucket/x: ", () -> RemoteFile.local(address, new Configuration()));
    }

    private static void assertRefused(String beginning, ThrowingCallable call) {
        Throwable refused = catchThrowable(call);
        assertThat(refused)
                .isInstanceOfAny(JobException.class, WeightsException.class)
                .hasMessageStartingWith(beginning)
                .hasMessageContaining("the address s3a://bucket/x was given with credentials in it")
                .hasMessageContaining("spark.hadoop.fs.s3a.secret.key");
        for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
            assertNoSecret("a cause", cause.toString());
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            s3a://KEY:/secret@bucket/a,                    s3a://bucket/a
            s3a://KEY:12/secret@bucket/a,                  s3a://bucket/a
            s3a://KEY:se@cret@bucket/a,                    s3a://bucket/a
            s3a://KEY:secret@bucket,                       s3a://bucket
            s3a://bucket/a:b@c,                            s3a://bucket/a:b@c
            hdfs://name:8020/a:b@c,                        hdfs://name:8020/a:b@c
            ftp://user:pass@host:21/a@b,                   ftp://host:21/a@b
            https://host/a.png?X-Amz-Signature=secret,     https://host/a.png
            wasbs://box@account/a,                         wasbs://box@account/a
            """)
    void whatIsACredentialAndWhatIsNot(String address, String shown) {
        assertThat(Address.withoutCredentials(address)).isEqualTo(shown);
        assertThat(new Failure(Failure.Stage.LOAD, ErrorCode.FILE_UNREADABLE, "cannot read '" + address + "': no")
                        .message())
                .isEqualTo("cannot read '" + shown + "': no");
    }

    @Test
    void messagesOfAnyLengthAreOneLine() {
        assertThat(Message.of("a\n b\r\n\tc\u0007d")).isEqualTo("a b c?d");
        assertThat(Message.of("x".repeat(5_000_000))).hasSizeLessThan(1_100).contains("x ... x");
        assertThatThrownBy(() -> {
                    throw new JobException("cannot open s3a://" + USER + "bucket/a and s3a://" + USER + "bucket/b");
                })
                .hasMessage("cannot open s3a://bucket/a and s3a://bucket/b");
    }

    private static void assertNoSecret(String where, String text) {
        SECRETS.forEach(secret ->
                assertThat(text.contains(secret)).as("%s in %s", secret, where).isFalse());
    }

    /** What everybody logs meanwhile, at a level below the default one, with all causes. */
    private static String logged(Runnable action) {
        SparkTestSession.session().sparkContext().conf().set("spark.hadoop.fs.s3a.secret.key", SECRET);
        Configuration hadoop = SparkTestSession.session().sparkContext().hadoopConfiguration();
        hadoop.set("fs.s3a.access.key", KEY);
        hadoop.set("fs.s3a.secret.key", SECRET);
        StringWriter log = new StringWriter();
        WriterAppender appender = WriterAppender.createAppender(
                PatternLayout.newBuilder().withPattern("%p %c: %m%n%ex").build(), null, log, "memory", false, true);
        appender.start();
        LoggerContext context = (LoggerContext) LogManager.getContext(false);
        LoggerConfig root = context.getConfiguration().getRootLogger();
        Level before = root.getLevel();
        List<Appender> others = List.copyOf(root.getAppenders().values());
        others.forEach(other -> root.removeAppender(other.getName()));
        root.addAppender(appender, Level.ALL, null);
        root.setLevel(Level.INFO);
        context.updateLoggers();
        try {
            action.run();
        } finally {
            root.setLevel(before);
            root.removeAppender("memory");
            others.forEach(other -> root.addAppender(other, null, null));
            context.updateLoggers();
            hadoop.unset("fs.s3a.access.key");
            hadoop.unset("fs.s3a.secret.key");
        }
        return log.toString();
    }
}
