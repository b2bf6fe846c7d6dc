package dev.sandbar.cli.fleet;

import static dev.sandbar.source.text.TextProperties.require;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The kubeconfig of a user, often sent by somebody else. */
class KubeconfigFuzz {
  private static final Path FILE = file();

  @FuzzTest
  void kubeconfig(byte[] bytes) throws IOException {
    String text = new String(bytes, ISO_8859_1);
    if (text.contains("exec") || text.contains("auth-provider") || text.contains("\\")) {
      return; // names a program to run, as it may
    }
    Files.write(FILE, bytes);
    try {
      Object _ = KubeconfigFile.read(new FleetTarget(FILE.toString(), "", "", false, Map.of()));
    } catch (FleetException e) {
      String said = String.valueOf(e.getMessage());
      require(said.codePoints().noneMatch(Character::isISOControl), said);
      require(said.length() < 2000, "an endless message");
    }
  }

  private static Path file() {
    try {
      Path file = Files.createTempFile("kubeconfig", ".yaml");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
