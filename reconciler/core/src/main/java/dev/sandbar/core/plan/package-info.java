/** Observed against desired: differences, drift, and the plan that corrects them. */
@NullMarked
package dev.sandbar.core.plan;

import org.jspecify.annotations.NullMarked;
