package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.BundleStatus;
import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.bundle.SyscallTable;
import dev.sandbar.core.bundle.TableDigest;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.fleet.Deliveries;
import dev.sandbar.source.age.AgeRecipient;
import dev.sandbar.source.text.PackedText;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports the facts of this device. The table of system calls is as long as all the rest, so it
 * stands in the status of the bundle, and the facts name it by its digest. They hold the table
 * itself while there is no bundle, which the operator makes only when it has the facts, and while
 * the API server does not keep it there, as with the schema and the operator of an older release.
 *
 * <p>Nothing is reported before one of the two is known, and whether secrets can be sealed to the
 * device: each start of an agent would otherwise write the table, or take the recipient away, and
 * take it back.
 */
final class FactsReport {
  /** The digest of no table. */
  private static final String NOWHERE = "";

  private final String version;
  private final Consumer<Node> reports;

  private final Deliveries deliveries = new Deliveries();

  private @Nullable Facts facts;

  /** Digest of the table in the status of the bundle on the server; null while not known. */
  private @Nullable String stored;

  /** What secrets are sealed to; null if that is nothing, or not known yet. */
  private @Nullable String recipient;

  private boolean isRecipientKnown;

  private record Facts(DeviceFacts live, String table, String digest) {
    static Facts of(DeviceFacts live) {
      String table = PackedText.pack(NodeBinder.write(SyscallTable.of(live)));
      return new Facts(live, table, TableDigest.of(table));
    }
  }

  /**
   * Nothing is known yet.
   *
   * @param version of the agent
   * @param reports gets what the facts of the Device shall say, whenever that may have changed
   */
  FactsReport(String version, Consumer<Node> reports) {
    this.version = version;
    this.reports = reports;
  }

  /** The device is this. */
  void probed(DeviceFacts live) {
    Facts now = Facts.of(live);
    changed(() -> facts = now);
  }

  /** Secrets for the device are sealed to this; null: to nothing. */
  void recipient(@Nullable AgeRecipient now) {
    changed(
        () -> {
          recipient = now == null ? null : now.text();
          isRecipientKnown = true;
        });
  }

  /** The bundle has this status on the server. */
  void stored(Node status) {
    String digest =
        status.fields().get("systemCalls") instanceof Node.Scalar table
            ? TableDigest.of(table.text())
            : NOWHERE;
    changed(() -> stored = digest);
  }

  /** There is no bundle on the server. */
  void noBundle() {
    changed(() -> stored = NOWHERE);
  }

  /** The status of the bundle with the table. */
  synchronized BundleStatus in(BundleStatus status) {
    Facts now = facts;
    return now == null ? status : status.with(now.table());
  }

  private void changed(Runnable change) {
    synchronized (this) {
      change.run();
      report();
    }
    deliveries.deliver();
  }

  private void report() {
    Facts now = facts;
    String there = stored;
    if (now != null && there != null && isRecipientKnown) {
      String table = now.digest().equals(there) ? now.digest() : now.table();
      Node report = NodeBinder.write(ReportedFacts.of(now.live(), table, version).to(recipient));
      deliveries.add(() -> reports.accept(report));
    }
  }
}
