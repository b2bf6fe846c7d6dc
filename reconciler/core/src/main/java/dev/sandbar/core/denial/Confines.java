package dev.sandbar.core.denial;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.PermissionRules;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What an app may do on a device, and what it could be given beside that. */
public record Confines(AppSpec app, Sandbox sandbox, DeviceFacts facts) {

  /** Volumes are mounted so far below the root, mostly. */
  private static final int DEPTH = 2;

  private static final Wish NETWORK = Wish.of(Permission.LOCAL_NETWORK);

  /** Those of the app on that device. */
  public static Confines of(AppSpec app, DeviceFacts facts) {
    return new Confines(app, Compiler.sandbox(app, facts), facts);
  }

  /** The volume of the device that is nearest above the path; empty if none is. */
  Optional<Map.Entry<String, String>> volume(String path) {
    return facts.volumes().entrySet().stream()
        .filter(it -> PathText.within(path, it.getValue()))
        .max(Comparator.comparing(it -> it.getValue().length()));
  }

  /**
   * The volume that the first names of the path are most likely meant for: they are mounted under
   * names of their own, as in {@code /music} or {@code /srv/music}.
   */
  Optional<Map.Entry<String, String>> volumeByName(String path) {
    String[] parts = path.split("/", DEPTH + 2);
    var at = new StringBuilder();
    for (int i = 1; i < Math.min(parts.length, DEPTH + 1); i++) {
      at.append('/').append(parts[i]);
      if (facts.volumes().containsKey(parts[i])) {
        return Optional.of(Map.entry(parts[i], at.toString()));
      }
    }
    return Optional.empty();
  }

  /** Whether the app has a volume there already. */
  boolean mounts(String path) {
    return app.permissions()
        .get(Permission.STORAGE)
        .filter(it -> it.value() instanceof Value.Volumes(var all) && isIn(path, all))
        .isPresent();
  }

  /** Whether it may bind a port that only root may otherwise. */
  boolean hasPrivilegedPort() {
    return app.permissions()
        .get(Permission.PORTS)
        .filter(
            it ->
                it.value() instanceof Value.Ports(var all)
                    && all.stream().anyMatch(port -> port.range().isPrivileged()))
        .isPresent();
  }

  private static boolean isIn(String path, List<Mount> all) {
    return all.stream().anyMatch(it -> PathText.within(path, it.mountPath()));
  }

  /** That something was refused, with those of the permissions that the app can be given. */
  Denial denial(
      String refused,
      String directive,
      Denial.Evidence evidence,
      String said,
      int times,
      Advice advice) {
    var remedies = new ArrayList<Remedy>();
    String help = advice.help();
    for (Wish wish : advice.wishes()) {
      switch (given(wish)) {
        case Given.Good(var good) -> remedies.add(remedy(good, ""));
        case Given.Bad(var why) when why.problem() == Problem.POLICY_DENIED ->
            remedies.add(
                remedy(wish, facts.policy().objection(wish.permission()).orElse(why.message())));
        case Given.Bad(var why) -> help = help.isEmpty() ? refusal(wish, why) : help;
        case Given.Impossible() -> {
          // As with /dev/mem: there is nothing to say of how.
        }
      }
    }
    // That one of several cannot be given is of no interest where another one can.
    return new Denial(
        refused,
        directive,
        evidence,
        said,
        times,
        remedies,
        remedies.isEmpty() ? help : advice.help());
  }

  private static String refusal(Wish wish, Diagnostic why) {
    return "This app cannot be given %s: %s; %s"
        .formatted(wish.permission().key(), why.message(), why.help());
  }

  private static Remedy remedy(Wish wish, String objection) {
    return new Remedy(wish.permission(), wish.line(), wish.permission().level(), objection);
  }

  /** What became of an attempt to give the app a permission. */
  private sealed interface Given {
    record Good(Wish wish) implements Given {}

    record Bad(Diagnostic why) implements Given {}

    /** No app has it. */
    record Impossible() implements Given {}
  }

  /**
   * Compiles the app as it would be with the permission, as nobody should be sent from one error to
   * the next.
   */
  private Given given(Wish wish) {
    Optional<Map<Permission, Request>> asked = wish.requests();
    if (asked.isEmpty()) {
      return new Given.Impossible();
    }
    Optional<Diagnostic> why = problem(asked.get());
    if (why.isEmpty() || !problems(app.permissions()).isEmpty()) {
      return new Given.Good(wish);
    }
    // Ports need a network that clients come from.
    Wish both = wish.after(NETWORK);
    return wish.permission() == Permission.PORTS && both.requests().flatMap(this::problem).isEmpty()
        ? new Given.Good(both)
        : new Given.Bad(why.get());
  }

  private Optional<Diagnostic> problem(Map<Permission, Request> asked) {
    var all = new TreeMap<Permission, Request>();
    asked.forEach(
        (permission, request) ->
            all.put(
                permission,
                app.permissions()
                    .get(permission)
                    .map(
                        before -> new Request(joined(before.value(), request.value()), before.at()))
                    .orElse(request)));
    return problems(app.permissions().with(all)).stream().findFirst();
  }

  private List<Diagnostic> problems(Permissions permissions) {
    AppSpec other = app.with(permissions);
    var found = new ArrayList<>(PermissionRules.check(permissions, app.mode(), app.run().adopts()));
    if (Compiler.compile(other, facts) instanceof Compilation.Rejected(_, var errors)) {
      found.addAll(errors);
    }
    return found.stream().filter(it -> it.severity() == Diagnostic.Severity.ERROR).toList();
  }

  /** A list has its entries and those of the other. */
  private static Value joined(Value before, Value more) {
    if (before instanceof Value.Ports(var one) && more instanceof Value.Ports(var two)) {
      return new Value.Ports(both(one, two));
    }
    if (before instanceof Value.Devices(var one) && more instanceof Value.Devices(var two)) {
      return new Value.Devices(both(one, two));
    }
    if (before instanceof Value.Volumes(var one) && more instanceof Value.Volumes(var two)) {
      return new Value.Volumes(both(one, two));
    }
    if (before instanceof Value.Destinations(var one)
        && more instanceof Value.Destinations(var two)) {
      return new Value.Destinations(both(one, two));
    }
    return before instanceof Value.Modules(var one) && more instanceof Value.Modules(var two)
        ? new Value.Modules(both(one, two))
        : more;
  }

  private static <T> List<T> both(List<T> one, List<T> two) {
    var all = new LinkedHashSet<>(one);
    all.addAll(two);
    return List.copyOf(all);
  }
}
