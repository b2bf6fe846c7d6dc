package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.fleet.Fleet;
import dev.sandbar.cli.terminal.Terminal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sandbar fleet hold} and {@code release}. */
abstract sealed class FleetHoldCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private FleetChangeOptions objects = new FleetChangeOptions();

  private FleetHoldCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  static FleetHoldCommand hold(Terminal terminal) {
    return new Keep(terminal);
  }

  static FleetHoldCommand release(Terminal terminal) {
    return new Release(terminal);
  }

  abstract Done ofApp(Fleet api, String name);

  abstract Done ofDevice(Fleet api, String name);

  /** Of what is wrong with the options, before anything is sent. */
  abstract void check();

  @Override
  public Integer call() {
    check();
    return objects.change(
        terminal,
        List.of(FleetObject.Kind.APP, FleetObject.Kind.DEVICE),
        (api, object) ->
            switch (object.kind()) {
              case APP -> ofApp(api, object.name());
              case DEVICE -> ofDevice(api, object.name());
              case GITSOURCE ->
                  throw new CommandException(
                      "a gitsource is not held",
                      "Suspend it: sandbar fleet suspend gitsource NAME");
            });
  }

  @Command(
      name = "hold",
      description = {
        "Hold an app on all its devices, or all apps of a device, at the versions that run.",
        "",
        "Newer versions wait until the app or the device is released. Unlike with suspend, drift is"
            + " still corrected, an app that is deleted is removed, and a held device installs new"
            + " apps. The command sets spec.hold of the AppSandbox or the Device; an app that its"
            + " repository holds is released there."
      },
      footer = {
        "  sandbar fleet hold pump --reason 'measuring until Friday' --for 3d",
        "  sandbar fleet hold device pump-1 --reason 'no visit before June'",
        "  sandbar fleet hold device -l line=3 --for 12h",
        "  sandbar fleet release pump"
      })
  private static final class Keep extends FleetHoldCommand {
    @Mixin private HoldOptions options = new HoldOptions();

    Keep(Terminal terminal) {
      super(terminal);
    }

    @Override
    void check() {
      var _ = options.read(Instant.now());
    }

    @Override
    Done ofApp(Fleet api, String name) {
      return api.holdApp(name, options.read(Instant.now()));
    }

    @Override
    Done ofDevice(Fleet api, String name) {
      return api.holdDevice(name, options.read(Instant.now()));
    }
  }

  @Command(
      name = "release",
      description = {
        "Release an app or a device that is held.",
        "",
        "Devices apply the newest version, in their windows and those of the app. An app that is"
            + " held on a device itself, by sandbar hold, is released there."
      },
      footer = {"  sandbar fleet release pump", "  sandbar fleet release device pump-1"})
  private static final class Release extends FleetHoldCommand {
    Release(Terminal terminal) {
      super(terminal);
    }

    @Override
    void check() {}

    @Override
    Done ofApp(Fleet api, String name) {
      return api.releaseApp(name);
    }

    @Override
    Done ofDevice(Fleet api, String name) {
      return api.releaseDevice(name);
    }
  }
}
