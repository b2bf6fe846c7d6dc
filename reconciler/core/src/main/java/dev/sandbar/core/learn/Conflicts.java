package dev.sandbar.core.learn;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.property.Value;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a service does now that an app would keep it from: named before it is applied. */
public final class Conflicts {

  private static final int MOST = 3;

  private static final String FAMILIES = "RestrictAddressFamilies";
  private static final String ADDRESSES = "IPAddressDeny";
  private static final String PORTS = "SocketBindDeny";
  private static final String CALLS = "SystemCallFilter";
  private static final String SYSTEM = "ProtectSystem";
  private static final String HOME = "ProtectHome";

  private static final List<String> PATHS = List.of("ReadOnlyPaths", "InaccessiblePaths");

  private static final List<String> PROGRAMS = List.of("/usr", "/boot", "/efi");
  private static final List<String> HOMES = List.of("/home", "/root", "/run/user");

  private final CompiledApp app;
  private final Sandbox sandbox;

  /** What it does, by the directive that closes it. */
  private final TreeMap<String, TreeSet<String>> found = new TreeMap<>();

  private Conflicts(CompiledApp app, DeviceFacts facts) {
    this.app = app;
    this.sandbox = Compiler.sandbox(app.spec(), facts);
  }

  /**
   * What one directive closes.
   *
   * @param because what of the spec wrote the directive, as in {@link Directive#because}
   * @param warning for people
   */
  public record Conflict(String because, Diagnostic warning) {}

  /**
   * One for each directive.
   *
   * @param app that confines a service
   * @param uses what that service was seen to do
   */
  public static List<Conflict> of(CompiledApp app, DeviceFacts facts, Collection<Use> uses) {
    var conflicts = new Conflicts(app, facts);
    uses.forEach(conflicts::take);
    return conflicts.found.entrySet().stream().map(conflicts::conflict).toList();
  }

  private void take(Use use) {
    switch (use) {
      case Use.Called(var name) -> closed(deniesCall(name), CALLS, "calls " + name);
      case Use.Family(var name) ->
          closed(!sandbox.network().families().contains(name), FAMILIES, "has a socket of " + name);
      case Use.Bound(var protocol, var at) ->
          closed(
              !sandbox.network().binds().isAll()
                  && sandbox.network().binds().items().stream()
                      .noneMatch(range -> range.contains(protocol, at.port())),
              PORTS,
              "is bound to port " + at.port());
      case Use.Reached(SocketAddress.Internet at) -> talks(at, "talks to " + at);
      case Use.Met(var peer) -> {
        String host = peer.toString();
        talks(peer, "is talked to from " + host.substring(0, host.lastIndexOf(':')));
      }
      case Use.Device(var path, var written) ->
          closed(
              !FileLessons.isOfEveryApp(path) && !opens(path, written),
              "DevicePolicy",
              "opens " + path);
      case Use.Wrote(var path) -> wrote(path);
      case Use.Has(var trait) -> has(trait);
      case Use.Reached(SocketAddress.Unix _), Use.Offered _ ->
          closed(!sandbox.network().families().contains("AF_UNIX"), FAMILIES, "uses Unix sockets");
      case Use.ReadProc _, Use.ReadSettings _, Use.Flow _, Use.Chosen _, Use.Given _ -> {}
    }
  }

  private void closed(boolean closed, String directive, String what) {
    if (closed) {
      found.computeIfAbsent(directive, _ -> new TreeSet<>()).add(what);
    }
  }

  private boolean deniesCall(String name) {
    return app.effective().get(CALLS) instanceof Value.Filter(boolean allow, var names)
        && names.contains(name) != allow;
  }

  private void talks(SocketAddress.Internet with, String what) {
    boolean open =
        with.port() == 0
            || with.isAny()
            || sandbox.network().addresses().includes(AddressSet.of(List.of(with.host())));
    closed(!open, ADDRESSES, what);
  }

  private boolean opens(String path, boolean written) {
    return sandbox.files().devices().contains("r " + path)
        && (!written || sandbox.files().devices().contains("w " + path));
  }

  private void wrote(String path) {
    String system = word(SYSTEM);
    boolean settings = PathText.within(path, "/etc");
    boolean programs = PROGRAMS.stream().anyMatch(folder -> PathText.within(path, folder));
    closed(
        (programs && !system.isEmpty() && !system.equals("no"))
            || (settings && (system.equals("full") || system.equals("strict"))),
        SYSTEM,
        "writes to " + path);
    boolean home = HOMES.stream().anyMatch(folder -> PathText.within(path, folder));
    for (String directive : PATHS) {
      closed(isIn(path, app.effective().get(directive)), directive, "writes to " + path);
    }
    closed(home && !word(HOME).isEmpty() && !word(HOME).equals("no"), HOME, "writes to " + path);
  }

  private static boolean isIn(String path, @Nullable Value folders) {
    return folders instanceof Value.Names(var names)
        && names.stream()
            // Without the signs that say what to do when there is no such path.
            .map(name -> name.substring(Math.max(0, name.indexOf('/'))))
            .anyMatch(folder -> PathText.within(path, folder));
  }

  private String word(String directive) {
    return app.effective().get(directive) instanceof Value.Text(var text) ? text : "";
  }

  private void has(Use.Trait trait) {
    switch (trait) {
      case WRITABLE_CODE ->
          closed(!sandbox.kernel().writableCode(), "MemoryDenyWriteExecute", trait.words());
      case REALTIME -> closed(!sandbox.kernel().realtime(), "RestrictRealtime", trait.words());
      case LOCKED_MEMORY -> closed(!sandbox.kernel().lockedMemory(), "LimitMEMLOCK", trait.words());
      case OWN_NAMESPACE ->
          closed(sandbox.kernel().namespaces().isNone(), "RestrictNamespaces", trait.words());
      case IO_URING -> closed(deniesCall("io_uring_setup"), CALLS, trait.words());
      case CODE_IN_DATA -> {}
    }
  }

  private Conflict conflict(Map.Entry<String, TreeSet<String>> conflict) {
    var all = conflict.getValue();
    String what = String.join("; ", all.stream().limit(MOST).toList());
    String more = all.size() > MOST ? " and %d more".formatted(all.size() - MOST) : "";
    String because =
        app.directives().stream()
            .filter(line -> line.name().equals(conflict.getKey()))
            .map(Directive::because)
            .findFirst()
            .orElse("the app");
    return new Conflict(
        because,
        Diagnostic.warning(
            Problem.CONFLICT,
            app.spec().run().at(),
            "%s %s%s now, which %s of the app closes (%s)"
                .formatted(app.unit(), what, more, because, conflict.getKey()),
            "leave it open unless the service can do without; a version that fails is rolled"
                + " back"));
  }
}
