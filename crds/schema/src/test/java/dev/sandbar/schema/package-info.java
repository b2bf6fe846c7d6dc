@org.jspecify.annotations.NullMarked
package dev.sandbar.schema;
