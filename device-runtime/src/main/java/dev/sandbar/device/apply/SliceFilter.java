package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.kernel.Cgroups;
import dev.sandbar.device.kernel.StubFilter;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the apps' slice to the name service of 127.0.0.53 ({@link StubFilter}). It stands before
 * the first app starts, and again after somebody stopped the slice.
 */
final class SliceFilter {
  private static final Logger LOG = LoggerFactory.getLogger(SliceFilter.class);
  private static final Duration START = Duration.ofSeconds(20);

  private final Machine machine;
  private final @Nullable StubFilter filter = StubFilter.open().orElse(null);
  private boolean held = true;

  SliceFilter(Machine machine) {
    this.machine = machine;
  }

  /** Before apps start: the slice has a cgroup only once it runs. */
  void prepare() {
    try {
      if (controlGroup().isEmpty()) {
        machine.systemd().run(List.of(new Job(Verb.START, UnitName.SLICE)), START);
      }
    } catch (SystemdException e) {
      LOG.warn("unit={} action=start {}", UnitName.SLICE, e.getMessage());
    }
    hold();
  }

  /** While apps run. */
  void hold() {
    String controlGroup = controlGroup();
    if (controlGroup.isEmpty()) {
      return;
    }
    StubFilter stub = filter;
    boolean now =
        stub != null
            && Cgroups.of(machine.root())
                .filter(cgroups -> stub.hold(cgroups.directory(controlGroup)))
                .isPresent();
    if (!now && held) {
      LOG.warn(
          "unit={} action=filter outcome=failed apps with internet reach more of 127.0.0.53 than"
              + " its name service",
          UnitName.SLICE);
    }
    held = now;
  }

  private String controlGroup() {
    return machine.systemd().properties(UnitName.SLICE).get("ControlGroup")
            instanceof Raw.Str(String path)
        ? path
        : "";
  }
}
