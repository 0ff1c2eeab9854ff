package io.sparkinversion.job;

import io.sparkinversion.UserException;

/** The run was told to stop while it computed. The message says how much of it is kept. */
public final class RunInterrupted extends UserException {
    private static final long serialVersionUID = 1L;

    /** How the message begins, and all of it where nothing is known of what is kept. */
    public static final String MESSAGE = "interrupted; run the same command again to resume";

    /**
     * @param kept images that have results, those of earlier runs included
     * @param total images of the run
     */
    RunInterrupted(long kept, long total, Throwable cause) {
        super(MESSAGE + ": " + kept + " of " + total + " images are kept, the others will be computed again", cause);
    }
}
