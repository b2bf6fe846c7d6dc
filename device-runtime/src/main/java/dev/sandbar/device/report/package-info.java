/**
 * Reports to the world outside the device: alerts that begin and end, metrics, and the health
 * endpoint.
 */
@NullMarked
package dev.sandbar.device.report;

import org.jspecify.annotations.NullMarked;
