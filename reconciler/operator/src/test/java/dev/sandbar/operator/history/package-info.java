@org.jspecify.annotations.NullMarked
package dev.sandbar.operator.history;
