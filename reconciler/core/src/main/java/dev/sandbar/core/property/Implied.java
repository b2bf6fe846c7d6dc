package dev.sandbar.core.property;

import dev.sandbar.core.property.Effective.Context;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Settings that follow from others. systemd makes them when it loads a unit and shows them as if
 * the unit had said so (systemd.exec(5), at each directive: "implies").
 */
final class Implied {

  /** First version with PrivateTmp=disconnected. */
  private static final int DISCONNECTED_TMP_SINCE = 257;

  /** First version that opens the TPM for encrypted credentials by class, not by node. */
  private static final int TPM_CLASS_SINCE = 256;

  /** First version that decrypts credentials outside of the unit's device policy. */
  private static final int TPM_BY_SERVICE_SINCE = 258;

  private final SortedMap<String, Value> values;
  private final Map<String, List<String>> lines;
  private final Context context;

  Implied(SortedMap<String, Value> values, Map<String, List<String>> lines, Context context) {
    this.values = values;
    this.lines = lines;
    this.context = context;
  }

  void apply() {
    dynamicUser();
    capabilities();
    mounts();
    devices();
    service();
  }

  private void dynamicUser() {
    if (!on("DynamicUser")) {
      return;
    }
    if (text("User").isEmpty()) {
      set("User", DynamicUserName.of(context.unitName()));
    }
    if (text("Group").isEmpty()) {
      set("Group", text("User"));
    }
    if (text("PrivateTmp").equals("no")) {
      set(
          "PrivateTmp",
          context.systemdVersion() >= DISCONNECTED_TMP_SINCE ? "disconnected" : "yes");
    }
    if (text("ProtectHome").equals("no")) {
      set("ProtectHome", "read-only");
    }
    set("ProtectSystem", "strict");
    turnOn("RemoveIPC");
    turnOn("NoNewPrivileges");
    turnOn("RestrictSUIDSGID");
  }

  private void capabilities() {
    if (!(values.get("CapabilityBoundingSet") instanceof Value.Names bounding)
        || bounding.names().isEmpty()) {
      return;
    }
    var removed = new TreeSet<String>();
    if (on("PrivateDevices")) {
      removed.addAll(Set.of("CAP_MKNOD", "CAP_SYS_RAWIO"));
    }
    if (on("ProtectKernelModules")) {
      removed.add("CAP_SYS_MODULE");
    }
    if (on("ProtectKernelLogs")) {
      removed.add("CAP_SYSLOG");
    }
    if (on("ProtectClock")) {
      removed.addAll(Set.of("CAP_SYS_TIME", "CAP_WAKE_ALARM"));
    }
    var left = new TreeSet<>(bounding.names());
    left.removeAll(removed);
    values.put("CapabilityBoundingSet", new Value.Names(left));
  }

  private void mounts() {
    boolean ownRoot = !text("RootImage").isEmpty() || !text("RootDirectory").isEmpty();
    if (unset("MountAPIVFS") && ownRoot) {
      turnOn("MountAPIVFS");
    }
    if (values.containsKey("BindLogSockets")
        && unset("BindLogSockets")
        && (ownRoot || on("MountAPIVFS") || !text("LogNamespace").isEmpty())) {
      turnOn("BindLogSockets");
    }
  }

  private void devices() {
    if (on("PrivateDevices") && text("DevicePolicy").equals("auto")) {
      set("DevicePolicy", "closed");
    }
    if (!(values.get("DeviceAllow") instanceof Value.Keyed allowed)) {
      return;
    }
    if (text("DevicePolicy").equals("auto") && allowed.entries().isEmpty()) {
      return;
    }
    var entries = new TreeMap<>(allowed.entries());
    if (!text("RootImage").isEmpty() || !unset("MountImages")) {
      for (String node : List.of("/dev/loop-control", "/dev/mapper/control")) {
        entries.merge(node, "rw", BusNames::unionOfAccess);
      }
      for (String node : List.of("block-loop", "block-blkext", "block-device-mapper")) {
        entries.merge(node, "rwm", BusNames::unionOfAccess);
      }
    }
    if (on("ProtectClock")) {
      entries.merge(AddedLines.CLOCKS, "r", BusNames::unionOfAccess);
    }
    encryptedCredentials(entries);
    values.put("DeviceAllow", new Value.Keyed(entries));
  }

  private void encryptedCredentials(SortedMap<String, String> devices) {
    boolean encrypted =
        Stream.of("LoadCredentialEncrypted", "SetCredentialEncrypted").anyMatch(n -> !unset(n));
    if (!encrypted || context.systemdVersion() >= TPM_BY_SERVICE_SINCE) {
      return;
    }
    String node = context.systemdVersion() >= TPM_CLASS_SINCE ? "char-tpm" : "/dev/tpmrm0";
    devices.merge(node, "rw", BusNames::unionOfAccess);
  }

  private void service() {
    String type = text("Type");
    boolean notifies = type.equals("notify") || type.equals("notify-reload");
    boolean watched = !unset("WatchdogSec");
    boolean stores = values.get("FileDescriptorStoreMax") instanceof Value.Amount(long n) && n != 0;
    if (text("NotifyAccess").equals("none") && (notifies || watched || stores)) {
      set("NotifyAccess", "main");
    }
  }

  private boolean unset(String name) {
    for (String line : lines.getOrDefault(name, List.of())) {
      if (!line.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private boolean on(String name) {
    return values.get(name) instanceof Value.Flag(boolean flag) && flag;
  }

  private String text(String name) {
    return values.get(name) instanceof Value.Text(String text) ? text : "";
  }

  private void turnOn(String name) {
    values.put(name, new Value.Flag(true));
  }

  private void set(String name, String text) {
    values.put(name, new Value.Text(text));
  }
}
