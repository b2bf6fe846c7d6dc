@NullMarked
package dev.sandbar.device.report;

import org.jspecify.annotations.NullMarked;
