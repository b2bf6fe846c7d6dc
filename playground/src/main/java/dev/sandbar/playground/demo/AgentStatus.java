package dev.sandbar.playground.demo;

import dev.sandbar.cli.document.DocumentException;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The status file of the agent in a device. */
final class AgentStatus {
  private static final Duration POLL = Duration.ofMillis(3);

  private final VirtualDevice device;
  private byte[] lastBytes = new byte[0];
  private Seen lastSeen = new Seen(false, List.of());

  AgentStatus(VirtualDevice device) {
    this.device = device;
  }

  /**
   * One drift.
   *
   * @param layer file, manager, process, image or state
   */
  record Drift(
      String app, String unit, String layer, String subject, String declared, String observed) {}

  /** One app. */
  record App(
      String name,
      String revision,
      boolean ready,
      boolean healthy,
      String message,
      List<Drift> drifts) {
    App {
      drifts = List.copyOf(drifts);
    }

    /**
     * Runs as this commit declares it. A new version counts as ready only when it has stayed up for
     * some seconds.
     */
    boolean runs(String commit) {
      return healthy && drifts.isEmpty() && revision.contains(commit);
    }
  }

  /**
   * All of it at one time.
   *
   * @param there whether the agent has said anything yet
   */
  record Seen(boolean there, List<App> apps) {
    Seen {
      apps = List.copyOf(apps);
    }

    /** For people: what is not well. */
    String ails() {
      return apps.stream()
          .filter(app -> !app.ready() || !app.drifts().isEmpty())
          .map(app -> app.name() + ": " + app.message())
          .collect(Collectors.joining("; "));
    }

    boolean allReady(int count) {
      return apps.size() == count && apps.stream().allMatch(App::ready) && drifts().isEmpty();
    }

    boolean allRun(int count, String commit) {
      return apps.size() == count && apps.stream().allMatch(app -> app.runs(commit));
    }

    List<Drift> drifts() {
      return apps.stream().flatMap(app -> app.drifts().stream()).toList();
    }

    boolean runs(String name, String commit) {
      return apps.stream().anyMatch(app -> app.name().equals(name) && app.runs(commit));
    }
  }

  /** What the agent says now; nothing if it has said nothing yet. */
  Seen now() {
    Path file = device.root().resolve("run/sandbar/status.json");
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (!Arrays.equals(bytes, lastBytes)) {
        lastSeen = read(bytes);
        lastBytes = bytes;
      }
    } catch (NoSuchFileException _) {
      return lastSeen;
    } catch (IOException e) {
      throw new Story.Broken("cannot read " + file + ": " + e.getMessage());
    }
    return lastSeen;
  }

  /** Waits until the agent says so; false after the limit. */
  boolean await(Duration limit, Predicate<Seen> wanted) {
    long end = System.nanoTime() + limit.toNanos();
    while (!wanted.test(now())) {
      if (System.nanoTime() > end) {
        return false;
      }
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Story.Broken("interrupted");
      }
    }
    return true;
  }

  private static Seen read(byte[] bytes) {
    var result = JsonReader.read("status.json", bytes);
    if (result.hasErrors() || result.documents().isEmpty()) {
      throw new Story.Broken("the agent's status is not readable: " + result.diagnostics());
    }
    try {
      return new Seen(
          true, Fields.of(result.documents().getFirst()).list("apps", AgentStatus::app));
    } catch (DocumentException e) {
      throw new Story.Broken("the agent's status is not readable: " + e.getMessage());
    }
  }

  private static App app(Node node) {
    Fields app = Fields.of(node);
    boolean ready = false;
    boolean healthy = false;
    var messages = new ArrayList<String>();
    for (Fields condition : app.list("conditions", Fields::of)) {
      boolean yes = condition.text("status").equals("True");
      switch (condition.text("type")) {
        case "Ready" -> {
          ready = yes;
          messages.add(condition.text("message"));
        }
        case "Healthy" -> healthy = yes;
        default -> {}
      }
    }
    String name = app.text("name");
    return new App(
        name,
        app.text("revision"),
        ready,
        healthy,
        String.join("; ", messages),
        app.list("drift", drift -> drift(name, Fields.of(drift))));
  }

  private static Drift drift(String app, Fields drift) {
    return new Drift(
        app,
        drift.text("unit"),
        drift.text("layer").toLowerCase(Locale.ROOT),
        drift.text("subject"),
        drift.text("declared"),
        drift.text("observed"));
  }
}
