/** What has changed in each namespace, and who did it. */
@org.jspecify.annotations.NullMarked
package dev.sandbar.operator.history;
