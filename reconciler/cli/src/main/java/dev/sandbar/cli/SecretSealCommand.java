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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar secret seal}. */
@Command(
    name = "seal",
    description = {
      "Encrypt a secret so that only the devices can read it.",
      "",
      "Prints an armored file of age, for sealed: or for a file that from: names. The secret is"
          + " read from standard input or from a file, byte for byte: a newline at its end belongs"
          + " to it. 'age --armor -r age1...' prints the same.",
      "Exit code: 0 printed; 1 error."
    },
    footer = {
      "  sandbar secret seal --recipient age1... <password >secrets/mqtt.age",
      "  sandbar secret seal --recipient age1... --recipient age1... key.pem"
    })
final class SecretSealCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--recipient",
      paramLabel = "age1...",
      required = true,
      description =
          "Who can open it, as 'sandbar secret recipient' prints it on a device. May be given"
              + " several times.")
  private List<String> recipients = List.of();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "The secret (default: standard input).")
  private @Nullable Path file;

  SecretSealCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    try {
      var known = new ArrayList<AgeRecipient>();
      for (String recipient : recipients) {
        known.add(AgeRecipient.of(recipient));
      }
      byte[] secret = secret();
      try {
        terminal.out().print(SealedText.seal(secret, known));
      } finally {
        Arrays.fill(secret, (byte) 0);
      }
      return ExitCode.OK;
    } catch (AgeException e) {
      throw new CommandException(String.valueOf(e.getMessage()), capitalized(e.help()));
    }
  }

  private static String capitalized(String help) {
    return help.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + help.substring(1);
  }

  /** One byte more than a secret may have, so that a longer one is refused and not cut. */
  private byte[] secret() throws IOException {
    int most = SpecBounds.MOST_SECRET_BYTES + 1;
    if (file == null) {
      return terminal.in().readNBytes(most);
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(most);
    }
  }
}
