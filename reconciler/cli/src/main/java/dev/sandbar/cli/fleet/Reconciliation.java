package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.cli.terminal.Revision;
import dev.sandbar.crds.v1alpha1.AppSandbox;
import dev.sandbar.crds.v1alpha1.GitSource;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Asks the operator to look at an object now, and waits until it has. */
final class Reconciliation {
  static final String REQUESTED = "sandbar.dev/requestedAt";

  private final FleetConnection connection;
  private final Consumer<String> progress;

  Reconciliation(FleetConnection connection, Consumer<String> progress) {
    this.connection = connection;
    this.progress = progress;
  }

  /**
   * What was asked for and how long is waited.
   *
   * @param limit zero: do not wait
   */
  record Wish(String name, Duration limit) {}

  /** Has a repository fetched and applied. */
  Done source(Wish wish) {
    GitSource before = connection.get(GitSource.class, wish.name());
    if (Fetch.state(before).suspended()) {
      throw new FleetException(
          "the gitsource " + wish.name() + " is suspended: nothing reconciles it",
          "Resume it first: sandbar fleet resume gitsource " + wish.name());
    }
    return asked(
        GitSource.class,
        wish,
        source -> text(Fetch.state(source).status().lastHandledReconcileAt()),
        source -> {
          var state = Fetch.state(source);
          return outcome(
              "gitsource",
              state.name(),
              state.status().conditions(),
              "at " + Revision.shortened(text(state.status().lastAppliedRevision())));
        });
  }

  /** Has an app compiled and its bundles compared. */
  Done app(Wish wish) {
    return asked(
        AppSandbox.class,
        wish,
        app -> text(Fetch.state(app).status().lastHandledReconcileAt()),
        app -> {
          AppState state = Fetch.state(app);
          var counts = state.counts();
          return outcome(
              "appsandbox",
              state.name(),
              // The devices take their time; what is asked for here is that the operator has done
              // its part, and it has failed only if it says so.
              state.status().conditions().stream().filter(c -> "Stalled".equals(c.type())).toList(),
              "generation "
                  + state.generation()
                  + ", ready on "
                  + counts.ready()
                  + " of "
                  + counts.desired()
                  + (counts.desired() == 1 ? " device" : " devices"));
        });
  }

  /** Has the repository of an app fetched first. */
  Done appWithSource(Wish wish) {
    AppState app = Fetch.state(connection.get(AppSandbox.class, wish.name()));
    if (app.source().isEmpty()) {
      throw new FleetException(
          "the app " + wish.name() + " comes from no GitSource",
          "Leave --with-source away: it was applied by hand or by another program, which"
              + " sandbar fleet trace DEVICE "
              + wish.name()
              + " names");
    }
    Done source = source(new Wish(app.source(), wish.limit()));
    return source.good() ? app(wish) : source;
  }

  private <T extends HasMetadata> Done asked(
      Class<T> kind, Wish wish, Function<T, String> handled, Function<T, Done> outcome) {
    String token = Instant.now().toString();
    connection.patch(
        kind,
        wish.name(),
        "{\"metadata\":{\"annotations\":{\"" + REQUESTED + "\":\"" + token + "\"}}}");
    String object = HasMetadata.getSingular(kind) + "/" + wish.name();
    if (wish.limit().isZero()) {
      return Done.of(true, "reconcile", object, object + " is to be reconciled now");
    }
    progress.accept("waiting for the operator to reconcile " + object);
    Optional<T> seen =
        ObjectWait.answer(
            wish.limit(),
            () ->
                Optional.of(connection.get(kind, wish.name()))
                    .filter(found -> token.equals(handled.apply(found))));
    return seen.map(outcome)
        .orElseGet(
            () ->
                Done.of(
                    false,
                    "reconcile",
                    object,
                    object + " was not reconciled within " + Ages.text(wish.limit()),
                    "is the operator running? kubectl get pods -A -l"
                        + " app.kubernetes.io/name=sandbar-operator"));
  }

  private static Done outcome(
      String kind, String name, List<StatusCondition> conditions, String success) {
    boolean stalled = Standing.isTrue(conditions, "Stalled");
    boolean failed = Standing.status(conditions, "Ready").equals("False");
    String object = kind + "/" + name;
    return stalled || failed
        ? Done.of(false, "reconcile", object, object + ": " + Standing.sentence(conditions))
        : Done.of(true, "reconcile", object, object + " is reconciled, " + success);
  }
}
