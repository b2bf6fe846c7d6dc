@NullMarked
package dev.sandbar.core.model;

import org.jspecify.annotations.NullMarked;
