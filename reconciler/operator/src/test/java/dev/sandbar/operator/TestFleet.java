package dev.sandbar.operator;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleStatus;
import dev.sandbar.core.bundle.ReportedApp;
import dev.sandbar.core.bundle.ReportedDirectives;
import dev.sandbar.core.bundle.ReportedDrift;
import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.bundle.SyscallTable;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Written;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.publish.ObjectTrees;
import dev.sandbar.operator.publish.PublishedBundle;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.publish.Writes.Kind;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.PackedText;
import dev.sandbar.source.text.YamlReader;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/** A namespace with devices that do nothing by themselves: the test is the agent. */
final class TestFleet implements AutoCloseable {
  static final String NOW = "2026-01-01T00:00:00Z";

  /** The system calls of the reference device, packed. */
  static final String TABLE =
      PackedText.pack(NodeBinder.write(SyscallTable.of(ReferenceDevice.facts())));

  final String namespace;
  final KubernetesClient client;
  final Writes writes;
  private int beats;

  /** Waits for what the operator does at once; until then an object may be missing. */
  static ConditionFactory soon() {
    return Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .pollInterval(GrowingPolls.INTERVAL)
        .ignoreExceptions();
  }

  TestFleet(ApiServer api) {
    api.applyCrds(Path.of("../../charts/sandbar/crds"));
    this.namespace = api.newNamespace("fleet");
    this.client = Clients.working(Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of());
    this.writes = new Writes(client);
  }

