/** Lets devices in: decides on their requests, gives each the rights to what is its own. */
@NullMarked
package dev.sandbar.operator.enrol;

import org.jspecify.annotations.NullMarked;
