package io.sparkinversion.cluster;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;

/**
 * Harm that {@link FaultyFront} does to some of the requests: {@code server.answers503(5).forKeysLike("wave=00001")}.
 * Without narrowing it meets the next requests, whatever they are.
 */
public final class Fault {
    /** What happens to a request. */
    enum Kind {
        /** It is answered with 503 and the code SlowDown, and does not reach the server. */
        SLOW_DOWN,
        /** Its connection is reset before the server sees it. */
        RESET,
        /** The server does what it asks, and the connection is reset before the answer. */
        LOST_ANSWER,
        /** Half of the answer's body comes, then the connection is reset. */
        CUT_SHORT,
        /** It waits for a time before it reaches the server. */
        DELAY,
        /** It waits until the fault is released. */
        HOLD
    }

    private final Kind kind;
    private final Duration delay;
    private int left;
    private boolean met;
    private int passing;
    private Pattern key = Pattern.compile("");
    private String method = "";
    private final CountDownLatch released = new CountDownLatch(1);
    private boolean spreads;
    private boolean spread;

    Fault(Kind kind, int times, Duration delay) {
        this.kind = kind;
        this.left = times;
        this.delay = delay;
    }

    /** @param regex that a part of the object's key, or of a listing's query, must match */
    public synchronized Fault forKeysLike(String regex) {
        key = Pattern.compile(regex);
        return this;
    }

    /** @param name of an HTTP method */
    public synchronized Fault on(String name) {
        method = name;
        return this;
    }

    /** The first requests that it would meet pass unharmed. */
    public synchronized Fault after(int requests) {
        passing = requests;
        return this;
    }

    /** After the first request that it meets it meets all others, too, as those of a process that was killed. */
    public synchronized Fault andAllThatFollow() {
        spreads = true;
        return this;
    }

    Kind kind() {
        return kind;
    }

    /** Lets go what is held. */
    public void release() {
        released.countDown();
    }

    /** Returns when a request may go on. */
    void await() throws InterruptedException {
        if (kind == Kind.HOLD) {
            released.await();
        } else {
            Thread.sleep(delay.toMillis());
        }
    }

    /** Whether all of it has been done. */
    public synchronized boolean isOver() {
        return left == 0;
    }

    /** Whether it has done any harm. */
    public synchronized boolean hasMet() {
        return met;
    }

    /** Whether this request meets it; counts it if so. */
    synchronized boolean meets(FaultyFront.Request request) {
        boolean like = left > 0
                && (spread
                        || (method.isEmpty() || method.equals(request.method()))
                                && key.matcher(request.target()).find());
        if (like && passing > 0) {
            passing--;
            return false;
        }
        if (like) {
            met = true;
            left--;
            spread = spreads;
        }
        return like;
    }
}
