package dev.sandbar.operator.gitsource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.source.git.GitSecrets;
import dev.sandbar.source.git.GitSettings;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The processes that do the Git work: what they may, and what becomes of the others when one dies.
 */
class GitWorkersTest {
  @TempDir Path temp;
  private TestRepository repository;
  private HttpsGitServer git;
  private GitWorkers workers;

  @BeforeEach
  void start() throws Exception {
    repository = TestRepository.create(temp.resolve("served/repo"));
    repository.write("app.yaml", World.app("pump")).commit();
    git = HttpsGitServer.start(temp.resolve("served"));
    workers = new GitWorkers(temp.resolve("cache"));
  }

  @AfterEach
  void stop() {
    workers.close();
    git.close();
  }

  @Test
  void whatIsReadIsAsIfItHadBeenReadHere() throws Exception {
    repository
        .write(
            "bad.yaml", "apiVersion: sandbar.dev/v1alpha1\nkind: AppSandbox\nmetadata: {name: x}\n")
        .commit();
    var found = (Look.Found) look(job(1, "repo", ""));
    DeclaredApps declared = found.declared();
    assertThat(declared.apps()).containsOnlyKeys("pump");
    GitApp app = declared.apps().firstEntry().getValue();
    assertThat(app.spec()).isEqualTo("{\"run\":{\"command\":[\"/bin/true\"]}}");
    assertThat(app.at().toString()).startsWith("app.yaml:1:1");
    assertThat(declared.refused()).containsExactly("x");
    assertThat(declared.problems()).singleElement().asString().contains("bad.yaml");
    assertThat(look(job(1, "repo", declared.revision()))).isInstanceOf(Look.Unchanged.class);
    var failed = (Look.Failed) look(job(2, "none", ""));
    assertThat(failed.message()).contains("there is no repository");
  }

  @Test
  void whatHasNotChangedIsNotSentAgain() throws Exception {
    var first = ((Look.Found) look(job(1, "repo", ""))).declared();
    repository.write("valve.yaml", World.app("valve")).commit();
    GitJob next = job(1, "repo", first.revision());
    var second = (Look.Found) workers.together(next, first.apps()).orElseThrow();
    assertThat(second.declared().apps()).containsOnlyKeys("pump", "valve");
    assertThat(second.declared().apps().get("pump")).isSameAs(first.apps().get("pump"));

    // The worker has read the second revision, the operator has not: it gets all of it.
    var missed = (Look.Found) workers.together(next, first.apps()).orElseThrow();
    assertThat(missed.declared()).isEqualTo(second.declared());
    assertThat(missed.declared().apps().get("pump")).isNotSameAs(first.apps().get("pump"));
  }

  @Test
  void aConnectionIsKeptForLongerThanJavaWould() throws Exception {
    var peers = new ConcurrentLinkedQueue<InetSocketAddress>();
    git.interception =
        exchange -> {
          peers.add(exchange.getRemoteAddress());
          return false;
        };
    GitJob job = job(1, "repo", "");
    assertThat(workers.together(job, Map.of())).isPresent();
    var looks = new ArrayList<List<InetSocketAddress>>();
    looks.add(List.copyOf(peers));
    // One look may take two connections, where the first is not read to its end in time; what
    // counts is that one of them is taken again after its idle time.
    do {
      peers.clear();
      // Of itself Java closes a connection that is idle for five seconds.
      Thread.sleep(Duration.ofSeconds(7));
      assertThat(workers.together(job, Map.of())).isPresent();
      looks.add(List.copyOf(peers));
    } while (looks.size() < 5 && !looks.get(looks.size() - 2).contains(looks.getLast().getFirst()));
    assertThat(looks.get(looks.size() - 2))
        .as("connections of the look before, of all looks %s", looks)
        .contains(looks.getLast().getFirst());
  }

  @Test
  void whenAWorkerDiesNobodyElsesPollIsLost() throws Exception {
    var release = new CountDownLatch(1);
    var asked = new CountDownLatch(2);
    git.interception =
        exchange -> {
          asked.countDown();
          await(release);
          return false;
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var one = threads.submit(() -> look(job(1, "repo", "")));
      var other = threads.submit(() -> look(job(2, "repo", "")));
      assertThat(asked.await(120, TimeUnit.SECONDS)).isTrue();
      List<ProcessHandle> children = workersAlive().toList();
      assertThat(children).isNotEmpty();
      git.interception = exchange -> false;
      children.forEach(ProcessHandle::destroyForcibly);
      release.countDown();
      assertThat(one.get(240, TimeUnit.SECONDS)).isInstanceOf(Look.Found.class);
      assertThat(other.get(240, TimeUnit.SECONDS)).isInstanceOf(Look.Found.class);
    }
  }

