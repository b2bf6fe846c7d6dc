/**
 * Who a device is: its user, the one form of the request for its certificate, and the rules for
 * these requests. The device writes by it, the operator and {@code sandbar fleet approve} decide by
 * it.
 */
@NullMarked
package dev.sandbar.core.enrol;

import org.jspecify.annotations.NullMarked;
