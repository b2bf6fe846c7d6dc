/** Secrets that are encrypted by age (https://age-encryption.org/v1) to the keys of devices. */
@NullMarked
package dev.sandbar.source.age;

import org.jspecify.annotations.NullMarked;
