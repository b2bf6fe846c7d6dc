package dev.sandbar.cli;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.apply.Machine;
import dev.sandbar.device.store.ImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayList;
import java.util.List;

/** The image of an app in the device's store, for as long as a unit needs it. */
final class StagedImage implements AutoCloseable {
  private final Machine machine;
  private final UnitName unit;

  /** What was not in the store before: one at most. */
  private final List<Sha256> added;

  private StagedImage(Machine machine, UnitName unit, List<Sha256> added) {
    this.machine = machine;
    this.unit = unit;
    this.added = new ArrayList<>(added);
  }

  /**
   * Adds the image of the app, if it has one and it is not there.
   *
   * @throws CommandException if it cannot be added
   */
  static StagedImage of(DeviceAccess device, CompiledApp app) {
    Machine machine = device.machine();
    List<Sha256> added =
        switch (app.spec().root()) {
          case Root.Host() -> List.of();
          case Root.Image(var path, var digest, _) ->
              switch (machine.images().add(path, digest)) {
                case ImageStore.Stored.Kept(_, var isNew) -> isNew ? List.of(digest) : List.of();
                case ImageStore.Stored.Refused(var message) ->
                    throw new CommandException(message, "Put the image on the device");
              };
        };
    return new StagedImage(machine, app.unit(), added);
  }

  /** Removes what was added, unless an app has come to use it meanwhile. */
  @Override
  public synchronized void close() throws IOException {
    if (!Files.exists(machine.units().own(unit), LinkOption.NOFOLLOW_LINKS)) {
      for (Sha256 digest : added) {
        machine.images().remove(digest);
      }
    }
    added.clear();
  }
}
