package dev.sandbar.core.attest;

import dev.sandbar.core.attest.Finding.Silent;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Evidence;
import dev.sandbar.core.property.Value;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What the mounts, the processes and the cgroup of a running app show of its directives. System
 * call filters are {@link CallFilters}: few may read them.
 */
public final class KernelChecks {

  private static final List<String> BOUNDING = List.of("CapBnd", "CapEff", "CapPrm", "CapAmb");
  private static final List<String> AMBIENT = List.of("CapAmb");

  private static final String FREEZE = "cgroup.freeze";

  private final KernelFacts kernel;
  private final MountChecks mounts;
  private final ProcessChecks processes;

  /**
   * Of one app, read once.
   *
   * @param nests whether the app may make user namespaces of its own
   */
  public KernelChecks(KernelFacts kernel, boolean nests) {
    this.kernel = kernel;
    this.mounts = new MountChecks(kernel);
    this.processes = new ProcessChecks(kernel, nests);
  }

  /** Paths that {@link KernelFacts#places} must be asked about, of directives with these values. */
  public static SortedSet<String> paths(Collection<Value> values) {
    return MountChecks.asked(values);
  }

  /**
   * What one kind of evidence shows of a directive.
   *
   * @param name of the directive
   * @param value what it comes to on the device
   */
  public Finding of(Evidence evidence, String name, Value value) {
    return switch (evidence) {
      case OTHER_USER -> processes.user(name.equals("DynamicUser"));
      case NO_NEW_PRIVILEGES -> processes.noNewPrivileges();
      case SECCOMP_FILTER -> processes.filtered();
      case CAPABILITIES ->
          processes.capabilities(value, name.equals("AmbientCapabilities") ? AMBIENT : BOUNDING);
      case NETWORK_NAMESPACE ->
          value instanceof Value.Text(String path)
              ? processes.namespaceAt(path, evidence.namespace())
              : processes.namespace(evidence.namespace());
      case MOUNT_NAMESPACE, USER_NAMESPACE, IPC_NAMESPACE, UTS_NAMESPACE ->
          processes.namespace(evidence.namespace());
      case MOUNTS -> mounts.of(name, value);
      case LIMITS -> processes.limit(kernelName(name), value);
      case CGROUP_FILES ->
          name.equals("CPUQuota")
              ? processes.quota(value)
              : processes.cgroup(kernelName(name), value);
      case CGROUP -> processes.inCgroup();
      case DIRECTORY_SIZE ->
          QuotaChecks.of(
              value, kernel.outside().rooms().getOrDefault(name, Collections.emptySortedMap()));
      case UMASK -> processes.umask(value);
      case OOM_SCORE -> processes.oomScore(value);
      case IP_FILTER,
          DEVICE_FILTER,
          BIND_FILTER,
          HIDDEN_PATHS,
          EXECUTION_FILTER,
          GENERATION,
          MANAGER ->
          new Silent("");
    };
  }

  /**
   * Mounts that nothing explains, each for people.
   *
   * @param values what the app's directives come to
   */
  public List<String> foreignMounts(SortedMap<String, Value> values) {
    return new ForeignMounts(kernel, values).find();
  }

  /** Whether no process of the app gets to run (cgroup.freeze of the kernel's cgroup-v2). */
  public boolean isFrozen() {
    return "1".equals(kernel.limits().get(FREEZE));
  }

  private static String kernelName(String directive) {
    return DirectiveTable.find(directive).map(it -> it.hold().kernelName()).orElse("");
  }
}
