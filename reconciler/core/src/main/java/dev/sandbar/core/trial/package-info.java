/**
 * The trial of a spec in the place of a running service: whether that service can be stopped and
 * started again, the units of the trial, and what came of it.
 */
@NullMarked
package dev.sandbar.core.trial;

import org.jspecify.annotations.NullMarked;
