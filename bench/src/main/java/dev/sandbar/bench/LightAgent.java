package dev.sandbar.bench;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleStatus;
import dev.sandbar.core.bundle.ReportedApp;
import dev.sandbar.core.bundle.ReportedDirectives;
import dev.sandbar.core.bundle.SyscallTable;
import dev.sandbar.core.bundle.TableDigest;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.kube.Json;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.PackedText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/** A device as the API server sees it: a watch of one bundle, reports on change, a heartbeat. */
final class LightAgent {
  /** The system calls of the reference device, packed. */
  static final String TABLE =
      PackedText.pack(NodeBinder.write(SyscallTable.of(ReferenceDevice.facts())));

  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final ApiConnections api;
  private final ApiConnections beats;
  private final String namespace;
  private final String name;
  private final String app;
  private long taken;
  private volatile long leaseSeconds;
  private volatile boolean silent;

  /** Generation of the app that was last acknowledged, and when the server had it. */
  private volatile Acknowledged acknowledged = new Acknowledged(0, 0);

  record Acknowledged(long generation, long nanos) {}

  /**
   * Does nothing yet.
   *
   * @param app whose generation is told
   */
  LightAgent(ApiConnections api, ApiConnections beats, String namespace, String name, String app) {
    this.api = api;
    this.beats = beats;
    this.namespace = namespace;
    this.name = name;
    this.app = app;
  }

  Acknowledged acknowledged() {
    return acknowledged;
  }

  /** Whether it lets its heartbeats be for now. */
  void silent(boolean now) {
    silent = now;
  }

  /** How long its Lease lasts, as it was told last; 0 before its first heartbeat. */
  long leaseSeconds() {
    return leaseSeconds;
  }

  /** What the agent watches: one object, by its name. */
  String watchPath() {
    return bundles(namespace)
        + "?watch=true&allowWatchBookmarks=true&resourceVersion=0&fieldSelector=metadata.name%3D"
        + name;
  }

  static String bundles(String namespace) {
    return "/apis/sandbar.dev/v1alpha1/namespaces/" + namespace + "/devicebundles";
  }

  /** Hears a line of the watch; acknowledges what is new on a thread of its own. */
  void heard(String line) {
    try {
      event(line);
    } catch (RuntimeException e) {
      Report.say("fleet: %s did not understand: %s", name, e);
    }
  }

  private void event(String line) {
    Node event = read(line);
    String type = Json.text(event, "type").orElse("");
    if (!type.equals("ADDED") && !type.equals("MODIFIED")) {
      return;
    }
    Node object = Json.at(event, "object").orElseThrow();
    long generation = Long.parseLong(Json.text(object, "metadata", "generation").orElse("0"));
    if (generation <= taken) {
      // The device's own report comes back.
      return;
    }
    boolean first = taken == 0;
    taken = generation;
    Thread _ =
        Thread.ofVirtual()
            .start(
                () -> {
                  acknowledge(object, generation);
                  if (first) {
                    shorten();
                  }
                });
  }

  /** The table stands in the bundle now. */
  private void shorten() {
    Node digest = Json.object("systemCalls", TableDigest.of(TABLE));
    try {
      String _ =
          api.send(
              "PATCH",
              "/apis/sandbar.dev/v1alpha1/namespaces/" + namespace + "/devices/" + name + "/status",
              ApiConnections.MERGE,
              JsonWriter.compact(Json.object("status", Json.object("facts", digest))));
    } catch (IOException e) {
      Report.say("fleet: %s did not shorten its facts: %s", name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void acknowledge(Node bundle, long generation) {
    try {
      Node apps = Json.at(bundle, "spec", "apps").orElseThrow();
      String _ =
          api.send(
              "PATCH",
              bundles(namespace) + "/" + name + "/status",
              ApiConnections.MERGE,
              report(apps, generation));
      long of = Long.parseLong(Json.text(apps, app, "generation").orElse("0"));
      synchronized (this) {
        if (of >= acknowledged.generation()) {
          acknowledged = new Acknowledged(of, System.nanoTime());
        }
      }
    } catch (IOException e) {
      Report.say("fleet: %s did not acknowledge: %s", name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The merge patch of a device on which all of these apps run as declared. */
  static String report(Node apps, long generation) {
    String now = Instant.now().toString();
    var reported = new TreeMap<AppName, ReportedApp>();
    apps.fields()
        .forEach(
            (name, entry) ->
                reported.put(
                    new AppName(name),
                    new ReportedApp(
                        Long.parseLong(Json.text(entry, "generation").orElse("0")),
                        Json.text(entry, "revision").orElse(""),
                        Json.text(entry, "rendered").orElse(""),
                        Enforcement.ENFORCED,
                        List.of("state"),
                        List.of(),
                        new ReportedDirectives(38, 0, 0, 14),
                        "0.9",
                        List.of(
                            condition(Type.DRIFTED, Status.FALSE, Reason.NO_DRIFT_DETECTED),
                            condition(Type.HEALTHY, Status.TRUE, Reason.SUCCEEDED),
                            condition(Type.READY, Status.TRUE, Reason.RECONCILIATION_SUCCEEDED)),
                        List.of(),
                        0)));
    Node status =
        NodeBinder.write(
            new BundleStatus(generation, Bundle.digest(apps).hex(), now, reported, List.of(), false)
                .with(TABLE));
    return JsonWriter.compact(Json.object("status", status));
  }

  private static Condition condition(Type type, Status status, Reason reason) {
    return new Condition(type, status, reason.text(), "as a device says it", Instant.now());
  }

  /** Renews the Lease as often as the operator says, until it is interrupted. */
  void beat() {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextInt(10_000));
      while (true) {
        if (!silent) {
          leaseSeconds = renew();
        }
        long third = Math.max(leaseSeconds, 3) * 1_000 / 3;
        Thread.sleep(third - third / 10 + ThreadLocalRandom.current().nextLong(third / 5));
      }
    } catch (IOException e) {
      Report.say("fleet: %s is unreachable: %s", name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How long the Lease lasts. */
  private long renew() throws IOException, InterruptedException {
    String answer =
        beats.send(
            "PATCH",
            "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases/" + name,
            ApiConnections.MERGE,
            "{\"spec\":{\"renewTime\":\"%s\",\"holderIdentity\":\"%s\"}}"
                .formatted(MICROS.format(Instant.now()), name));
    return Long.parseLong(Json.text(read(answer), "spec", "leaseDurationSeconds").orElse("30"));
  }

  static Node read(String json) {
    return JsonReader.read("answer", json.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
  }
}
