/** What the states of many devices amount to: pure folds from reports to status. */
@org.jspecify.annotations.NullMarked
package dev.sandbar.core.fleet;
