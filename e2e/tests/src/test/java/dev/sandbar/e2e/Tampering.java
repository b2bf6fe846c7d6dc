package dev.sandbar.e2e;

import dev.sandbar.vdev.Suite;
import java.util.List;
import java.util.stream.Stream;

/**
 * One tampering, with an app of its own.
 *
 * @param everywhere whether it is tried on Debian 12 too
 * @param script what the attacker runs; U is the unit, F its file, I its image in the store, P its
 *     main process, G its control group, IN runs a command in its mounts, BPF changes BPF programs
 * @param drift what must be reported; empty if nothing may be
 * @param spec more of the app's spec, in the flow style of YAML
 * @param cure what the owner of the device has to do, where Sandbar must not correct it: the same
 *     variables; empty if Sandbar does
 */
record Tampering(
    String app, boolean everywhere, String script, String drift, String spec, String cure) {

  static final List<Tampering> ZOO =
      Stream.of(FileTampering.ALL, RunningTampering.ALL).flatMap(List::stream).toList();

  Tampering(String app, boolean everywhere, String script, String drift) {
    this(app, everywhere, script, drift, "");
  }

  Tampering(String app, boolean everywhere, String script, String drift, String spec) {
    this(app, everywhere, script, drift, spec, "");
  }

  /** Debian 12's systemd has no filters on ports; of the rest it tries what may differ there. */
  boolean isTriedOn(Suite suite) {
    return everywhere || suite != Suite.BOOKWORM;
  }

  /** It changes BPF programs. */
  boolean isOfPrograms() {
    return script.contains("$BPF");
  }

  boolean hasImage() {
    return app.startsWith("image-");
  }
}
