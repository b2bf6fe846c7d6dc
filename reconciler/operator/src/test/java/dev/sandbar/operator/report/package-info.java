@org.jspecify.annotations.NullMarked
package dev.sandbar.operator.report;
