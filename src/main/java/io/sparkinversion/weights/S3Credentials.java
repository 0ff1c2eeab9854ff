package io.sparkinversion.weights;

import java.util.List;

/** Says in one line which credentials for S3 were looked for, where AWS's own message takes a page. */
public final class S3Credentials {
    private static final List<String> NONE = List.of(
            "NoAwsCredentialsException",
            "NoAuthWithAWSException",
            "Unable to load credentials from any of the providers");

    private static final String TRIED = "there are no credentials for S3; tried: spark.hadoop.fs.s3a.access.key, the"
            + " environment (AWS_ACCESS_KEY_ID), web identity (AWS_WEB_IDENTITY_TOKEN_FILE), profile '%s' of ~/.aws"
            + " (AWS_PROFILE chooses one), the container's role and the machine's role."
            + " Give one of these";

    private S3Credentials() {}

    /** The line, if that is what an exception says; else null. */
    public static String explain(Throwable exception) {
        for (Throwable each = exception; each != null; each = each.getCause() == each ? null : each.getCause()) {
            String text = each.toString();
            if (NONE.stream().anyMatch(text::contains)) {
                String profile = System.getenv("AWS_PROFILE");
                return TRIED.formatted(profile == null ? "default" : profile);
            }
        }
        return null;
    }
}
