package dev.sandbar.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Runs the benchmarks. */
public final class Main {

  private static final List<String> NAMES =
      List.of(
          "all",
          "apply",
          "unchanged",
          "attest",
          "drift",
          "silent",
          "footprint",
          "rest",
          "device",
          "demo",
          "start-cost",
          "learn",
          "import",
          "hardening",
          "image",
          "gitsource",
          "fleet");

  private Main() {}

  /**
   * Runs one benchmark, or all.
   *
   * @param arguments its name and a size
   */
  public static void main(String[] arguments) throws Exception {
    String name = arguments.length > 0 ? arguments[0] : "all";
    boolean number = arguments.length < 2 || arguments[1].matches("[1-9][0-9]{0,6}");
    if (!NAMES.contains(name) || !number || arguments.length > 2) {
      System.err.println(
          "bench/run: write bench/run [NAME [NUMBER]]; the names are "
              + String.join(", ", NAMES)
              + ", compile and crash");
      System.exit(2);
    }
    int size = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
    Report.say(
        "%s, %d processors, kernel %s, load %s",
        java.time.Instant.now(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.version"),
        Report.load());
    switch (name) {
      case "gitsource" -> new GitSourceBenchmark(size > 0 ? size : 1000).run();
      case "fleet" -> new FleetBenchmark(size > 0 ? size : 1000).run();
      case "device" -> device(size);
      case "demo" -> demo(size);
      case "start-cost" -> new StartCostBenchmark(size > 0 ? size : 24).run();
      case "image" -> new ImageBenchmark(size > 0 ? size : 50).run();
      case "footprint" -> footprint();
      case "rest" -> new GitRestBenchmark().run();
      case "learn" -> new LearnBenchmark(size > 0 ? size : 7).run();
      case "import" ->
          new ImportBenchmark(Optional.ofNullable(System.getenv("SANDBAR_UNITS")).map(Path::of))
              .run();
      case "hardening" ->
          HardeningBenchmark.run(Math.min(size > 0 ? size : 10, DebianService.ALL.size()));
      default -> onOneDevice(name, size);
    }
    Report.say("load at the end %s", Report.load());
  }

  private static void onOneDevice(String name, int size) throws Exception {
    try (Edge edge = Edge.boot()) {
      switch (name) {
        case "all" -> {
          apply(edge, 0);
          unchanged(edge, 0);
          attest(edge, 0);
          drift(edge, 0);
          footprint();
          device(0);
          demo(0);
          new StartCostBenchmark(24).run();
          new LearnBenchmark(7).run();
          new ImageBenchmark(50).run();
          new GitSourceBenchmark(1000).run();
          new FleetBenchmark(1000).run();
        }
        case "apply" -> apply(edge, size);
        case "unchanged" -> unchanged(edge, size);
        case "attest" -> attest(edge, size);
        case "drift" -> drift(edge, size);
        case "silent" -> new SilentBenchmark(edge).run(size > 0 ? size : 100);
        default -> throw new IllegalArgumentException("no benchmark is called " + name);
      }
    }
  }

  private static void device(int size) throws IOException {
    new BootBenchmark().run(size > 0 ? size : 10);
  }

  private static void demo(int size) throws IOException, InterruptedException {
    new DemoBenchmark().run(size > 0 ? size : 3);
  }

  private static void apply(Edge edge, int size) throws IOException, InterruptedException {
    new ApplyBenchmark(edge).run(size > 0 ? size : 3);
  }

  private static void unchanged(Edge edge, int size) throws Exception {
    new UnchangedBenchmark(edge).run(size > 0 ? size : 100);
  }

  private static void attest(Edge edge, int size) throws Exception {
    new AttestBenchmark(edge).run(size > 0 ? size : 100);
  }

  private static void drift(Edge edge, int size) throws Exception {
    new DriftBenchmark(edge).run(size > 0 ? size : 50);
  }

  private static void footprint() throws Exception {
    var footprint = new FootprintBenchmark(Path.of(System.getProperty("sandbar.home", ".")));
    footprint.git();
    footprint.fleet();
  }
}
