package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What reaches the agent from a person, and from nobody else. */
class ReconcileRequestTest {
  @TempDir private Path root;

  @Test
  void theLastOneHoldsAndOnlyItsOwnerCanWriteIt() throws IOException {
    assertThat(ReconcileRequest.last(root)).isEmpty();
    ReconcileRequest.ask(root, true);
    ReconcileRequest mine = ReconcileRequest.ask(root, false);
    assertThat(ReconcileRequest.last(root)).contains(mine);
    Path directory = root.resolve("run/sandbar/requests");
    assertThat(Files.getPosixFilePermissions(directory))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    assertThat(Files.getPosixFilePermissions(directory.resolve("reconcile.json")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void anythingElseInItsPlaceIsNone() throws IOException {
    ReconcileRequest.ask(root, true);
    Path file = root.resolve("run/sandbar/requests/reconcile.json");
    for (String text : new String[] {"", "{", "[]", "{\"poll\": true}", " ".repeat(5000)}) {
      Files.writeString(file, text);
      assertThat(ReconcileRequest.last(root)).as(text).isEmpty();
    }
    Files.delete(file);
    Files.createSymbolicLink(file, root.resolve("elsewhere"));
    Files.writeString(root.resolve("elsewhere"), "{\"requestedAt\": \"now\", \"poll\": true}");
    assertThat(ReconcileRequest.last(root)).isEmpty();
  }
}
