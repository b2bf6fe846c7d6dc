/** Images made on the machine of a developer, by what makes them on devices. */
@NullMarked
package dev.sandbar.device.build;

import org.jspecify.annotations.NullMarked;
