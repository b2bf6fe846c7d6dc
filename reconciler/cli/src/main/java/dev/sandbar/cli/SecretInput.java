package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeRecipient;
import dev.sandbar.source.age.SealedText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/** The secret that a command seals. It is never an argument: others could read it there. */
final class SecretInput {
  /** What is printed, for help pages. */
  static final String DESCRIPTION =
      "Prints an armored file of age, for sealed: or for a file that from: names. The secret is"
          + " read from standard input or from a file, byte for byte: a newline at its end belongs"
          + " to it.";

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "The secret (default: standard input).")
  private @Nullable Path file;

  /**
   * Reads the secret and prints it sealed.
   *
   * @throws CommandException if a spec could not hold it
   */
  void printSealed(Terminal terminal, Collection<AgeRecipient> recipients) throws IOException {
    byte[] secret = read(terminal);
    try {
      terminal.out().print(SealedText.seal(secret, recipients));
    } catch (AgeException e) {
      throw explained(e);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /** For people. */
  static CommandException explained(AgeException e) {
    String help = e.help();
    return new CommandException(
        String.valueOf(e.getMessage()),
        help.substring(0, 1).toUpperCase(Locale.ROOT) + help.substring(1));
  }

  /** One byte more than a secret may have, so that a longer one is refused and not cut. */
  private byte[] read(Terminal terminal) throws IOException {
    int most = SpecBounds.MOST_SECRET_BYTES + 1;
    if (file == null) {
      return terminal.in().readNBytes(most);
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(most);
    }
  }
}
