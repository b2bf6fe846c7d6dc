package dev.sandbar.operator.gitsource;

import dev.sandbar.report.OneLine;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process of a worker, as the operator holds it. */
final class GitWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GitWorker.class);
  private static final Duration CANCELLED = Duration.ofSeconds(4);
  private static final int OUT_OF_MEMORY = 3;

  /** What the operator's own environment may have that a Java process needs. */
  private static final List<String> PASSED = List.of("LANG", "LC_ALL", "JAVA_TOOL_OPTIONS");

  private final Process process;
  private final DataOutputStream requests;
  private final Map<Long, Pending> jobs = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final CompletableFuture<Ending.Died> death = new CompletableFuture<>();

  /** How a job ended. */
  sealed interface Ending {
    /** With a result. */
    record Answered(Look look) implements Ending {}

    /** With the process. */
    record Died(String why) implements Ending {}
  }

  /**
   * A job in hand.
   *
   * @param before apps by name that the operator has of its source
   */
  private record Pending(Map<String, GitApp> before, CompletableFuture<Ending> result) {
    Pending(Map<String, GitApp> before) {
      this(before, new CompletableFuture<>());
    }
  }

  /** How long a job may take. */
  record Limits(Duration time, Duration processor) {}

  private GitWorker(Process process) {
    this.process = process;
    this.requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
    Thread.ofPlatform().daemon().name("git-worker " + process.pid()).start(this::read);
  }

  /** Starts one whose clones are in a directory. */
  static GitWorker start(Path cache) throws IOException {
    return start(cache, GitWorkerMain.class.getName());
  }

  /** The same of another program, for tests. */
  static GitWorker start(Path cache, String mainClass) throws IOException {
    var builder = new ProcessBuilder(command(cache, mainClass));
    environment(builder.environment());
    return new GitWorker(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Only what is listed is passed on: no token, no address of the API server, no kubeconfig. */
  static void environment(Map<String, String> environment) {
    environment.keySet().retainAll(PASSED);
    environment.put("MALLOC_ARENA_MAX", "1");
  }

  /** This very Java and class path, and nothing that an object of the cluster says. */
  static List<String> command(Path cache, String mainClass) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classPath =
        String.join(
            File.pathSeparator,
            List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1)).stream()
                .filter(it -> !it.isEmpty())
                .map(it -> Path.of(it).toAbsolutePath().toString())
                .toList());
    String clones = cache.toAbsolutePath().toString();
    var command = new ArrayList<String>();
    // The first only gives up rights and becomes the second.
    command.addAll(
        List.of(
            java, "-XX:+UseSerialGC", "-Xmx16m", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", classPath));
    command.addAll(List.of(Confinement.class.getName(), clones));
    command.addAll(
        List.of(
            java,
            "-XX:+UseSerialGC",
            "-Xms8m",
            "-Xmx96m",
            "-Xss512k",
            "-XX:MinHeapFreeRatio=10",
            "-XX:MaxHeapFreeRatio=30",
            "-XX:+UseCompactObjectHeaders",
            "-XX:TieredStopAtLevel=1",
            "-XX:MaxMetaspaceSize=64m",
            "-XX:MaxDirectMemorySize=16m",
            "-XX:ReservedCodeCacheSize=24m",
            "-XX:TrimNativeHeapInterval=10000",
            "-XX:+ExitOnOutOfMemoryError",
            // Its last words would else stand among the results.
            "-XX:+DisplayVMOutputToStderr",
            "-XX:-UsePerfData",
            // More than processors: what computes for long does not keep the others from waiting.
            "-Djdk.virtualThreadScheduler.parallelism=16",
            // Seconds, where the server says nothing else: who pushes twice waits for one
            // handshake.
            "-Dhttp.keepAlive.time.server=15",
            "-cp",
            classPath,
            mainClass,
            clones));
    return List.copyOf(command);
  }

  private void read() {
    String why;
    try (var in = new DataInputStream(new BufferedInputStream(process.getInputStream()))) {
      for (; ; ) {
        Wire.readAnswer(in, job -> Optional.ofNullable(jobs.get(job)).map(Pending::before))
            .ifPresent(this::answered);
      }
    } catch (java.io.EOFException e) {
      why = "";
    } catch (IOException | RuntimeException e) {
      why = "answers what cannot be read: " + OneLine.of(e);
    }
    process.destroyForcibly();
    died(why.isEmpty() ? exit() : why);
  }

  private void answered(Wire.Answer answer) {
    Optional.ofNullable(jobs.remove(answer.job()))
        .ifPresent(job -> job.result().complete(new Ending.Answered(answer.look())));
  }

  private String exit() {
    try {
      int code = process.waitFor();
      return code == OUT_OF_MEMORY ? "takes more memory than it may" : "ended with " + code;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "ended";
    }
  }

  private void died(String why) {
    if (death.complete(new Ending.Died(why)) && !why.isEmpty()) {
      LOG.warn("worker={} action=end jobs={} message={}", process.pid(), jobs.size(), why);
    }
    jobs.values().forEach(job -> job.result().complete(death.join()));
    jobs.clear();
  }

  boolean isAlive() {
    return !death.isDone() && process.isAlive();
  }

  /** Ends the process; its jobs end with it, for this reason. */
  void kill(String why) {
    died(why);
    process.destroyForcibly();
  }

  /**
   * Has a job done.
   *
   * @param before apps by name that the job's revision had
   */
  Ending run(GitJob job, Map<String, GitApp> before, Limits limits) throws InterruptedException {
    long number = numbers.incrementAndGet();
    var pending = new Pending(before);
    CompletableFuture<Ending> result = pending.result();
    jobs.put(number, pending);
    if (death.isDone()) {
      return death.join();
    }
    long began = System.nanoTime();
    long processor = processorNanos();
    try {
      send(new Wire.Request.Poll(number, job));
      for (; ; ) {
        try {
          return result.get(1, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
          if (System.nanoTime() - began > limits.time().toNanos()) {
            kill("does not end within " + limits.time().toSeconds() + " s");
          } else if (processorNanos() - processor > limits.processor().toNanos()) {
            kill("takes more than " + limits.processor().toSeconds() + " s of processor time");
          }
        }
      }
    } catch (IOException e) {
      kill("takes no job any more");
      return death.join();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a job", e.getCause());
    } catch (InterruptedException e) {
      cancel(number, result);
      throw e;
    } finally {
      jobs.remove(number);
    }
  }

  /** Whoever interrupts goes on to delete the clone: the worker must have let go of it. */
  private void cancel(long number, CompletableFuture<Ending> result) {
    try {
      send(new Wire.Request.Cancel(number));
      Ending _ = result.get(CANCELLED.toSeconds(), TimeUnit.SECONDS);
    } catch (IOException | ExecutionException | TimeoutException e) {
      LOG.debug("worker={} action=cancel message={}", process.pid(), OneLine.of(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(Wire.Request request) throws IOException {
    synchronized (requests) {
      Wire.write(requests, request);
    }
  }

  private long processorNanos() {
    return process.info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
  }

  @Override
  public void close() {
    kill("");
  }
}
