package io.sparkinversion.api;

import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.inversion.Method;
import java.util.Arrays;
import java.util.List;

/** What an evaluation compares. */
public final class MethodComparison {
    private List<Method> methods =
            InversionOptions.parsed(Arrays.asList(InversionSettings.COMPARED_METHODS.split(",")));
    private List<Integer> steps = List.of(InversionSettings.STEPS);
    private boolean stepsGiven;
    private Protocol protocol = InversionOptions.choice("protocol", Protocol.class, InversionSettings.PROTOCOL);

    /** The methods' names. Default: {@value InversionSettings#COMPARED_METHODS}. */
    public MethodComparison methods(String... labels) {
        methods = InversionOptions.parsed(Arrays.asList(labels));
        return this;
    }

    /** DDIM step counts, 1 to 1000; the cheapest runs first. Default: {@value InversionSettings#STEPS}. */
    public MethodComparison steps(Integer... counts) {
        steps = Arrays.asList(counts);
        stepsGiven = true;
        return this;
    }

    /** How images are timed. Default: {@value InversionSettings#PROTOCOL}. */
    public MethodComparison protocol(Protocol how) {
        protocol = how;
        return this;
    }

    List<Method> methods() {
        return methods;
    }

    List<Integer> steps() {
        return steps;
    }

    boolean stepsGiven() {
        return stepsGiven;
    }

    Protocol protocol() {
        return protocol;
    }
}
