package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.device.query.Answer;
import dev.sandbar.device.query.AnswerSeal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Asking a device where the test is operator and device, and not always an honest one. */
class FleetAskTest extends OnFleet {
  private static final Duration SOON = Duration.ofSeconds(60);

  /** What a device does with a query. */
  private interface Device {
    /** The status that it writes, as JSON. */
    String status(String uid, String publicKey) throws Exception;
  }

  @BeforeAll
  void devices() {
    device("pump-1", "{}");
    device("gone-1", "{decommission: {}}");
    device("away-1", "{}");
    patch(
        "dvc",
        "away-1",
        """
        {"status": {"lastSeen": "2026-01-01T00:00:00Z", "conditions": [{"type": "Ready",
        "status": "Unknown", "reason": "DeviceUnreachable", "message": "unreachable",
        "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}""");
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(api.kubectl("get", "dvq", "-n", namespace, "-o", "name").orThrow()).isEmpty();
  }

  private static String said(Ran ran) {
    return (ran.out() + ran.err()).replaceAll("\\s+", " ");
  }

  private void patch(String kind, String name, String json) {
    api.kubectl(
            "patch",
            kind,
            name,
            "-n",
            namespace,
            "--subresource=status",
            "--type=merge",
            "-p",
            json)
        .orThrow();
  }

