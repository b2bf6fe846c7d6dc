/**
 * YAML and JSON to {@code core.model.Node} and back. Reading is bounded and strict: what could be
 * understood in two ways is refused with its place and how to fix it.
 */
@NullMarked
package dev.sandbar.source.text;

import org.jspecify.annotations.NullMarked;
