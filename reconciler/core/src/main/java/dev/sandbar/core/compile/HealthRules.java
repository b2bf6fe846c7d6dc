package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.model.HealthSpec.Readiness;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sources;

/** What {@code health:} needs of the rest of the spec. */
final class HealthRules {

  private static final AddressSet NEAR = AddressSpace.LOCAL.join(AddressSpace.LOOPBACK);
  private static final AddressSet NO_STUB = AddressSpace.DNS_STUB.complement();

  private HealthRules() {}

  static void check(AppSpec app, Sandbox sandbox, Complaints complaints) {
    HealthSpec health = app.health();
    switch (health.ready()) {
      case Readiness.Started _ -> {}
      case Readiness.Tcp(int port) -> port(app, port, sandbox, complaints);
      case Readiness.Http(int port, _) -> {
        port(app, port, sandbox, complaints);
        if (reached(app, sandbox).isEmpty()) {
          complaints.error(
              Problem.CONFLICT,
              health.at(),
              "health.ready.http asks from an address of the device, and the app may not answer it",
              "grant permissions.localNetwork: true, or write ready: {tcp: {port: %d}}"
                  .formatted(port));
        }
      }
      case Readiness.Exec(var command) -> {
        place(app, command.getFirst(), sandbox, complaints);
        if (app.run().adopts()) {
          complaints.error(
              Problem.CONFLICT,
              health.at(),
              "health.ready.exec runs in a sandbox like the app's own, and run.unit has none of its"
                  + " own",
              "write ready: {tcp: {port: 8080}} or ready: {http: {port: 8080}}");
        }
      }
    }
  }

  /** The command executes what the app does, and no more. */
  private static void place(AppSpec app, String program, Sandbox sandbox, Complaints complaints) {
    boolean executed =
        sandbox.unconfined()
            || app.root() instanceof AppSpec.Root.Image
            || app.supplies(program)
            || FileLines.isExecutedAnyway(program)
            || app.run().programs().stream()
                .map(FileLines::programFolder)
                .anyMatch(folder -> PathText.within(program, folder));
    if (!executed) {
      complaints.error(
          Problem.UNSAFE_PATH,
          app.health().at(),
          "health.ready.exec: %s stands where the app can execute nothing"
              .formatted(SafeText.shown(program)),
          "put the program below /usr, beside that of run.command, or into files with mode"
              + " \"0555\"");
    }
  }

  private static void port(AppSpec app, int port, Sandbox sandbox, Complaints complaints) {
    if (PortSocket.of(app).stream().anyMatch(it -> it.port().range().first() == port)) {
      complaints.error(
          Problem.CONFLICT,
          app.health().at(),
          "health.ready checks port %d, at which systemd accepts connections whether the app answers or not"
              .formatted(port),
          "write ready: {exec: {command: [...]}}, or run.type: Notify");
      return;
    }
    var binds = sandbox.network().binds();
    boolean bound =
        binds.isAll()
            || binds.items().stream().anyMatch(range -> range.contains(Protocol.TCP, port))
                != binds.allBut();
    if (!bound) {
      complaints.error(
          Problem.CONFLICT,
          app.health().at(),
          "health.ready checks port %d, which the app may not bind".formatted(port),
          "grant permissions.ports: [{name: check, port: %d}]".formatted(port));
    }
  }

  /** Where on the device a request can come from that the app may answer. */
  static AddressSet reached(AppSpec app, Sandbox sandbox) {
    AddressSet near = app.network() == AppSpec.Network.OWN ? AddressSpace.LOCAL : NEAR;
    AddressSet answered = sandbox.network().addresses().meet(near).meet(NO_STUB);
    if (!(app.health().ready() instanceof Readiness.Http(int checked, _))) {
      return answered;
    }
    Sources from =
        AppFirewall.ports(app).stream()
            .filter(port -> port.range().contains(Protocol.TCP, checked))
            .map(Port::from)
            .findFirst()
            .orElse(Sources.REACHED);
    return answered.meet(AppFirewall.sources(from));
  }
}
