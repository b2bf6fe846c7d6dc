package dev.sandbar.cli;

import dev.sandbar.cli.document.ObservationDocument;
import dev.sandbar.cli.document.ReferenceFacts;
import dev.sandbar.core.compile.DeviceFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says for which device to compile. */
final class FactsOptions {
  @Option(
      names = "--facts",
      paramLabel = "FILE",
      description = "Compile for the device that 'sandbar facts -o json' or 'observe' saved here.")
  private @Nullable Path file;

  /** The facts that were given, or else those of the reference device. */
  DeviceFacts given() throws IOException {
    return isGiven() ? ofFile() : ReferenceFacts.facts();
  }

  /** The facts that were given, or else those of this device, or else the reference device's. */
  DeviceFacts orThisDevice(Printer printer) throws IOException {
    if (isGiven()) {
      return ofFile();
    }
    printer.note(
        "no --facts given, and this is no device: compiled for a reference device ("
            + ReferenceFacts.TITLE
            + ")");
    return ReferenceFacts.facts();
  }

  /** Whether the option was used. */
  boolean isGiven() {
    return file != null;
  }

  /** The facts in the file. */
  DeviceFacts ofFile() throws IOException {
    return ObservationDocument.readFacts(SavedFile.read(Objects.requireNonNull(file)));
  }
}
