package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.source.age.SealedText;
import dev.sandbar.vdev.image.AppImage;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The example of a database: nothing on the device is prepared for it but its image. */
final class SiteDatabase {

  static final String NAME = "site-database";
  static final String IMAGE = "/srv/images/database.squashfs";

  private static final int PORT = 5432;
  private static final String PASSWORD = "correct horse";

  private SiteDatabase() {}

  /** The example, with a password that this device can open. */
  static String manifest(Workbench bench, AppImage image) throws Exception {
    CredentialRelay.install(bench.device());
    String sealed =
        SealedText.seal(
            PASSWORD.getBytes(StandardCharsets.UTF_8),
            List.of(SecretsTest.recipient(bench.device())));
    String example = ExamplesTest.with(image, ExamplesTest.example(NAME));
    String block = "-----BEGIN AGE[^$]*END AGE ENCRYPTED FILE-----\n";
    assertThat(example).containsPattern(block);
    return example.replaceFirst(block, sealed.indent(8).strip() + "\n");
  }

  /** A client makes a table; starts of the app, and its kill, leave it and what is in it. */
  static void keepsATable(Workbench bench, DaemonClient client) throws Exception {
    // Its first start makes the database, for as long as the machine takes for it.
    await()
        .atMost(Apps.SOON)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(ask(client, "SELECT 1")).isEqualTo("1"));
    String identity = ask(client, "SELECT system_identifier FROM pg_control_system()");
    assertThat(ask(client, "CREATE TABLE depth (pump text, metres int)")).isEqualTo("CREATE TABLE");
    assertThat(ask(client, "INSERT INTO depth VALUES ('north', 42)")).isEqualTo("INSERT 0 1");
    for (String end : List.of("restart", "kill --signal=KILL")) {
      String before = Apps.invocation(bench.device(), NAME);
      bench.sh("systemctl %s sandbar-%s.service".formatted(end, NAME));
      Apps.awaitReturn(bench.device(), NAME, before);
      await()
          .atMost(Apps.SOON)
          .ignoreExceptions()
          .untilAsserted(
              () -> assertThat(ask(client, "SELECT metres FROM depth")).as(end).isEqualTo("42"));
    }
    assertThat(ask(client, "SELECT system_identifier FROM pg_control_system()"))
        .isEqualTo(identity);
    assertThat(bench.journal(NAME)).containsOnlyOnce("Success. You can now start");
  }

  /** Who does not know the password is let in from nowhere. */
  static void letsNobodyInWithoutThePassword(DaemonClient client) throws Exception {
    assertThat(client.connected(PORT, new PostgresConversation("wrong", "SELECT 1")))
        .contains("password authentication failed");
  }

  private static String ask(DaemonClient client, String query) throws Exception {
    return client.connected(PORT, new PostgresConversation(PASSWORD, query));
  }
}
