/**
 * The device as a citizen of an API server: it follows the one object that says what it runs, and
 * reports what it found. Nothing here touches an app; when the server is gone, nothing happens but
 * waiting.
 */
@NullMarked
package dev.sandbar.device.fleet;

import org.jspecify.annotations.NullMarked;
