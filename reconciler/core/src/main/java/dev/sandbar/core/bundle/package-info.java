/**
 * What travels between the operator and a device: the entries of a bundle, what the device reports
 * of them, and the facts of the device. Both sides use these records, so that they agree on digests
 * to the byte.
 */
@NullMarked
package dev.sandbar.core.bundle;

import org.jspecify.annotations.NullMarked;
