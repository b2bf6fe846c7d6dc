/** How a device becomes, stays and ceases to be a member of a fleet. */
@NullMarked
package dev.sandbar.device.identity;

import org.jspecify.annotations.NullMarked;
