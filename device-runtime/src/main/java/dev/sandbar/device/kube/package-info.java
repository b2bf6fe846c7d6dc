/** A small client for the API server, on the HTTP client of the Java platform. */
@NullMarked
package dev.sandbar.device.kube;

import org.jspecify.annotations.NullMarked;
