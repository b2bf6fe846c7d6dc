package dev.sandbar.core.compile;

import dev.sandbar.core.property.Evidence;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the kernel must show for every process of an app once its unit holds (proc_pid_status(5),
 * namespaces(7), bpf(2) BPF_PROG_QUERY).
 *
 * @param noNewPrivileges {@code NoNewPrivs: 1}
 * @param seccompFilter {@code Seccomp: 2}
 * @param capabilities largest {@code CapBnd} allowed, as a mask; -1 (all bits) when not restricted.
 *     systemd takes capabilities away after it has made the user namespace, so the figure means the
 *     same in one
 * @param unprivilegedUser whether the real and effective uid must not be 0
 * @param ownNamespaces entries of {@code /proc/PID/ns} that must differ from those of PID 1, for
 *     example {@code net}
 * @param nests whether the app may make user namespaces of its own. A process in one has every
 *     capability there, which opens nothing of the device (user_namespaces(7)), and mounts what it
 *     likes
 * @param cgroupPrograms kinds of BPF program that must be attached to the unit's cgroup
 */
public record KernelExpectation(
    boolean noNewPrivileges,
    boolean seccompFilter,
    long capabilities,
    boolean unprivilegedUser,
    SortedSet<String> ownNamespaces,
    boolean nests,
    SortedSet<CgroupProgram> cgroupPrograms) {

  public KernelExpectation {
    ownNamespaces = Collections.unmodifiableSortedSet(new TreeSet<>(ownNamespaces));
    cgroupPrograms = Collections.unmodifiableSortedSet(new TreeSet<>(cgroupPrograms));
  }

  /** Kinds of BPF program that systemd attaches to a unit's cgroup. */
  public enum CgroupProgram {
    INGRESS(Evidence.IP_FILTER),
    EGRESS(Evidence.IP_FILTER),
    DEVICE(Evidence.DEVICE_FILTER),
    BIND4(Evidence.BIND_FILTER),
    BIND6(Evidence.BIND_FILTER);

    private final Evidence evidence;

    CgroupProgram(Evidence evidence) {
      this.evidence = evidence;
    }

    /** What it is evidence of. */
    public Evidence evidence() {
      return evidence;
    }
  }
}
