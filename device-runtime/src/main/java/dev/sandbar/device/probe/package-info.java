/** Runs a kit of attempts beside an app, in the app's own sandbox. */
@NullMarked
package dev.sandbar.device.probe;

import org.jspecify.annotations.NullMarked;
