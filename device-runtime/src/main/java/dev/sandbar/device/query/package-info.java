/**
 * Questions that somebody with the right to do so asks a device through the API server, and their
 * answers, sealed to the asker. Used by both ends: the agent, and the command line elsewhere.
 */
@NullMarked
package dev.sandbar.device.query;

import org.jspecify.annotations.NullMarked;
