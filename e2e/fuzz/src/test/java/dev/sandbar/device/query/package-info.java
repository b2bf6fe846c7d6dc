@NullMarked
package dev.sandbar.device.query;

import org.jspecify.annotations.NullMarked;
