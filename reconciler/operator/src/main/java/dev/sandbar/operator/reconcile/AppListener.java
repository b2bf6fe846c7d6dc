package dev.sandbar.operator.reconcile;

import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.publish.BoundedApp;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.report.EventRecorder;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the devices looked at for which a change of an app may matter: selected, or holding it. */
final class AppListener implements SlimStore.Form<BoundedApp, String> {
  private static final Logger LOG = LoggerFactory.getLogger(AppListener.class);
  private static final VersionForm<BoundedApp> FORM = new VersionForm<>(BoundedApp::new);
  private static final String NO_ROOM =
      "the AppSandboxes of the namespace take more memory than the operator has for them (delete"
          + " some or raise its memory limit, then have this one reconciled)";

  private final FleetIndex fleet;
  private final Pool pool;
  private final AppReconciler statuses;
  private final Consumer<Key> trigger;
  private final NamespaceRoom room;
  private final EventRecorder events;
  private final NamedValues values;
  private final CollectiveDeletions deletions;

  /** Namespaces of which apps are not kept at all. */
  private final Set<String> full = ConcurrentHashMap.newKeySet();

  AppListener(
      FleetIndex fleet,
      Pool pool,
      AppReconciler statuses,
      Consumer<Key> trigger,
      NamespaceRoom room,
      EventRecorder events,
      NamedValues values,
      CollectiveDeletions deletions) {
    this.values = values;
    this.deletions = deletions;
    this.room = room;
    this.events = events;
    this.fleet = fleet;
    this.pool = pool;
    this.statuses = statuses;
    this.trigger = trigger;
  }

  @Override
  public String keep(BoundedApp object) {
    try {
      present(object);
    } catch (RuntimeException e) {
      // Thrown here it would end the list, and with it the work for all others.
      LOG.error("appsandbox={} action=skip fault={}", Key.of(object), e.toString(), e);
    }
    return FORM.keep(object);
  }

  @Override
  public BoundedApp object(String key, String version) {
    return FORM.object(key, version);
  }

  private void present(BoundedApp object) {
    DeclaredApp read = DeclaredApp.read(object, pool);
    long weight =
        fleet
            .app(read.key())
            .filter(read::isResolvedBy)
            .map(read::resolvedAs)
            .orElse(read)
            .weight();
    switch (room.put(read.key(), weight)) {
      case KEPT -> present(read);
      case WITHOUT_CONTENT -> present(read.without(NO_ROOM));
      case NOT_KEPT -> notKept(object);
    }
  }

  private void notKept(BoundedApp object) {
    Key key = Key.of(object);
    if (full.add(key.namespace())) {
      events.tell(
          new EventRecorder.Subject(
              "AppSandbox", key.namespace(), key.name(), object.getMetadata().getUid()),
          EventRecorder.Severity.WARNING,
          Reason.INVALID_SPEC,
          "the namespace has more than the %d AppSandboxes that are read; delete some, and have this"
                  .formatted(NamespaceRoom.MOST_APPS)
              + " and others reconciled");
    }
  }

  private void present(DeclaredApp read) {
    Optional<DeclaredApp> before = fleet.app(read.key());
    Optional<DeclaredApp> kept = fleet.put(read);
    if (kept.isEmpty()) {
      return;
    }
    DeclaredApp app = kept.get();
    if (app.reading() instanceof DeclaredApp.Reading.Unresolved(var named)) {
      values.names(app.key(), named);
      return;
    }
    if (!app.namesValues()) {
      values.forget(app.key());
    } else if (!before.map(DeclaredApp::requestedAt).orElse("").equals(app.requestedAt())) {
      values.again(app.key());
    }
    boolean same =
        before
            .map(
                old ->
                    old.generation() == app.generation()
                        && old.revision().equals(app.revision())
                        && old.requestedAt().equals(app.requestedAt())
                        && old.consent().equals(app.consent())
                        && old.spec().digest().equals(app.spec().digest()))
            .orElse(false);
    if (same && before.map(old -> old.status().equals(app.status())).orElse(false)) {
      return;
    }
    if (!same) {
      wake(app.key(), app);
    }
    statuses.mark(app.key());
  }

  /** An app has these values, or does not have them, from now on. */
  void resolve(Key key, ReadValues contents) {
    Optional<DeclaredApp> naming = fleet.app(key).filter(DeclaredApp::namesValues);
    if (naming.isPresent()) {
      resolve(naming.get(), contents);
    } else {
      forget(key);
    }
  }

  /** The app names no value, unless it was declared anew meanwhile. */
  private void forget(Key key) {
    values.forget(key);
    fleet
        .app(key)
        .map(DeclaredApp::reading)
        .ifPresent(
            reading -> {
              if (reading instanceof DeclaredApp.Reading.Unresolved(var named)) {
                values.names(key, named);
              }
            });
  }

  private void resolve(DeclaredApp app, ReadValues contents) {
    Key key = app.key();
    DeclaredApp resolved = app.resolved(contents, pool);
    boolean fits = room.put(key, resolved.weight()) == NamespaceRoom.Verdict.KEPT;
    UnaryOperator<DeclaredApp> change =
        fits ? old -> old.resolvedAs(resolved) : old -> old.without(NO_ROOM);
    boolean known = fleet.resolve(app, change);
    if (fleet.app(key).isEmpty()) {
      room.remove(key);
    } else if (known && !change.apply(app).isReadAs(app)) {
      LOG.debug("appsandbox={} action=resolve", key);
      if (!fits) {
        forget(key);
      }
      wake(key, app);
      statuses.mark(key);
    }
  }

  @Override
  public void removed(String name) {
    Key key = Key.parse(name);
    Optional<DeclaredApp> last = fleet.app(key);
    deletions.appGone();
    fleet.removeApp(key);
    values.forget(key);
    // Last: values that come now are given room only while there is an app.
    room.remove(key);
    if (room.hasRoom(key.namespace())) {
      full.remove(key.namespace());
    }
    statuses.removed(key);
    last.ifPresent(app -> wake(key, app));
  }

  private void wake(Key key, DeclaredApp app) {
    for (ReconciledDevice device : fleet.devices(key.namespace())) {
      if (app.selector().matches(device.labels()) || device.apps().containsKey(key.name())) {
        trigger.accept(device.key());
      }
    }
  }
}
