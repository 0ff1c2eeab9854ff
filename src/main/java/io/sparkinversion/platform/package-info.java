/** What a device computes wrongly, found out before it counts. */
@NullMarked
package io.sparkinversion.platform;

import org.jspecify.annotations.NullMarked;