  /** Runs the command while a device answers it. */
  private Ran ask(Device device, String... command) throws Exception {
    var answering =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    await().atMost(SOON).ignoreExceptions().until(() -> !query("uid").isEmpty());
                    String status =
                        device.status(query("uid"), get("dvq", "pump-1", ".spec.publicKey"));
                    patch("dvq", "pump-1", "{\"status\": " + status + "}");
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                });
    Ran ran = fleet(command);
    answering.join();
    return ran;
  }

  private String query(String field) {
    return get("dvq", "pump-1", ".metadata." + field);
  }

  private static Device answering(Answer answer) {
    return (uid, key) -> sealed(answer.encoded(), key, uid);
  }

  private static String sealed(byte[] plain, String key, String uid) throws Exception {
    return "{\"answer\": \"" + AnswerSeal.seal(plain, key, uid) + "\"}";
  }

  @Test
  void anAnswerIsShownAndSaysWhetherItWasCut() throws Exception {
    Ran whole = ask(answering(Answer.ofText(false, "one\n\ttwo")), "logs", "pump-1", "pump");
    assertThat(whole.code()).as(said(whole)).isZero();
    assertThat(whole.out()).isEqualTo("one\n    two\n");
    assertThat(whole.err()).isEmpty();
    Ran cut = ask(answering(Answer.ofText(true, "two\n")), "logs", "pump-1", "pump", "--lines=1");
    assertThat(cut.out()).isEqualTo("two\n");
    assertThat(said(cut)).contains("note: older lines are left out");
    Ran none = ask(answering(Answer.ofText(false, "")), "logs", "pump-1", "pump", "--since", "1h");
    assertThat(none.code()).isZero();
    assertThat(said(none)).contains("the journal of pump-1 has nothing of pump since 1h");
    Ran events = ask(answering(Answer.ofItems(List.of())), "events", "pump-1");
    assertThat(events.out()).isEqualTo("no events\n");
  }

  /** A device writes what it likes. */
  @Test
  void whatIsNoAnswerIsNamedAndHarmsNobody() throws Exception {
    AnswerSeal other = AnswerSeal.generate();
    byte[] plain = Answer.ofText(false, "x\n").encoded();
    List<Device> wrong =
        List.of(
            (uid, key) -> sealed(plain, key, "another"),
            (uid, key) -> sealed(plain, other.publicKey(), uid),
            (uid, key) -> "{\"answer\": \"\"}",
            (uid, key) -> "{\"answer\": \"AAAA\"}",
            (uid, key) -> "{\"answer\": \"\\u001b[2J\"}",
            (uid, key) -> sealed("{\"text\":".getBytes(StandardCharsets.UTF_8), key, uid));
    for (Device device : wrong) {
      Ran ran = ask(device, "logs", "pump-1", "pump");
      assertThat(ran.code()).isEqualTo(1);
      assertThat(said(ran)).contains("the answer of pump-1 cannot be opened", "Ask again");
      assertThat(ran.err()).doesNotContain("\u001b");
    }
    String events = "{\"cut\":false,\"text\":\"\",\"items\":[{\"app\":[]}]}";
    Ran ran =
        ask(
            (uid, key) -> sealed(events.getBytes(StandardCharsets.UTF_8), key, uid),
            "events",
            "pump-1");
    assertThat(said(ran)).contains("the answer of pump-1 cannot be opened");
    String escapes = "{\"cut\":false,\"text\":\"a\\u001b[31mb\\u202ec\\r\",\"items\":[]}";
    Ran tame =
        ask(
            (uid, key) -> sealed(escapes.getBytes(StandardCharsets.UTF_8), key, uid),
            "logs",
            "pump-1",
            "pump");
    assertThat(tame.out()).isEqualTo("a\uFFFD[31mb\uFFFDc\uFFFD\n");
    Ran refused =
        ask(
            (uid, key) ->
                "{\"refused\": {\"reason\": \"Denied\", \"message\": \"no\\u001b[2J\\nlogs\"}}",
            "logs",
            "pump-1",
            "pump");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(said(refused)).contains("the device pump-1 refuses: no [2J logs");
    assertThat(refused.err()).doesNotContain("\u001b");
  }

  @Test
  void whoCannotAnswerIsNotAsked() {
    assertThat(said(fleet("logs", "nobody", "pump")))
        .contains("there is no device nobody in the namespace");
    assertThat(said(fleet("events", "gone-1"))).contains("was taken out of service");
    assertThat(said(fleet("logs", "away-1", "pump")))
        .contains("the device away-1 is unreachable, last seen", "Ask when it is back");
    assertThat(said(fleet("logs", "pump-1", "../pump"))).contains("../pump is no app");
    for (String lines : List.of("0", "2001", "-1", "all")) {
      assertThat(said(fleet("logs", "pump-1", "pump", "--lines=" + lines)))
          .contains("is no number of lines that a device sends");
    }
  }

  @Test
  void silenceIsExplained() {
    Ran nobody = fleet("logs", "pump-1", "pump", "--timeout", "1s");
    assertThat(nobody.code()).isEqualTo(1);
    assertThat(said(nobody)).contains("the operator did not take the query to the device pump-1");
    var taking =
        Thread.ofPlatform()
            .start(
                () -> {
                  await().atMost(SOON).ignoreExceptions().until(() -> !query("uid").isEmpty());
                  String owner =
                      "{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"sandbar.dev/v1alpha1\","
                          + "\"kind\":\"Device\",\"name\":\"pump-1\",\"uid\":\""
                          + get("dvc", "pump-1", ".metadata.uid")
                          + "\"}]}}";
                  api.kubectl(
                          "patch", "dvq", "pump-1", "-n", namespace, "--type=merge", "-p", owner)
                      .orThrow();
                });
    assertThat(said(fleet("logs", "pump-1", "pump", "--timeout", "10s")))
        .contains(
            "the device pump-1 did not answer within 10 s", "a release that answers no queries");
    assertThat(taking.isAlive()).isFalse();
  }

  @Test
  void aQueryThatIsDeletedMeanwhileIsNotWaitedFor() {
    var deleting =
        Thread.ofPlatform()
            .start(
                () -> {
                  await().atMost(SOON).ignoreExceptions().until(() -> !query("uid").isEmpty());
                  api.kubectl("delete", "dvq", "pump-1", "-n", namespace).orThrow();
                });
    assertThat(said(fleet("logs", "pump-1", "pump", "--timeout", "5m")))
        .contains("the query was deleted before pump-1 answered it");
    assertThat(deleting.isAlive()).isFalse();
  }

  @Test
  void ctrlCDeletesTheQuery() throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                // A shell that runs the tests in the background has all its children ignore it.
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
    command.addAll(List.of(command("logs", "pump-1", "pump", "--timeout", "5m")));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("KUBECONFIG", api.kubeconfig().toString());
    Process process = builder.start();
    try {
      await().atMost(SOON).ignoreExceptions().until(() -> !query("uid").isEmpty());
      Process kill = new ProcessBuilder("kill", "-s", "INT", Long.toString(process.pid())).start();
      assertThat(kill.waitFor()).isZero();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(130);
      assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("interrupted: the query is deleted\n");
    } finally {
      process.destroyForcibly();
    }
  }
}
