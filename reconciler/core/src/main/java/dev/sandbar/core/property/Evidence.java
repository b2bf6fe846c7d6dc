package dev.sandbar.core.property;

/**
 * What the kernel shows of a process whose unit holds (proc_pid_status(5), namespaces(7), bpf(2)
 * BPF_PROG_QUERY, /proc/PID/root in proc(5)).
 */
public enum Evidence {
  OTHER_USER("its user is not root"),
  NO_NEW_PRIVILEGES("NoNewPrivs: 1"),
  SECCOMP_FILTER("what its system call filters refuse"),
  CAPABILITIES("CapBnd"),
  MOUNT_NAMESPACE("mnt", "private ns/mnt"),
  NETWORK_NAMESPACE("net", "private ns/net"),
  USER_NAMESPACE("user", "private ns/user"),
  IPC_NAMESPACE("ipc", "private ns/ipc"),
  UTS_NAMESPACE("uts", "private ns/uts"),
  IP_FILTER("BPF programs on packets"),
  DEVICE_FILTER("a BPF program on devices"),
  BIND_FILTER("BPF programs on bind"),
  HIDDEN_PATHS("the paths cannot be opened below the root of each of its processes"),
  /** Newer kernels hold it by prctl(2), which no other process can ask for. */
  EXECUTION_FILTER("where there is one, its system call filter"),
  MOUNTS("its mounts"),
  LIMITS("/proc/PID/limits"),
  CGROUP_FILES("the files of its cgroup"),
  CGROUP("its cgroup"),
  /** A quota on a directory, in place of its file system (statfs(2)). */
  DIRECTORY_SIZE("how much statfs(2) says its directory can hold"),
  UMASK("Umask"),
  OOM_SCORE("oom_score_adj"),
  GENERATION("the generation in its environment"),
  /** No kernel has a part in it. */
  MANAGER("what systemd reports: it does it itself");

  private final String namespace;
  private final String shown;

  Evidence(String shown) {
    this("", shown);
  }

  Evidence(String namespace, String shown) {
    this.namespace = namespace;
    this.shown = shown;
  }

  /** The entry of {@code /proc/PID/ns} that differs from that of PID 1; empty if it is none. */
  public String namespace() {
    return namespace;
  }

  /** For people. */
  public String shown() {
    return shown;
  }
}
