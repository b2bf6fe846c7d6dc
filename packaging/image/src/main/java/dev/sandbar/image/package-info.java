/**
 * Builds the operator's container image without a Docker daemon: from nothing, with Debian's C
 * library, a Java runtime of the modules that the operator needs, and the operator. There is no
 * shell in it and no package manager, and it runs as nobody in particular.
 *
 * <p>The same sources, JDK and Debian packages give the same bytes.
 */
@NullMarked
package dev.sandbar.image;

import org.jspecify.annotations.NullMarked;