  @Test
  void aSourceThatEndsItsWorkersIsNamedAndStaysAlone() throws Exception {
    assertThat(look(job(1, "repo", ""))).isInstanceOf(Look.Found.class);
    git.interception =
        exchange -> {
          if (exchange.getRequestURI().getPath().startsWith("/poison")) {
            workersAlive()
                .max(Comparator.comparing(it -> it.info().startInstant().orElseThrow()))
                .ifPresent(ProcessHandle::destroyForcibly);
          }
          return false;
        };
    var failed = (Look.Failed) look(job(2, "poison", ""));
    assertThat(failed.message())
        .startsWith("the process that reads this repository ended with 137");
    assertThat(failed.stalled()).isTrue();
    assertThat(look(job(1, "repo", ""))).isInstanceOf(Look.Found.class);
    List<Long> others = pids();
    assertThat(look(job(2, "poison", ""))).isInstanceOf(Look.Failed.class);
    assertThat(pids()).as("the worker of the others").containsAll(others);
  }

  @Test
  void aJobThatDoesNotEndEndsItsWorker() throws Exception {
    var release = new CountDownLatch(1);
    git.interception =
        exchange -> {
          await(release);
          return false;
        };
    var day = Duration.ofDays(1);
    try (GitWorker worker = GitWorker.start(temp.resolve("cache"))) {
      assertThat(
              worker.run(
                  job(1, "repo", ""), Map.of(), new GitWorker.Limits(Duration.ofSeconds(1), day)))
          .isEqualTo(new GitWorker.Ending.Died("does not end within 1 s"));
    }
    try (GitWorker worker = GitWorker.start(temp.resolve("cache"))) {
      assertThat(worker.run(job(1, "repo", ""), Map.of(), new GitWorker.Limits(day, Duration.ZERO)))
          .isEqualTo(new GitWorker.Ending.Died("takes more than 0 s of processor time"));
    }
    release.countDown();
  }

  @Test
  void aWorkerHasLittleMemory() throws Exception {
    var day = Duration.ofDays(1);
    try (GitWorker worker = GitWorker.start(temp.resolve("cache"), Hungry.class.getName())) {
      assertThat(worker.run(job(1, "repo", ""), Map.of(), new GitWorker.Limits(day, day)))
          .isEqualTo(new GitWorker.Ending.Died("takes more memory than it may"));
    }
  }

  /** Takes 200 MiB for any job. */
  static final class Hungry {
    private Hungry() {}

    public static void main(String[] arguments) throws IOException {
      int any = System.in.read();
      System.err.println(new byte[200 << 20].length + any);
    }
  }

  /** As a {@link Follower} does it. */
  private Look look(GitJob job) throws InterruptedException {
    Optional<Look> together = workers.together(job, Map.of());
    return together.isPresent() ? together.get() : workers.alone(job);
  }

  private static List<Long> pids() {
    return workersAlive().map(ProcessHandle::pid).toList();
  }

  /** Other children of this process are servers of other tests. */
  private static Stream<ProcessHandle> workersAlive() {
    return ProcessHandle.current()
        .children()
        .filter(ProcessHandle::isAlive)
        .filter(it -> it.info().command().orElse("").endsWith("/java"));
  }

