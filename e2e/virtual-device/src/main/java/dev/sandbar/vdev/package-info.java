/**
 * Virtual devices: a real systemd as pid 1 of a namespace container over a cached Debian root.
 *
 * <p>A device has mount, pid, network, UTS, IPC and cgroup namespaces, a cgroup and a disk (an
 * overlay) of its own and shares the kernel with the machine. What is the kernel's alone is
 * read-only inside ({@code /sys} and {@code /proc/sys} outside {@code net}, names and System V
 * IPC), so that no accident in a device changes the machine. Against intent this is no wall: a
 * device's root has every capability, as root of a real device has, and could set the clock or make
 * a node for the machine's disk. Attacks belong into the apps of a device. What such a device
 * cannot show: device mapper and dm-verity, module loading, and the cgroup controllers that the
 * machine does not offer.
 *
 * <p>Everything a device uses goes with it: at {@link dev.sandbar.vdev.VirtualDevice#close()}, and
 * when the JVM that holds it dies in whatever way.
 */
@NullMarked
package dev.sandbar.vdev;

import org.jspecify.annotations.NullMarked;