  /** Makes an app; the YAML is its spec. */
  void app(String name, String spec) {
    String yaml =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %s, namespace: %s}
        spec:
        """
                .formatted(name, namespace)
            + spec.indent(2);
    client.resource(yaml).forceConflicts().serverSideApply();
  }

  void deleteApp(String name) {
    client
        .genericKubernetesResources(Kind.APP_SANDBOX.context())
        .inNamespace(namespace)
        .withName(name)
        .delete();
  }

  /** A device that has enrolled, said what it can do, and is reachable. */
  void device(String name, String labels) {
    bareDevice(name, labels);
    facts(name, ReferenceDevice.facts());
    beat(name);
  }

  void bareDevice(String name, String labels) {
    String yaml =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: Device
        metadata: {name: %s, namespace: %s, labels: %s}
        spec: {}
        """
            .formatted(name, namespace, labels);
    client.resource(yaml).create();
  }

  void facts(String name, DeviceFacts facts) {
    facts(name, facts, TABLE);
  }

  /** With this table of system calls, or its digest. */
  void facts(String name, DeviceFacts facts, String table) {
    Node reported = NodeBinder.write(ReportedFacts.of(facts, table, "test"));
    merge(Kind.DEVICE, name, Node.mapping(List.of(Node.entry("facts", reported))));
  }

  /** The device writes this table of system calls into the status of its bundle. */
  void table(String name, String table) {
    raw(Kind.DEVICE_BUNDLE, name, "{\"systemCalls\": \"" + table + "\"}");
  }

  /** Renews the Lease of a device, and makes it the first time. */
  void beat(String name) {
    Lease lease =
        new LeaseBuilder()
            .withMetadata(
                new ObjectMetaBuilder()
                    .withNamespace(namespace)
                    .withName(name)
                    .addToLabels("sandbar.dev/device", name)
                    .build())
            .withNewSpec()
            .withLeaseDurationSeconds(30)
            .withHolderIdentity(name)
            .withRenewTime(
                // Clocks of devices are wrong by days; only that it changes counts.
                Instant.parse(NOW).plusSeconds(beats++).atZone(ZoneOffset.UTC))
            .endSpec()
            .build();
    if (client.leases().inNamespace(namespace).withName(name).get() == null) {
      client.resource(lease).create();
    } else {
      renew(name);
    }
  }

  /** Renews a Lease that exists. */
  void renew(String name) {
    renewAt(name, Instant.parse(NOW).plusSeconds(beats++));
  }

  /** Renews it by a clock that is off by this much. */
  void renewAt(String name, Duration off) {
    renewAt(name, Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(off));
  }

  private void renewAt(String name, Instant time) {
    String patch =
        "{\"spec\":{\"renewTime\":\"%s\"}}".formatted(time.toString().replace("Z", ".000000Z"));
    Lease _ =
        client
            .resource(
                new LeaseBuilder()
                    .withMetadata(
                        new ObjectMetaBuilder().withNamespace(namespace).withName(name).build())
                    .build())
            .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
  }

  @Nullable GenericKubernetesResource bundle(String device) {
    return get(Kind.DEVICE_BUNDLE, device);
  }

  @Nullable GenericKubernetesResource get(Kind kind, String name) {
    return client
        .genericKubernetesResources(kind.context())
        .inNamespace(namespace)
        .withName(name)
        .get();
  }

  /** A field by its path, as text; empty if there is none. */
  String field(Kind kind, String name, String... path) {
    GenericKubernetesResource object = get(kind, name);
    return object == null ? "" : field(object, path);
  }

  static String field(GenericKubernetesResource object, String... path) {
    Object value = object.get((Object[]) path);
    return value == null ? "" : value.toString();
  }

  /** Status and reason of a condition: {@code True/ReconciliationSucceeded}. */
  String condition(Kind kind, String name, String type) {
    GenericKubernetesResource object = get(kind, name);
    if (object == null) {
      return "";
    }
    for (Node item : conditions(object)) {
      var fields = item.fields();
      if (text(fields.get("type")).equals(type)) {
        return text(fields.get("status")) + "/" + text(fields.get("reason"));
      }
    }
    return "";
  }

  String message(Kind kind, String name, String type) {
    for (Node item : conditions(Objects.requireNonNull(get(kind, name)))) {
      if (text(item.fields().get("type")).equals(type)) {
        return text(item.fields().get("message"));
      }
    }
    return "";
  }

  private static List<Node> conditions(GenericKubernetesResource object) {
    return ObjectTrees.field(object, "status").fields().get("conditions")
            instanceof Node.Sequence list
        ? list.items()
        : List.of();
  }

  private static String text(@Nullable Node node) {
    return node instanceof Node.Scalar scalar ? scalar.text() : "";
  }

  /** The device takes its bundle over, and everything in it runs as declared. */
  void takeOver(String device) {
    report(device, "True", "ReconciliationSucceeded", "Applied revision: main", List.of());
  }

  /** The device takes its bundle over, and finds this of every app. */
  void report(
      String device, String ready, String reason, String message, List<ReportedDrift> drifts) {
    GenericKubernetesResource bundle = Objects.requireNonNull(bundle(device));
    Node apps = Objects.requireNonNull(ObjectTrees.field(bundle, "spec").fields().get("apps"));
    var reported = new TreeMap<AppName, ReportedApp>();
    apps.fields()
        .forEach(
            (name, entry) -> {
              var conditions = new ArrayList<Condition>();
              conditions.add(condition(Type.READY, ready, reason, message));
              conditions.add(condition(Type.HEALTHY, "True", "Succeeded", "running"));
              if (reason.equals("RolledBack")) {
                conditions.add(condition(Type.STALLED, "True", reason, message));
              }
              conditions.add(
                  drifts.isEmpty()
                      ? condition(Type.DRIFTED, "False", "NoDriftDetected", "as applied")
                      : condition(Type.DRIFTED, "True", "DriftDetected", message));
              reported.put(
                  new AppName(name),
                  new ReportedApp(
                      // Of a version that was rolled back it is the one before it that runs.
                      Long.parseLong(text(entry.fields().get("generation")))
                          - (reason.equals("RolledBack") ? 1 : 0),
                      text(entry.fields().get("revision")),
                      text(entry.fields().get("rendered")),
                      Enforcement.ENFORCED,
                      List.of(),
                      List.of(),
                      ReportedDirectives.NONE,
                      "",
                      conditions,
                      drifts,
                      0));
            });
    Long generation = bundle.getMetadata().getGeneration();
    merge(
        Kind.DEVICE_BUNDLE,
        device,
        NodeBinder.write(
            new BundleStatus(generation, Bundle.digest(apps).hex(), NOW, reported, List.of(), false)
                .with(PublishedBundle.systemCalls(bundle))));
  }

  private static Condition condition(Type type, String status, String reason, String message) {
    return new Condition(
        type,
        Written.find(Status.class, status).orElseThrow(),
        reason,
        message,
        Instant.parse(NOW));
  }

  void merge(Kind kind, String name, Node status) {
    raw(kind, name, JsonWriter.compact(status));
  }

  /** Writes a status as it is, whatever it holds. */
  void raw(Kind kind, String name, String status) {
    var item = new GenericKubernetesResource();
    item.setApiVersion("sandbar.dev/v1alpha1");
    item.setKind(kind.text());
    item.setMetadata(new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
    GenericKubernetesResource _ =
        client
            .genericKubernetesResources(kind.context())
            .inNamespace(namespace)
            .resource(item)
            .subresource("status")
            .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\": " + status + "}");
  }

  /** Changes a Device, as its owner does. */
  void patch(String device, String patch) {
    var _ =
        client
            .genericKubernetesResources(Kind.DEVICE.context())
            .inNamespace(namespace)
            .withName(device)
            .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
  }

  /** Makes what the YAML says, whatever it is. */
  void post(String path, String yaml) {
    create(path, JsonWriter.compact(yaml(yaml)));
  }

  /**
   * Makes an object of JSON. The client asks again when an answer is lost, and then the object may
   * be there already.
   */
  void create(String path, String json) {
    try {
      String _ = client.raw(path, "POST", json);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  static Node yaml(String text) {
    return YamlReader.read("test", text.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
  }

  /** Reasons of the events of an object. */
  List<String> events(String kind, String name) {
    return eventsOf(kind, name).map(Event::getReason).toList();
  }

  /** Messages of the events of an object with that reason. */
  List<String> eventMessages(String kind, String name, String reason) {
    return eventsOf(kind, name)
        .filter(e -> e.getReason().equals(reason))
        .map(Event::getMessage)
        .toList();
  }

  private Stream<Event> eventsOf(String kind, String name) {
    return client.v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(e -> e.getInvolvedObject().getKind().equals(kind))
        .filter(e -> e.getInvolvedObject().getName().equals(name));
  }

  @Override
  public void close() {
    client.close();
  }
}
