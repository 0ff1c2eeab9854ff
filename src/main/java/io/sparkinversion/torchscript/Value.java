package io.sparkinversion.torchscript;

/**
 * A tensor inside a program that is being built: the name of the variable that holds it.
 *
 * @param expression a TorchScript variable name or a side-effect-free expression such as {@code w[3]}
 */
public record Value(String expression) {
    @Override
    public String toString() {
        return expression;
    }
}
