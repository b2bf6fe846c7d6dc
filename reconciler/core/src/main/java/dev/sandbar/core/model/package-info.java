/**
 * What the user asked for, free of file formats and API versions. Values only: no I/O, no clock.
 */
@NullMarked
package dev.sandbar.core.model;

import org.jspecify.annotations.NullMarked;
