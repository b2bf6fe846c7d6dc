package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A record as a document. */
final class RecordText {
  private RecordText() {}

  static Node write(AppRecord record) {
    var entries = new ArrayList<Node.Entry>();
    switch (record.lastGood()) {
      case Past.Nothing() -> {}
      case Past.Good(var version) -> entries.add(Node.entry("lastGood", version(version)));
      case Past.Stopped(var version) -> entries.add(Node.entry("stopped", version(version)));
    }
    switch (record.trial()) {
      case Trial.None() -> {}
      case Trial.Settling(var version, var until, var restarts, var failures) ->
          entries.add(
              Node.entry(
                  "settling",
                  Node.mapping(
                      List.of(
                          Node.entry("version", version(version)),
                          Node.entry("until", Node.text(until.toString())),
                          Node.entry("restarts", Node.number(restarts)),
                          Node.entry("failures", Node.number(failures))))));
      case Trial.Failed failed ->
          entries.add(
              Node.entry(
                  "failed",
                  Node.mapping(
                      List.of(
                          Node.entry("generation", Node.text(failed.generation().hex())),
                          Node.entry("reason", Node.text(failed.reason())),
                          Node.entry("message", Node.text(failed.message())),
                          Node.entry("attempts", Node.number(failed.attempts())),
                          Node.entry("retryAt", Node.text(failed.retryAt().toString()))))));
    }
    return Node.mapping(entries);
  }

  private static Node version(Version version) {
    return Node.mapping(
        List.of(
            Node.entry("manifest", version.manifest()),
            Node.entry("generation", Node.text(version.generation().hex())),
            Node.entry("revision", Node.text(version.revision()))));
  }

  static AppRecord read(AppName name, Node node) {
    Map<String, Node> fields = node.fields();
    Past past =
        fields.containsKey("lastGood")
            ? new Past.Good(readVersion(fields.get("lastGood")))
            : fields.containsKey("stopped")
                ? new Past.Stopped(readVersion(fields.get("stopped")))
                : new Past.Nothing();
    Trial trial = new Trial.None();
    if (fields.get("settling") instanceof Node settling) {
      trial =
          new Trial.Settling(
              readVersion(settling.fields().get("version")),
              instant(settling, "until"),
              Long.parseLong(text(settling, "restarts")),
              Integer.parseInt(text(settling, "failures")));
    } else if (fields.get("failed") instanceof Node failed) {
      trial =
          new Trial.Failed(
              new Sha256(text(failed, "generation")),
              text(failed, "reason"),
              text(failed, "message"),
              Integer.parseInt(text(failed, "attempts")),
              instant(failed, "retryAt"));
    }
    return new AppRecord(name, past, trial);
  }

  private static Version readVersion(@Nullable Node node) {
    if (node == null || !(node.fields().get("manifest") instanceof Node manifest)) {
      throw new IllegalArgumentException("a version without a manifest");
    }
    return new Version(manifest, new Sha256(text(node, "generation")), text(node, "revision"));
  }

  private static Instant instant(Node node, String key) {
    try {
      return Instant.parse(text(node, key));
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(key + " is no time", e);
    }
  }

  private static String text(Node node, String key) {
    if (node.fields().get(key) instanceof Node.Scalar(_, _, String text)) {
      return text;
    }
    throw new IllegalArgumentException("no " + key);
  }
}