  @Test
  void aJobThatIsNotWantedAnyMoreEnds() throws Exception {
    var release = new CountDownLatch(1);
    var asked = new CountDownLatch(1);
    git.interception =
        exchange -> {
          asked.countDown();
          await(release);
          return false;
        };
    var ended = new CompletableFuture<Boolean>();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    ended.complete(look(job(1, "repo", "")) == null);
                  } catch (InterruptedException | IOException e) {
                    ended.complete(e instanceof InterruptedException);
                  }
                });
    assertThat(asked.await(120, TimeUnit.SECONDS)).isTrue();
    thread.interrupt();
    assertThat(ended.get(120, TimeUnit.SECONDS)).isTrue();
    release.countDown();
    git.interception = exchange -> false;
    assertThat(look(job(1, "repo", ""))).isInstanceOf(Look.Found.class);
  }

  @Test
  void theEnvironmentOfAWorkerHasNothingOfTheCluster() {
    Map<String, String> environment =
        new TreeMap<>(
            Map.of(
                "KUBECONFIG",
                "/x",
                "KUBERNETES_SERVICE_HOST",
                "10.0.0.1",
                "LANG",
                "C.UTF-8",
                "TOKEN",
                "hunter2"));
    GitWorker.environment(environment);
    assertThat(environment.keySet()).containsExactlyInAnyOrder("LANG", "MALLOC_ARENA_MAX");
  }

  @Test
  void aWorkerReadsNoFileThatIsNotItsOwn() throws Exception {
    Path token = Files.writeString(temp.resolve("token"), "hunter2");
    Path cache = Files.createDirectories(temp.resolve("cache"));
    Path clone = Files.writeString(cache.resolve("clone"), "mine");
    List<String> report =
        probe(cache, token, clone, Path.of("/etc/shadow"), Path.of("/proc/1/environ"));
    assertThat(report)
        .containsExactly(
            token + " closed",
            clone + " open",
            "/etc/shadow closed",
            "/proc/1/environ closed",
            "written",
            "nice 10",
            "oom 1000",
            "privileges 1",
            "core 0",
            "signals " + (scopesSignals() ? "closed" : "open"));
  }

  /** Whether this kernel keeps signals from other processes: Linux 6.12. */
  private static boolean scopesSignals() {
    String[] release = System.getProperty("os.version").split("\\D+");
    int major = Integer.parseInt(release[0]);
    return major > 6 || (major == 6 && Integer.parseInt(release[1]) >= 12);
  }

  /** Runs {@link Probe} in place of a worker. */
  private static List<String> probe(Path cache, Path... files) throws Exception {
    var builder = new ProcessBuilder(GitWorker.command(cache, Probe.class.getName()));
    GitWorker.environment(builder.environment());
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var in = process.outputWriter(UTF_8)) {
      in.write(ProcessHandle.current().pid() + "\n");
      for (Path file : files) {
        in.write(file + "\n");
      }
    }
    List<String> lines = process.inputReader(UTF_8).readAllLines();
    process.waitFor();
    return lines;
  }

  /** Reports what a worker may do. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] arguments) throws IOException {
      List<String> input = new String(System.in.readAllBytes(), UTF_8).lines().toList();
      for (String file : input.subList(1, input.size())) {
        System.out.println(file + (isOpen(Path.of(file)) ? " open" : " closed"));
      }
      Path mine = Path.of(arguments[0]);
      Files.createDirectories(mine.resolve("a/b"));
      Files.move(Files.writeString(mine.resolve("a/b/c"), "x"), mine.resolve("a/d"));
      System.out.println("written");
      String[] stat = Files.readString(Path.of("/proc/self/stat")).split(" ");
      System.out.println("nice " + stat[18]);
      System.out.println("oom " + Files.readString(Path.of("/proc/self/oom_score_adj")).strip());
      System.out.println("privileges " + line("/proc/self/status", "NoNewPrivs:").split("\\s+")[1]);
      System.out.println(
          "core " + line("/proc/self/limits", "Max core file size").split("\\s+")[4]);
      boolean signalled = canSignal(Integer.parseInt(input.getFirst()));
      System.out.println("signals " + (signalled ? "open" : "closed"));
    }

    /** As root a process may read everything but for Landlock. */
    private static boolean isOpen(Path file) {
      try {
        return Files.readAllBytes(file).length > 0;
      } catch (IOException e) {
        return false;
      }
    }

    private static String line(String file, String start) throws IOException {
      return Files.readAllLines(Path.of(file)).stream()
          .filter(it -> it.startsWith(start))
          .findFirst()
          .orElseThrow();
    }

    /** By itself: that it starts no program that does is something else. */
    private static boolean canSignal(int pid) {
      var linker = Linker.nativeLinker();
      var kill =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("kill"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
      try {
        return (int) kill.invokeExact(pid, 0) == 0;
      } catch (Throwable e) {
        throw new IllegalStateException("kill", e);
      }
    }
  }

  private GitJob job(int number, String name, String revision) throws IOException {
    String ca = Files.readString(Path.of(HttpsGitServer.caFile(temp.resolve("served"))));
    return new GitJob(
        "00000000-0000-0000-0000-%012d".formatted(number),
        "plant",
        "key",
        GitSettings.of(git.url(name)),
        new GitSecrets("", "", "", ca),
        true,
        Duration.ofSeconds(60),
        revision,
        "");
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(120, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
