/**
 * The kinds of {@code sandbar.dev/v1alpha1}. Absent lists and maps read as empty; every other
 * optional field may be null, as JSON has it.
 */
@org.jspecify.annotations.NullMarked
package dev.sandbar.crds.v1alpha1;
