/**
 * systemd properties as data: the directive table, raw D-Bus values, and the canonical form in
 * which both sides are compared.
 */
@NullMarked
package dev.sandbar.core.property;

import org.jspecify.annotations.NullMarked;
