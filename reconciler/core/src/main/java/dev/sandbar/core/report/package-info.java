/** Folds of outcomes into conditions, events and alerts. */
@NullMarked
package dev.sandbar.core.report;

import org.jspecify.annotations.NullMarked;
