package dev.sandbar.operator.reconcile;

import dev.sandbar.operator.publish.BoundedLease;
import java.util.function.Consumer;

/** Has the devices looked at that are heard of anew. */
final class LeaseListener implements Mirror.Listener<BoundedLease> {
  private final Heartbeats heartbeats;
  private final Misreports misreports;
  private final Consumer<Key> trigger;

  LeaseListener(Heartbeats heartbeats, Misreports misreports, Consumer<Key> trigger) {
    this.heartbeats = heartbeats;
    this.misreports = misreports;
    this.trigger = trigger;
  }

  @Override
  public void present(BoundedLease object) {
    Key key = Key.of(object);
    misreports.counted(key);
    if (ReportLimits.isLarge(object.length())) {
      misreports.report(key, Misreports.Kind.TOO_LARGE, "the Lease is too large");
    }
    if (heartbeats.seen(key, Heartbeats.Renewal.of(object))) {
      trigger.accept(key);
    }
  }

  @Override
  public void absent(BoundedLease object) {
    Key key = Key.of(object);
    heartbeats.gone(key);
    trigger.accept(key);
  }
}
