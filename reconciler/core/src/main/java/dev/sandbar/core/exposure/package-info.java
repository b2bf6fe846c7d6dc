/** The exposure level that {@code systemd-analyze security} gives a unit, without asking it. */
@org.jspecify.annotations.NullMarked
package dev.sandbar.core.exposure;
