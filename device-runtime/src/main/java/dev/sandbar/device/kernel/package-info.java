/**
 * What the kernel holds of running processes: /proc, cgroups and the BPF programs attached there.
 */
@NullMarked
package dev.sandbar.device.kernel;

import org.jspecify.annotations.NullMarked;
