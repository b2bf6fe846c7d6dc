package dev.sandbar.cli;

import dev.sandbar.cli.document.ObservationDocument;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say which device is meant: this one, a virtual one, or one that was saved. */
final class TargetOptions {
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(
      names = "--facts",
      paramLabel = "FILE",
      description = "Facts of the device, as saved by 'sandbar facts -o json' or 'observe'.")
  private @Nullable Path file;

  /** Whether a saved device was named. */
  boolean isSaved() {
    return file != null;
  }

  /** Whether a device was named, saved or virtual. */
  boolean isNamed() {
    return isSaved() || device.isVirtual();
  }

  /** Whether there is a running device to look at: a virtual one was named, or this is one. */
  boolean isLive() {
    return device.isVirtual() || DeviceAccess.obstacle().isEmpty();
  }

  /**
   * The running device.
   *
   * @throws CommandException if there is none
   */
  DeviceAccess open() {
    return device.open();
  }

  /** The saved facts, or else those of the reference device. */
  DeviceFacts savedOrReference() throws IOException {
    return isSaved() ? saved() : ReferenceDevice.facts();
  }

  /**
   * The facts that were saved.
   *
   * @throws NullPointerException if none were named
   */
  DeviceFacts saved() throws IOException {
    return ObservationDocument.readFacts(SavedFile.read(Objects.requireNonNull(file)));
  }

  /** The saved facts, or else those of the running device, or else the reference device's. */
  DeviceFacts facts(Printer printer) throws IOException {
    if (isSaved()) {
      return saved();
    }
    if (isLive()) {
      try (var device = open()) {
        return device.facts();
      }
    }
    noteReference(printer, "compiled for a reference device");
    return ReferenceDevice.facts();
  }

  /** Says once that no real device is meant. */
  static void noteReference(Printer printer, String what) {
    printer.note(
        DeviceAccess.obstacle()
            + ", and no --facts are given: "
            + what
            + " ("
            + ReferenceDevice.TITLE
            + ")");
  }
}
