@NullMarked
package dev.sandbar.core.report;

import org.jspecify.annotations.NullMarked;
