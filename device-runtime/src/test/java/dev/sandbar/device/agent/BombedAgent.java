package dev.sandbar.device.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.core.bundle.BundleReading;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.EarlyFetches;
import dev.sandbar.device.kube.ApiLimits;
import dev.sandbar.device.kube.KubeObject;
import dev.sandbar.device.store.OutOfMemory;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.PollResult;
import dev.sandbar.source.git.RevisionSource;
import dev.sandbar.source.text.JsonReader;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;

/**
 * What an agent does with what others have made, in a process with the flags of an agent, and with
 * as much in its memory as a hundred apps leave there. Prints a line for each bomb.
 */
final class BombedAgent {
  private static final int BALLAST = 14 << 20;

  /** Keeps it from being collected. */
  private static final List<Object> HELD = new ArrayList<>();

  private BombedAgent() {}

  /** One step that may take more than there is. */
  @FunctionalInterface
  private interface Step {
    String run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    OutOfMemory.endsTheProcess();
    HELD.add(new byte[BALLAST]);
    if (args[0].equals("outside")) {
      fill();
      return;
    }
    step("the largest files", () -> once(many(34, configMap("[" + "a,".repeat(120_000) + "a]"))));
    step("long texts", () -> once(many(34, configMap("{a: \"" + "a".repeat(250_000) + "\"}"))));
    step("apps with a user", () -> declared(apps(100)));
    step("an answer of lists", () -> answer("[" + "[],".repeat(1_300_000) + "[]]"));
    step("an answer of fields", () -> answer("{" + fields(190_000) + "}"));
    step("a bundle", () -> answer(bundle()));
    step(
        "an AppContent",
        () -> answer("{\"spec\":{\"data\":\"" + "QUFB".repeat(1_000_000) + "\"}}"));
    step("a revision beyond all limits", BombedAgent::beyondFollower);
    step("an image beyond all limits", BombedAgent::beyondFetch);
    step("an ordinary source afterwards", () -> declared(apps(1)));
    System.exit(0);
  }

  private static void step(String name, Step step) throws Exception {
    long begun = System.nanoTime();
    String outcome;
    try {
      outcome = step.run();
    } catch (OutOfMemoryError | StackOverflowError e) {
      outcome = "FAILED " + e;
    }
    System.out.println(
        name + ": " + outcome + " (" + (System.nanoTime() - begun) / 1_000_000 + " ms)");
  }

  private static void fill() {
    while (true) {
      HELD.add(new byte[1 << 20]);
    }
  }

  private static String fields(int count) {
    var text = new StringBuilder("\"k\":0");
    for (int i = 0; i < count; i++) {
      text.append(",\"k").append(i).append("\":0");
    }
    return text.toString();
  }

  private static String configMap(String data) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: " + data + "\n";
  }

  private static Snapshot many(int files, String text) {
    var all = new TreeMap<String, byte[]>();
    for (int i = 0; i < files; i++) {
      all.put("f" + i + ".yaml", text.getBytes(UTF_8));
    }
    return snapshot(all);
  }

  private static Snapshot apps(int count) {
    var all = new TreeMap<String, byte[]>();
    for (int i = 0; i < count; i++) {
      String app =
          "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: a%d}, spec: {run: {command: [/usr/bin/true], user: {name: a}}}}"
              .formatted(i);
      all.put("a" + i + ".yaml", app.getBytes(UTF_8));
    }
    return snapshot(all);
  }

  private static Snapshot snapshot(SequencedMap<String, byte[]> files) {
    return new Snapshot("main@sha1:" + "0".repeat(40), files, List.of());
  }

  /** Beside what was declared before, as in an agent. */
  private static String declared(Snapshot snapshot) {
    HELD.add(DeclaredReader.read(snapshot, true, ReferenceDevice.facts()));
    String outcome = once(snapshot);
    HELD.removeLast();
    return outcome;
  }

  private static String once(Snapshot snapshot) {
    Declared now = DeclaredReader.read(snapshot, true, ReferenceDevice.facts());
    String problems =
        now.problems().stream()
            .filter(it -> it.severity() == Diagnostic.Severity.ERROR)
            .map(Diagnostic::problem)
            .distinct()
            .map(Problem::name)
            .collect(Collectors.joining(" "));
    return now.compiled().size() + " apps, " + problems;
  }

  private static String answer(String json) {
    byte[] bytes = json.getBytes(UTF_8);
    var read = JsonReader.read("answer", bytes, ApiLimits.DEFAULT.answer());
    if (read.hasErrors()) {
      return "refused: " + read.diagnostics().getFirst().problem();
    }
    KubeObject object = KubeObject.read(read.documents().getFirst());
    return "read, complete " + BundleReading.read(object.spec()).complete();
  }

  private static String bundle() {
    var apps = new StringBuilder();
    for (int i = 0; i < 1_000; i++) {
      apps.append(i == 0 ? "" : ",")
          .append(
              "{\"name\":\"a%d\",\"generation\":1,\"spec\":{\"run\":{\"command\":[\"/usr/bin/true\"%s]}}}"
                  .formatted(i, ",\"a\"".repeat(100)));
    }
    return "{\"metadata\":{\"name\":\"d\",\"uid\":\"u\",\"generation\":1},\"spec\":{\"apps\":["
        + apps
        + "]}}";
  }

  /** The follower says so, and asks again. */
  private static String beyondFollower() throws InterruptedException {
    var states = new LinkedBlockingQueue<SourceFollower.State>();
    RevisionSource source =
        revision -> {
          var all = new ArrayList<byte[]>();
          while (states.isEmpty()) {
            all.add(new byte[1 << 20]);
          }
          return new PollResult.Unchanged(revision);
        };
    try (var follower =
        SourceFollower.of(
            source,
            Duration.ofMillis(10),
            Clock.systemUTC(),
            _ -> 0,
            (_, state) -> states.add(state))) {
      follower.begin();
      String first = states.take().problem();
      // Still in the queue: the second attempt takes nothing.
      states.add(SourceFollower.State.NEVER);
      follower.pollNow(() -> {});
      while (true) {
        SourceFollower.State next = states.take();
        if (next.problem().isEmpty() && !next.equals(SourceFollower.State.NEVER)) {
          return first;
        }
        states.add(SourceFollower.State.NEVER);
      }
    }
  }

  private static String beyondFetch() throws InterruptedException {
    var ended = new LinkedBlockingQueue<String>();
    var image = new Sha256("a".repeat(64));
    var source = new ImageSource.Web("https://example.com/a");
    try (var fetches =
        new EarlyFetches(
            (_, _) -> {
              var all = new ArrayList<byte[]>();
              while (true) {
                all.add(new byte[1 << 20]);
              }
            },
            _ -> Duration.ofHours(1),
            () -> ended.add("ended"))) {
      fetches.want(source, image);
      ended.take();
      return fetches.want(source, image) instanceof EarlyFetches.Progress.Failed(var why)
          ? why
          : "FAILED: it did not say so";
    }
  }
}
