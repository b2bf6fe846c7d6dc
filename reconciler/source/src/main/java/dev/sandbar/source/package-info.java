/**
 * Manifests from a folder, from files or from a snapshot of a repository: which files are read, and
 * what each of them holds.
 */
@NullMarked
package dev.sandbar.source;

import org.jspecify.annotations.NullMarked;
