package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleBudget;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.fleet.AppOnDevice;
import dev.sandbar.core.fleet.Intent;
import dev.sandbar.core.fleet.Seen;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.DeviceVariables;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.publish.PublishedBundle;
import dev.sandbar.source.age.AgeException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a bundle must hold.
 *
 * <ol>
 *   <li>An app that selects the device and compiles for it: as declared.
 *   <li>One that is wrong, or that the device would not enforce, or whose device has not said what
 *       it can do: what stands there now, if anything does, suspended or not as it is declared.
 *   <li>One that no longer selects the device, and that it may not lose yet: what stands there now.
 *   <li>Any other: nothing.
 * </ol>
 *
 * <p>Of all these, what fits into a bundle.
 *
 * @param entries of the bundle
 * @param apps what is meant for each selecting app, with what was seen of it
 * @param again when to look again if nothing happens until then; zero if there is no need
 */
record DesiredBundle(
    SortedMap<AppName, BundleEntry> entries, SortedMap<String, AppOnDevice> apps, Duration again) {
  private static final Intent FULL =
      new Intent.Refused(Reason.BUNDLE_FULL.text(), BundleBudget.MESSAGE, BundleBudget.HELP);
  private static final Node NONE = Node.mapping(List.of());
  private static final Intent INVALID = new Intent.Waiting("the spec is not valid");
  private static final Intent UNRESOLVED =
      new Intent.Waiting("the ConfigMaps and Secrets that it names are not read yet");
  private static final Intent TOGETHER =
      new Intent.Waiting("another app is about to leave the device");

  /** Between two attempts to store what a bundle is to name. */
  private static final Duration CONTENTS = Duration.ofSeconds(10);

  /** Between two looks whether what is held back may go, when other devices have changed. */
  private static final Duration HELD = Duration.ofMinutes(1);

  private static final Intent UNKNOWN =
      new Intent.Waiting("the device has not reported yet what it can enforce");

  /** Of an app that finds no room, and of which the device says nothing. */
  static final AppOnDevice NO_ROOM = new AppOnDevice(FULL, Seen.NOTHING);

  DesiredBundle {
    apps = Collections.unmodifiableSortedMap(apps);
  }

  /**
   * What is known of a device's abilities.
   *
   * @param recipient of its secrets
   */
  record Ability(Sha256 key, DeviceFacts facts, SealRecipient recipient) {}

  /** Whether what a spec names can be got by a device. */
  interface Contents {
    /** Why not; empty if it can, from now on. */
    Optional<String> missing(Key app, Node spec);
  }

  /**
   * Computes it.
   *
   * @param variables of the device
   * @param bundle as it stands
   * @param hold whether the owner of the device has all its apps stay at their versions
   * @param ability null while the device has not said it
   */
  static DesiredBundle of(
      Collection<DeclaredApp> declared,
      DeviceVariables variables,
      Map<String, String> labels,
      PublishedBundle bundle,
      HoldSpec hold,
      @Nullable Ability ability,
      CompileCache cache,
      Contents contents,
      Withdrawals.OfDevice withdrawals) {
    SortedMap<AppName, BundleEntry> now = bundle.entries();
    var entries = new TreeMap<AppName, BundleEntry>();
    var apps = new TreeMap<String, AppOnDevice>();
    Duration again = Duration.ZERO;
    boolean settles = false;
    for (DeclaredApp app : declared) {
      String name = app.key().name();
      Seen seen = bundle.seen().getOrDefault(name, Seen.NOTHING);
      boolean selected = app.selector().matches(labels);
      if (!selected && isWithdrawn(app, now)) {
        Withdrawals.Verdict verdict = withdrawals.of(app);
        if (verdict != Withdrawals.Verdict.LEAVES) {
          boolean _ = keep(now, app, entries);
          boolean held = verdict == Withdrawals.Verdict.HELD;
          apps.put(name, new AppOnDevice(new Intent.Withdrawn(held), seen));
          settles |= !held;
          again = again.isZero() ? HELD : again;
        }
        continue;
      }
      switch (app.reading()) {
        case DeclaredApp.Reading.Invalid _ -> {
          // Its selector may be what is wrong with it, so that it takes nothing away.
          boolean held = keep(now, app, entries);
          if (selected || held) {
            apps.put(name, new AppOnDevice(INVALID, seen));
          }
        }
        case DeclaredApp.Reading.Unresolved _ -> {
          if (selected) {
            boolean _ = keep(now, app, entries);
            apps.put(name, new AppOnDevice(UNRESOLVED, seen));
          }
        }
        case DeclaredApp.Reading.Valid(var sandbox, var secrets) -> {
          if (selected) {
            Intent intent =
                intent(app, sandbox, secrets, variables, now, ability, cache, contents, entries);
            again = isWaiting(intent) ? CONTENTS : again;
            apps.put(name, new AppOnDevice(intent, seen));
          }
        }
      }
    }
    if (settles) {
      again = Withdrawals.SETTLES;
      together(now, entries, apps);
    }
    hold(declared, hold, entries);
    BundleBudget budget = BundleBudget.fit(entries, now);
    for (AppName name : budget.refused()) {
      apps.computeIfPresent(name.value(), (_, app) -> new AppOnDevice(FULL, app.seen()));
    }
    return new DesiredBundle(budget.entries(), apps, again);
  }

  /** Whether it stands in the bundle, and its spec says for certain that it does not select it. */
  private static boolean isWithdrawn(DeclaredApp app, SortedMap<AppName, BundleEntry> now) {
    return !(app.reading() instanceof DeclaredApp.Reading.Invalid)
        && AppName.isValid(app.key().name())
        && now.containsKey(new AppName(app.key().name()));
  }

  /** What takes the place of an app that leaves comes with the same write: both may use a port. */
  private static void together(
      SortedMap<AppName, BundleEntry> now,
      SortedMap<AppName, BundleEntry> entries,
      SortedMap<String, AppOnDevice> apps) {
    for (AppName name : List.copyOf(entries.keySet())) {
      if (!now.containsKey(name)) {
        entries.remove(name);
        apps.computeIfPresent(name.value(), (_, app) -> new AppOnDevice(TOGETHER, app.seen()));
      }
    }
  }

  private static boolean isWaiting(Intent intent) {
    return intent instanceof Intent.Refused(var reason, _, _)
        && reason.equals(Reason.RECONCILIATION_FAILED.text());
  }

  /** Also what is kept is held as it is now declared: what the device runs may be older. */
  private static void hold(
      Collection<DeclaredApp> declared,
      HoldSpec ofDevice,
      SortedMap<AppName, BundleEntry> entries) {
    for (DeclaredApp app : declared) {
      if (AppName.isValid(app.key().name())) {
        entries.computeIfPresent(
            new AppName(app.key().name()), (_, entry) -> entry.held(app.hold().later(ofDevice)));
      }
    }
  }

  /** The same while what stands in the bundle cannot be changed. */
  DesiredBundle unpublished(PublishedBundle bundle, String why) {
    SortedMap<AppName, BundleEntry> now = bundle.entries();
    var waiting = new TreeMap<>(apps);
    waiting.replaceAll(
        (name, app) ->
            app.intent() instanceof Intent.Published
                    && !Objects.equals(entries.get(new AppName(name)), now.get(new AppName(name)))
                ? new AppOnDevice(new Intent.Waiting(why), app.seen())
                : app);
    return new DesiredBundle(entries, waiting, again);
  }

  /**
   * The same with what the device says of the bundle as it stands.
   *
   * @param before what was known of the apps: an answer stays one while another app changes
   */
  DesiredBundle answered(PublishedBundle bundle, SortedMap<String, AppOnDevice> before) {
    boolean taken = bundle.taken().equals(bundle.digest());
    var answered = new TreeMap<>(apps);
    answered.replaceAll(
        (name, app) -> {
          if (!(app.intent() instanceof Intent.Published)) {
            return app;
          }
          var key = new AppName(name);
          AppOnDevice old = before.getOrDefault(name, app);
          boolean same =
              Objects.equals(entries.get(key), bundle.entries().get(key))
                  && (taken || (old.answered() && old.intent().equals(app.intent())));
          return same ? new AppOnDevice(app.intent(), app.seen(), true) : app;
        });
    return new DesiredBundle(entries, answered, again);
  }

  /** Names of the apps that stay though they no longer select the device. */
  Set<String> withdrawn() {
    return apps.entrySet().stream()
        .filter(app -> app.getValue().intent() instanceof Intent.Withdrawn)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /**
   * What is kept of the apps: those of the bundle, and others by name up to as many as a bundle
   * holds. Thousands of apps times hundreds of devices take all memory there is, and each of the
   * others finds no room anyway.
   */
  SortedMap<String, AppOnDevice> kept() {
    if (apps.size() <= Bundle.MAX_APPS) {
      return apps;
    }
    var kept = new TreeMap<>(apps);
    kept.keySet()
        .retainAll(entries.keySet().stream().map(AppName::value).collect(Collectors.toSet()));
    for (Map.Entry<String, AppOnDevice> app : apps.entrySet()) {
      if (kept.size() >= Bundle.MAX_APPS) {
        break;
      }
      kept.putIfAbsent(app.getKey(), app.getValue());
    }
    return Collections.unmodifiableSortedMap(kept);
  }

  private static Intent intent(
      DeclaredApp app,
      AppSpec sandbox,
      SortedMap<SecretRef, SecretValue> secrets,
      DeviceVariables variables,
      SortedMap<AppName, BundleEntry> now,
      @Nullable Ability ability,
      CompileCache cache,
      Contents contents,
      SortedMap<AppName, BundleEntry> entries) {
    if (ability == null) {
      boolean _ = keep(now, app, entries);
      return UNKNOWN;
    }
    Node spec = app.spec().node();
    Sha256 key = app.spec().digest();
    AppSpec own = sandbox;
    if (!secrets.isEmpty() || DeviceVariables.isUsed(sandbox)) {
      List<Diagnostic> problems = variables.problems(sandbox);
      if (!problems.isEmpty()) {
        boolean _ = keep(now, app, entries);
        return refused(problems.getFirst());
      }
      // The agent does not know what its Device says in the cluster.
      spec = variables.replaced(sandbox, spec);
      if (!secrets.isEmpty()) {
        Node held =
            Optional.ofNullable(now.get(sandbox.name())).map(BundleEntry::spec).orElse(NONE);
        try {
          spec = DeviceSeals.seal(spec, secrets, ability.recipient().current(), held);
        } catch (AgeException _) {
          boolean _ = keep(now, app, entries);
          return unsealed(app, sandbox, ability, cache);
        }
      }
      key = Bundle.digest(spec);
      switch (SpecReader.read(BundleEntry.document(app.key().name(), spec))) {
        case SpecReader.Read(var read, _) -> own = read;
        case SpecReader.Refused(_, _, var found) -> {
          boolean _ = keep(now, app, entries);
          return refused(found.getFirst());
        }
      }
    }
    return switch (cache.of(own, key, ability.facts(), ability.key())) {
      case CompileCache.Result.Rendered(var digest) -> {
        Optional<String> missing = contents.missing(app.key(), spec);
        if (missing.isPresent()) {
          boolean _ = keep(now, app, entries);
          yield new Intent.Refused(Reason.RECONCILIATION_FAILED.text(), missing.get(), "");
        }
        entries.put(
            sandbox.name(),
            new BundleEntry(sandbox.name(), spec, app.generation(), app.revision(), digest));
        yield new Intent.Published(app.generation());
      }
      case CompileCache.Result.Rejected(var reason, var message, var help) -> {
        boolean _ = keep(now, app, entries);
        yield new Intent.Refused(reason, message, help);
      }
    };
  }

  /** If the device can have no secrets at all, that is what to say. */
  private static Intent unsealed(
      DeclaredApp app, AppSpec sandbox, Ability ability, CompileCache cache) {
    return switch (cache.of(sandbox, app.spec().digest(), ability.facts(), ability.key())) {
      case CompileCache.Result.Rejected(var reason, var message, var help) ->
          new Intent.Refused(reason, message, help);
      case CompileCache.Result.Rendered _ ->
          new Intent.Refused(
              (ability.recipient().changed() ? Reason.RECIPIENT_CHANGED : Reason.CANNOT_ENFORCE)
                  .text(),
              ability.recipient().problem(),
              ability.recipient().help());
    };
  }

  private static Intent refused(Diagnostic why) {
    return new Intent.Refused(Reason.CANNOT_ENFORCE.text(), why.message(), why.help());
  }

  /** Keeps what the bundle holds of an app; false if it holds nothing of it. */
  private static boolean keep(
      SortedMap<AppName, BundleEntry> now,
      DeclaredApp app,
      SortedMap<AppName, BundleEntry> entries) {
    Optional<BundleEntry> held =
        Optional.of(app.key().name()).filter(AppName::isValid).map(AppName::new).map(now::get);
    held.ifPresent(it -> entries.put(it.name(), it.suspended(app.suspend())));
    return held.isPresent();
  }
}
