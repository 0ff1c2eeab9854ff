/** Programs as TorchScript text, their weights, and the ways to compute their operations. */
@NullMarked
package io.sparkinversion.torchscript;

import org.jspecify.annotations.NullMarked;
