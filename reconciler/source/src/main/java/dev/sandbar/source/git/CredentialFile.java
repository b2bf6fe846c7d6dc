package dev.sandbar.source.git;

import dev.sandbar.source.secret.SecretFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the small files that hold secrets, which nobody else may read, and certificates. */
final class CredentialFile {
  private static final int MOST_BYTES = 1024 * 1024;
  private static final int MOST_SECRET_BYTES = 64 * 1024;

  private CredentialFile() {}

  /** A secret: refused where others could read or change it. */
  static byte[] secret(String what, String file) throws CredentialFileException {
    return switch (new SecretFile(Path.of(file), MOST_SECRET_BYTES).read()) {
      case SecretFile.Reading.Secret(byte[] bytes) -> bytes;
      case SecretFile.Reading.Unusable(String reason) ->
          throw new CredentialFileException("the " + what + " " + reason);
    };
  }

  /** What everybody may know. */
  static byte[] read(String what, String file) throws CredentialFileException {
    Path path = Path.of(file);
    if (!Files.isRegularFile(path)) {
      throw new CredentialFileException("the " + what + " " + file + " does not exist");
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length == 0 || bytes.length > MOST_BYTES) {
        throw new CredentialFileException("the " + what + " " + file + " is empty or too large");
      }
      return bytes;
    } catch (CredentialFileException e) {
      throw e;
    } catch (IOException e) {
      throw new CredentialFileException("the " + what + " " + file + " cannot be read");
    }
  }

  /** The token: the text of the file without the newline that editors put at its end. */
  static String token(String file) throws CredentialFileException {
    return line(
        "token file " + file, new String(secret("token file", file), StandardCharsets.UTF_8));
  }

  static String line(String what, String text) throws CredentialFileException {
    String line = text.strip();
    if (line.isEmpty() || line.chars().anyMatch(c -> c < ' ' || c == 127)) {
      throw new CredentialFileException("the " + what + " must hold one line of text");
    }
    return line;
  }
}
