package dev.sandbar.device.agent;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.exposure.Exposure;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The service that this process is, and what systemd holds it to. */
final class OwnService {

  /** Of this process: one line with cgroup v2 (cgroups(7)). */
  private static final Path CGROUP = Path.of("/proc/self/cgroup");

  private OwnService() {}

  /**
   * The level that {@code systemd-analyze security} gives it; empty if this process was not started
   * as a service of the device.
   */
  static String exposure(Systemd systemd, DeviceFacts facts) {
    try {
      return named(Files.readString(CGROUP))
          .map(systemd::properties)
          .filter(OwnService::isThisProcess)
          .map(
              properties ->
                  Exposure.of(
                          Canonical.all(properties, facts.systemdVersion()),
                          facts.syscallGroups(),
                          facts.knownSyscalls())
                      .level())
          .orElse("");
    } catch (IOException | SystemdException e) {
      // Nothing else depends on it, and the next connection asks again.
      return "";
    }
  }

  /** What the cgroup is called that systemd put a service into. */
  static Optional<UnitName> named(String cgroups) {
    return cgroups
        .lines()
        .filter(line -> line.startsWith("0::"))
        .map(line -> line.substring(line.lastIndexOf('/') + 1))
        .filter(name -> name.endsWith(".service") && UnitName.isValid(name))
        .map(UnitName::new)
        .findFirst();
  }

  /** A test runs it beside the device, where the same name is another service. */
  private static boolean isThisProcess(Map<String, Raw> properties) {
    return properties.get("MainPID") instanceof Raw.Int(long pid)
        && pid == ProcessHandle.current().pid();
  }
}
