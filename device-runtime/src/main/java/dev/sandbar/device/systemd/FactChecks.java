package dev.sandbar.device.systemd;

import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.kernel.Cgroups;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Predicate;

/** What is started to find out what a device can enforce, and what shows that it does. */
final class FactChecks {

  static final String KNOWN = "known";

  /**
   * An image that differs in one block from what its root hash says; where that is mounted, nothing
   * is checked. With a false hash no block could be read: systemd and udev would try for long.
   */
  static final String CHANGED = "changed";

  /** systemd's exit status when it could not execute the command: the image was mounted by then. */
  private static final Raw EXIT_EXEC = new Raw.Int(203);

  private FactChecks() {}

  /** One setting, and how to see that it holds. */
  record Check(String settings, Map<Feature, Predicate<Sighting>> signs) {}

  /** What was seen of a service while it ran. */
  record Sighting(
      Map<String, Raw> properties,
      List<ProcessEvidence> processes,
      SortedSet<CgroupProgram> programs,
      String mounts,
      List<Cgroups> cgroups,
      String controlGroup) {

    boolean every(Predicate<ProcessEvidence> test) {
      return !processes.isEmpty() && processes.stream().allMatch(test);
    }

    boolean owns(String namespace) {
      return every(process -> process.ownNamespaces().getOrDefault(namespace, false));
    }

    boolean has(String file, String value) {
      return cgroups.stream()
          .flatMap(it -> it.value(controlGroup, file).stream())
          .anyMatch(value::equals);
    }
  }

  static Map<String, Check> all() {
    var checks = new LinkedHashMap<String, Check>();
    checks.put("plain", new Check("", Map.of()));
    checks.put(KNOWN, new Check("SystemCallFilter=@known\n", Map.of()));
    add(
        checks,
        "seccomp",
        "SystemCallFilter=~@reboot",
        Feature.SECCOMP,
        it -> it.every(process -> process.seccomp() == 2));
    add(checks, "mount", "ProtectSystem=full", Feature.MOUNT_NAMESPACE, it -> it.owns("mnt"));
    add(checks, "net", "PrivateNetwork=yes", Feature.NETWORK_NAMESPACE, it -> it.owns("net"));
    add(checks, "user", "PrivateUsers=yes", Feature.USER_NAMESPACE, it -> it.owns("user"));
    add(checks, "ipc", "PrivateIPC=yes", Feature.IPC_NAMESPACE, it -> it.owns("ipc"));
    add(checks, "uts", "ProtectHostname=yes", Feature.UTS_NAMESPACE, it -> it.owns("uts"));
    add(
        checks,
        "dynamic",
        "DynamicUser=yes",
        Feature.DYNAMIC_USER,
        it -> it.every(process -> process.uid() != 0));
    add(
        checks,
        "proc",
        "ProcSubset=pid\nProtectProc=invisible",
        Feature.PROC_SUBSET,
        it -> it.mounts().contains("subset=pid") && it.mounts().contains("hidepid=invisible"));
    add(
        checks,
        "image",
        "ExecStart=/none\nRootImage=" + Canaries.IMAGE,
        Feature.ROOT_IMAGE,
        FactChecks::mounted);
    add(
        checks,
        "verity",
        checked(Canaries.IMAGE, Canaries.TREE, Canaries.ROOT_HASH),
        Feature.IMAGE_VERITY,
        FactChecks::mounted);
    checks.put(
        CHANGED,
        new Check(
            checked(Canaries.CHANGED_IMAGE, Canaries.CHANGED_TREE, Canaries.CHANGED_ROOT_HASH)
                + "\n",
            Map.of()));
    checks.put(
        "bpf",
        new Check(
            "IPAddressDeny=any\nDevicePolicy=closed\nSocketBindDeny=any\n",
            Map.of(
                Feature.CGROUP_BPF_IP,
                it ->
                    it.programs().containsAll(List.of(CgroupProgram.INGRESS, CgroupProgram.EGRESS)),
                Feature.CGROUP_BPF_DEVICE,
                it -> it.programs().contains(CgroupProgram.DEVICE),
                Feature.CGROUP_BPF_SOCKET_BIND,
                it ->
                    it.programs().containsAll(List.of(CgroupProgram.BIND4, CgroupProgram.BIND6)))));
    checks.put(
        "limits",
        new Check(
            "MemoryMax=67108864\nTasksMax=77\nCPUQuota=50%\nIOWeight=77\n",
            Map.of(
                Feature.MEMORY_CONTROLLER,
                it -> it.has("memory.max", "67108864"),
                Feature.PIDS_CONTROLLER,
                it -> it.has("pids.max", "77"),
                Feature.CPU_CONTROLLER,
                it -> it.has("cpu.max", "50000 100000"),
                Feature.IO_CONTROLLER,
                it -> it.has("io.weight", "default 77") || it.has("io.bfq.weight", "default 77"))));
    return checks;
  }

  /** Whether its image was mounted, with nothing in it that could be executed. */
  static boolean mounted(Sighting sighting) {
    return EXIT_EXEC.equals(sighting.properties().get("ExecMainStatus"));
  }

  private static String checked(String image, String tree, String rootHash) {
    return "ExecStart=/none\nRootImage=%s\nRootVerity=%s\nRootHash=%s\n"
            .formatted(image, tree, rootHash)
        + "RootImagePolicy=root=verity";
  }

  private static void add(
      Map<String, Check> checks,
      String name,
      String settings,
      Feature feature,
      Predicate<Sighting> sign) {
    checks.put(name, new Check(settings + "\n", Map.of(feature, sign)));
  }
}
