package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.core.learn.ServiceObservation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where what was seen is saved, so that it can be combined with what other devices saw. */
final class LearnSaveOptions {
  @Option(
      names = "--save",
      paramLabel = "FILE",
      description =
          "Save what was seen too, as JSON with mode 0600, to combine it with what other devices"
              + " saw. A file that exists is not overwritten.")
  private @Nullable Path file;

  @Option(
      names = "--device-name",
      paramLabel = "NAME",
      description = "With --save: name of this device in the file (default: its host name).")
  private String device = "";

  /**
   * Finds out before the service is watched what would be in the way afterwards.
   *
   * @return the name of the device
   * @throws CommandException if it could not be saved
   */
  String checked(DeviceOptions target) throws IOException {
    Path to = file;
    if (to == null) {
      if (!device.isEmpty()) {
        throw new CommandException(
            "--device-name is the name in a saved file, and nothing is saved", "Add --save FILE");
      }
      return "this-device";
    }
    if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
      throw new CommandException(
          to + " exists already, and is not overwritten", "Save to another file, or remove it");
    }
    Path folder = to.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new CommandException(
          "nothing can be written to the directory of " + to, "Save to another directory");
    }
    String name = device.isEmpty() ? target.name() : device;
    if (!ServiceObservation.isDeviceName(name)) {
      throw new CommandException(
          "'%s' cannot be the name of a device".formatted(Printable.of(name)),
          "Give one of letters, digits, dots, - and _: --device-name NAME");
    }
    return name;
  }

  /** Saves it, if that was asked for. */
  void save(ServiceObservation observation, Printer printer) throws IOException {
    Path to = file;
    if (to != null) {
      SavedFile.writeNew(to, observation.write());
      printer.note(
          "saved what was seen on %s in %s; combine it with: sandbar learn --from FILE..."
              .formatted(observation.device(), to));
    }
  }
}
