package dev.sandbar.operator;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.operator.publish.Writes.Kind;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/** Not a test: prints what a fleet of so many devices costs the operator. */
final class ScaleMeasurement {
  private static final String SPEC =
      "run: {command: [/usr/bin/sleep, infinity]}\npermissions: {internet: true, state: true}\n";

  private ScaleMeasurement() {}

  static void main(String[] args) throws Exception {
    int devices = Integer.parseInt(args[0]);
    try (var api = ApiServer.start();
        var fleet = new TestFleet(api);
        var operator = new OperatorProgram(api, fleet.namespace, "scale")) {
      while (!operator.leads()) {
        Thread.sleep(200);
      }
      say("empty", operator);
      for (int i = 0; i < 5; i++) {
        fleet.app("app-" + i, SPEC);
      }
      each(devices, i -> fleet.device("device-" + i, "{site: berlin}"));
      say("devices made", operator);
      Thread _ = Thread.ofPlatform().daemon().start(() -> beat(fleet, devices));
      await(fleet, "app-0", "desired", devices);
      each(devices, i -> fleet.takeOver("device-" + i));
      await(fleet, "app-0", "ready", devices);
      say("all ready", operator);
      Instant start = Instant.now();
      fleet.app("app-0", SPEC + "mode: Open\n");
      while (bundlesAt(fleet) < devices) {
        Thread.sleep(100);
      }
      System.out.println(
          "one app changed, in all bundles: " + Duration.between(start, Instant.now()).toMillis());
      say("after the change", operator);
      Thread.sleep(20_000);
      say("quiet", operator);
    }
    System.exit(0);
  }

  private static void beat(TestFleet fleet, int devices) {
    while (true) {
      for (int i = 0; i < devices; i++) {
        fleet.renew("device-" + i);
      }
    }
  }

  private static long bundlesAt(TestFleet fleet) {
    return fleet
        .client
        .genericKubernetesResources(Kind.DEVICE_BUNDLE.context())
        .inNamespace(fleet.namespace)
        .list()
        .getItems()
        .stream()
        .filter(b -> generation(b).equals("2"))
        .count();
  }

  private static String generation(GenericKubernetesResource bundle) {
    return TestFleet.field(bundle, "spec", "apps", "app-0", "generation");
  }

  private static void await(TestFleet fleet, String app, String what, int count)
      throws InterruptedException {
    while (!fleet
        .field(Kind.APP_SANDBOX, app, "status", "devices", what)
        .equals(Integer.toString(count))) {
      Thread.sleep(200);
    }
  }

  private interface Step {
    void run(int i);
  }

  private static void each(int count, Step step) throws Exception {
    try (var pool = Executors.newFixedThreadPool(8)) {
      for (var done :
          IntStream.range(0, count).mapToObj(i -> pool.submit(() -> step.run(i))).toList()) {
        done.get();
      }
    }
  }

  private static void say(String moment, OperatorProgram operator) throws Exception {
    String memory =
        Files.readAllLines(Path.of("/proc", Long.toString(operator.pid()), "status")).stream()
            .filter(line -> line.startsWith("VmRSS") || line.startsWith("VmHWM"))
            .toList()
            .toString();
    String cpu = Files.readString(Path.of("/proc", Long.toString(operator.pid()), "stat"));
    String[] words = cpu.substring(cpu.lastIndexOf(')') + 2).split(" ", -1);
    System.out.println(
        Instant.now() + " " + moment + " " + memory + " cpu ticks " + words[11] + "+" + words[12]);
  }
}
