package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.weights.Message;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.apache.hadoop.yarn.api.records.YarnApplicationState;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.spark.deploy.SparkSubmit;

/** An application whose driver YARN runs: submits it, says what state it is in, and ends as it ended. */
final class YarnApplication {
    static final String WAIT = "spark.yarn.submit.waitAppCompletion";
    private static final String TAGS = "spark.yarn.tags";
    private static final EnumSet<YarnApplicationState> OVER =
            EnumSet.of(YarnApplicationState.FINISHED, YarnApplicationState.FAILED, YarnApplicationState.KILLED);

    private final YarnClient client = YarnClient.createYarnClient();
    private final String tag;

    YarnApplication(Configuration configuration, String tag) {
        this.tag = tag;
        client.init(configuration);
        client.start();
    }

    /** YARN knows by it which application was submitted here. */
    static String newTag() {
        return "spark-inversion-" + UUID.randomUUID();
    }

    /** Words for spark-submit, so that it leaves the application to this class. */
    static List<String> options(String tag, Map<String, String> properties) {
        String others = properties.get(TAGS);
        return List.of("--conf", WAIT + "=false", "--conf", TAGS + "=" + (others == null ? tag : others + "," + tag));
    }

    /**
     * @param words of spark-submit
     * @param follow whether to wait for the end
     * @return the exit code: that of the driver where it is known
     * @throws UserException if YARN refuses it
     */
    int submit(List<String> words, boolean follow) {
        try {
            new SparkSubmit().doSubmit(words.toArray(String[]::new));
        } catch (Exception | Error e) {
            throw new UserException("YARN does not take the application: " + YarnSubmission.reason(e), e);
        }
        try {
            ApplicationReport application = client.getApplications(
                            null, EnumSet.allOf(YarnApplicationState.class), Set.of(tag))
                    .get(0);
            ApplicationId id = application.getApplicationId();
            System.err.println("submitted as " + id + " (logs: yarn logs -applicationId " + id + ")");
            return follow ? follow(id) : 0;
        } catch (YarnException | IOException e) {
            throw new UserException("YARN's ResourceManager no longer answers: " + YarnSubmission.reason(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserException("interrupted; the application goes on", e);
        } finally {
            client.stop();
        }
    }

    private int follow(ApplicationId id) throws YarnException, IOException, InterruptedException {
        String last = "";
        while (true) {
            ApplicationReport report = client.getApplicationReport(id);
            YarnApplicationState state = report.getYarnApplicationState();
            String line = "attempt " + report.getCurrentApplicationAttemptId().getAttemptId() + ": " + state
                    + (state == YarnApplicationState.RUNNING ? ", " + report.getTrackingUrl() : "");
            if (OVER.contains(state)) {
                return end(report);
            }
            if (!line.equals(last)) {
                System.err.println(line);
                last = line;
            }
            TimeUnit.SECONDS.sleep(1);
        }
    }

    private static int end(ApplicationReport report) {
        if (report.getFinalApplicationStatus() == FinalApplicationStatus.SUCCEEDED) {
            System.err.println(report.getApplicationId() + " succeeded");
            return 0;
        }
        YarnDriver.Failure failure = YarnDriver.Failure.of(report.getDiagnostics());
        System.err.println("error: " + Message.of(failure.message()));
        return failure.exitCode();
    }
}
