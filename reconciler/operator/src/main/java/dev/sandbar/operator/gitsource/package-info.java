/**
 * Follows Git repositories and applies their AppSandboxes to the cluster.
 *
 * <pre>
 * GitSource -> follow (poll, parse) -> judge (against the watch) -> write -> status, events
 * </pre>
 */
@NullMarked
package dev.sandbar.operator.gitsource;

import org.jspecify.annotations.NullMarked;
