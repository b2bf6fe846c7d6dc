package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Very many devices with apps of the examples. {@code bench/run compile} has 100,000, and takes the
 * time.
 */
class SharedCompilationsTest {
  private static final Logger LOG = LoggerFactory.getLogger(SharedCompilationsTest.class);
  private static final int APPS = 10;
  private static final int KINDS = 30;
  private static final Duration WARM = Duration.ofSeconds(20);

  private final AtomicInteger compiled = new AtomicInteger();
  private final CompileCache cache = new CompileCache(compiled::incrementAndGet);

  private static List<AppSpec> apps() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("../../examples"))) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .sorted()
          .flatMap(file -> read(file).stream())
          .filter(
              app -> Compiler.compile(app, ReferenceDevice.facts()) instanceof Compilation.Compiled)
          .limit(APPS)
          .toList();
    }
  }

  private static Optional<AppSpec> read(Path file) {
    try {
      return SpecReader.read(
                  YamlReader.read(file.toString(), Files.readAllBytes(file)).documents().getFirst())
              instanceof SpecReader.Read(var app, _)
          ? Optional.of(app)
          : Optional.empty();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void devicesThatTheCompilerCannotTellApartCompileAnAppOnce() throws IOException {
    int devices = Integer.getInteger("sandbar.compile.devices", 1000);
    List<AppSpec> apps = apps();
    assertThat(apps).hasSize(APPS);
    List<Sha256> specs = apps.stream().map(app -> Sha256.of(app.name().value())).toList();
    List<DeviceFacts> facts =
        IntStream.range(0, KINDS)
            .mapToObj(
                kind -> ReferenceDevice.facts().configured(Map.of("site", "s" + kind), Map.of()))
            .toList();
    List<Sha256> keys =
        IntStream.range(0, KINDS).mapToObj(kind -> Sha256.of("facts " + kind)).toList();

    long begun = System.nanoTime();
    // What the operator keeps of each device is the digest of each of its units.
    List<List<CompileCache.Result>> results =
        IntStream.range(0, devices)
            .parallel()
            .mapToObj(
                device ->
                    IntStream.range(0, APPS)
                        .mapToObj(
                            app ->
                                cache.of(
                                    apps.get(app),
                                    specs.get(app),
                                    facts.get(device % KINDS),
                                    keys.get(device % KINDS)))
                        .toList())
            .toList();
    double seconds = (System.nanoTime() - begun) / 1e9;

    assertThat(results).hasSize(devices);
    assertThat(compiled).hasValue(APPS * KINDS);
    if (devices > 1000) {
      System.gc();
      Runtime jvm = Runtime.getRuntime();
      LOG.info(
          "compile=shared devices={} apps-each={} seconds={} compiled={} heap-MiB={}",
          devices,
          APPS,
          "%.2f".formatted(seconds),
          compiled.get(),
          (jvm.totalMemory() - jvm.freeMemory()) >> 20);
      LOG.info("compile=one-app microseconds={}", "%.1f".formatted(warm(apps, facts)));
    }
  }

  /** The mean of 20,000, after as many as an optimizing compiler needs to be done. */
  private static double warm(List<AppSpec> apps, List<DeviceFacts> facts) {
    long end = System.nanoTime() + WARM.toNanos();
    int rejected = 0;
    while (System.nanoTime() < end) {
      rejected += rejected(apps, facts);
    }
    int rounds = 2000;
    long begun = System.nanoTime();
    for (int round = 0; round < rounds; round++) {
      rejected += rejected(apps, List.of(facts.get(round % KINDS)));
    }
    assertThat(rejected).isZero();
    return (System.nanoTime() - begun) / 1e3 / rounds / apps.size();
  }

  private static int rejected(List<AppSpec> apps, List<DeviceFacts> facts) {
    int rejected = 0;
    for (DeviceFacts device : facts) {
      for (AppSpec app : apps) {
        rejected += Compiler.compile(app, device) instanceof Compilation.Rejected ? 1 : 0;
      }
    }
    return rejected;
  }
}
