/** Images over a network: from web servers and from registries, into the store. */
@NullMarked
package dev.sandbar.device.fetch;

import org.jspecify.annotations.NullMarked;
