/**
 * App images for tests and the demo: the attack probe and real software from Debian packages, each
 * a small squashfs built once and cached.
 *
 * <p>An image holds one program with the libraries it loads, and empty directories where systemd
 * mounts: {@code /proc /sys /dev /run /tmp /var/tmp} must exist in a read-only image, or a service
 * with {@code RootImage=} fails with exit code 226.
 */
@NullMarked
package dev.sandbar.vdev.image;

import org.jspecify.annotations.NullMarked;
