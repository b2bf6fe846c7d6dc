/** Makes the CRDs and the admission policy from the records and the permission catalogue. */
@org.jspecify.annotations.NullMarked
package dev.sandbar.schema;
