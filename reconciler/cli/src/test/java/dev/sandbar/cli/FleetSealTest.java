package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.KubectlResult;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeKey;
import dev.sandbar.source.age.SealedText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets for devices that report what they are sealed to. */
class FleetSealTest extends OnFleet {
  private static final String SECRET = "correct horse battery";
  private static final String FACTS =
      "systemd: %d, kernel: '6', architecture: x86-64, features: [], volumes: {}, systemCalls: '',"
          + " digest: ''";

  @TempDir private Path temp;

  private Ran seal(String... args) {
    return sealing(SECRET, args);
  }

  private Ran sealing(String secret, String... args) {
    var words = new String[args.length + 1];
    words[0] = "seal";
    System.arraycopy(args, 0, words, 1, args.length);
    return Ran.with(Map.of("KUBECONFIG", api.kubeconfig().toString()), secret, command(words));
  }

  private KubectlResult reports(String name, int systemd, String recipient) {
    device(name, "{}");
    String status =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: Device
        metadata: {name: %s, namespace: %s}
        status: {facts: {%s%s}}
        """
            .formatted(
                name,
                namespace,
                FACTS.formatted(systemd),
                recipient.isEmpty() ? "" : ", recipient: \"" + recipient + "\"");
    return api.kubectl()
        .runWithInput(
            status,
            "apply",
            "--server-side",
            "--subresource=status",
            "--force-conflicts",
            "-f",
            "-");
  }

  private void labelled(String name, String label) {
    api.kubectl("label", "device", name, label, "-n", namespace).orThrow();
  }

  @Test
  void onlyTheDevicesThatWereNamedCanOpenIt() throws AgeException, IOException {
    try (AgeKey one = AgeKey.generate();
        AgeKey two = AgeKey.generate();
        AgeKey other = AgeKey.generate()) {
      reports("pump-1", 257, one.recipient().text()).orThrow();
      reports("pump-2", 262, two.recipient().text()).orThrow();
      reports("valve-1", 257, other.recipient().text()).orThrow();
      labelled("pump-1", "line=3");
      labelled("pump-2", "line=3");
      Path file = Files.writeString(temp.resolve("key.pem"), SECRET);
      for (Ran ran :
          new Ran[] {
            seal("--device", "pump-1", "--device", "pump-2"),
            seal("-l", "line=3"),
            seal("--selector", "line in (3)", file.toString())
          }) {
        assertThat(ran.code()).as(ran.err()).isZero();
        for (AgeKey key : new AgeKey[] {one, two}) {
          assertThat(SealedText.open(ran.out(), key))
              .isEqualTo(SECRET.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(ran.out().lines().count())
            .as("sealed to two")
            .isEqualTo(
                Ran.with(
                        Map.of(),
                        SECRET,
                        "secret",
                        "seal",
                        "--recipient",
                        one.recipient().text(),
                        "--recipient",
                        two.recipient().text())
                    .out()
                    .lines()
                    .count());
        assertThat(opened(ran.out(), other)).isFalse();
      }
      device("pump-3", "{decommission: {removeApps: false}}");
      labelled("pump-3", "line=3");
      assertThat(seal("-l", "line=3").code()).as("one that is out of service").isZero();
      assertThat(seal("--device", "pump-3").err()).contains("pump-3 is taken out of service");
    }
  }

  private static boolean opened(String sealed, AgeKey key) {
    try {
      return SealedText.open(sealed, key).length > 0;
    } catch (AgeException e) {
      return false;
    }
  }

  @Test
  void whoCannotBeSealedToIsNamedAndNothingIsPrinted() throws AgeException {
    try (AgeKey key = AgeKey.generate()) {
      String known = key.recipient().text();
      reports("good", 257, known).orThrow();
      reports("bookworm", 252, "").orThrow();
      reports("old-agent", 257, "").orThrow();
      // Of the right form, and no key: the last characters are its checksum.
      reports("liar", 257, known.substring(0, 61) + (known.endsWith("q") ? "p" : "q")).orThrow();
      device("silent", "{}");
      for (String name : new String[] {"good", "bookworm", "old-agent", "liar", "silent"}) {
        labelled(name, "hall=1");
      }
      Ran all = seal("-l", "hall=1");
      assertThat(all.code()).isEqualTo(1);
      assertThat(all.err().replaceAll("\\s+", " "))
          .contains("bookworm has systemd 252, and secrets need 256 or newer")
          .contains("old-agent reports no recipient: its agent is too old")
          .contains("liar reports a recipient that is none")
          .contains("silent has reported nothing yet")
          .contains("action=recipient")
          .doesNotContain("good", "horse");
      Ran missing = seal("--device", "good", "--device", "pump-9");
      assertThat(missing.code()).isEqualTo(1);
      assertThat(missing.err()).contains("there is no device pump-9");
      Ran unlabelled = seal("-l", "hall=2");
      assertThat(unlabelled.code()).isEqualTo(1);
      assertThat(unlabelled.err()).contains("no device in the namespace " + namespace);
      Ran nobody = seal();
      assertThat(nobody.code()).isEqualTo(1);
      assertThat(nobody.err()).contains("no device is given", "--device NAME");
      Ran both = seal("--device", "good", "-l", "hall=1");
      assertThat(both.err()).contains("exclude each other");
      assertThat(all.out() + missing.out() + unlabelled.out() + nobody.out() + both.out())
          .isEmpty();
    }
  }

  /** A device may write all of its status, and what is no recipient is kept out of it. */
  @Test
  void theApiServerTakesNothingElseForARecipient() {
    String secretKey = "AGE-SECRET-KEY-1" + "Q".repeat(58);
    for (String wrong :
        new String[] {
          secretKey,
          "age1",
          "age1" + "q".repeat(59),
          "age1" + "b".repeat(58),
          "age1" + "q".repeat(58) + "\\n"
        }) {
      KubectlResult refused = reports("liar-2", 257, wrong);
      assertThat(refused.ok()).as(wrong).isFalse();
      assertThat(refused.stderr()).contains("status.facts.recipient");
    }
    reports("liar-2", 257, "age1" + "q".repeat(58)).orThrow();
  }

  @Test
  void moreDevicesThanASpecHoldsAreRefused() throws AgeException {
    String facts = FACTS.formatted(257);
    var objects = new StringBuilder();
    var statuses = new StringBuilder();
    for (int i = 0; i < 120; i++) {
      try (AgeKey key = AgeKey.generate()) {
        String head =
            """
            ---
            apiVersion: sandbar.dev/v1alpha1
            kind: Device
            metadata: {name: many-%d, namespace: %s, labels: {many: "1"}}
            """
                .formatted(i, namespace);
        objects.append(head).append("spec: {}\n");
        statuses
            .append(head)
            .append(
                "status: {facts: {%s, recipient: %s}}\n".formatted(facts, key.recipient().text()));
      }
    }
    api.kubectl().apply(objects.toString()).orThrow();
    api.kubectl()
        .runWithInput(
            statuses.toString(), "apply", "--server-side", "--subresource=status", "-f", "-")
        .orThrow();
    Ran ran = sealing("x".repeat(32_768), "-l", "many=1");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err().replaceAll("\\s+", " "))
        .contains("sealed to 120 recipients it has")
        .contains("Seal it to fewer devices");
    assertThat(ran.out()).isEmpty();
  }
}
