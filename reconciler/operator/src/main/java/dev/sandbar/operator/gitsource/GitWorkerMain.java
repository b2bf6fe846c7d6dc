package dev.sandbar.operator.gitsource;

import dev.sandbar.report.OneLine;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker: a process that fetches and reads repositories for the operator and can do nothing else.
 * Jobs come over standard input, results go over standard output; it ends with its input. It has no
 * credentials of the cluster, and is {@linkplain Confinement confined} before it begins.
 */
public final class GitWorkerMain {
  private static final Logger LOG = LoggerFactory.getLogger(GitWorkerMain.class);

  private final GitReading reading;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final Map<Long, Thread> jobs = new ConcurrentHashMap<>();

  private GitWorkerMain(GitReading reading, DataInputStream in, DataOutputStream out) {
    this.reading = reading;
    this.in = in;
    this.out = out;
  }

  /**
   * Works until the operator ends.
   *
   * @param arguments the directory of the clones
   */
  public static void main(String[] arguments) {
    var in = new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in)));
    var out =
        new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    // Whatever a library prints does not get between the results.
    System.setOut(
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
    var reading = new GitReading(Path.of(arguments[0]));
    try {
      new GitWorkerMain(reading, in, out).serve();
    } catch (IOException e) {
      LOG.debug("action=end message={}", OneLine.of(e));
    }
    // Not exit: a job that hangs would be waited for.
    Runtime.getRuntime().halt(0);
  }

  private void serve() throws IOException {
    for (; ; ) {
      switch (Wire.readRequest(in)) {
        case Wire.Request.Cancel(var job) -> {
          Thread thread = jobs.get(job);
          if (thread != null) {
            thread.interrupt();
          }
        }
        case Wire.Request.Poll(var job, var what) -> {
          Thread thread = Thread.ofVirtual().name("job " + job).unstarted(() -> run(job, what));
          jobs.put(job, thread);
          thread.start();
        }
      }
    }
  }

  private void run(long job, GitJob what) {
    GitReading.Result result;
    try {
      result = reading.look(what);
    } catch (InterruptedException e) {
      result = failed("the poll was interrupted (Start it again)");
    } catch (RuntimeException | StackOverflowError e) {
      result = failed("this is a fault of Sandbar: " + OneLine.defect(e) + " (Report it)");
    }
    jobs.remove(job);
    synchronized (out) {
      try {
        Wire.write(out, new Wire.Answer(job, result.look(), result.before()));
      } catch (IOException e) {
        Runtime.getRuntime().halt(1); // nobody reads any more
      }
    }
  }

  private static GitReading.Result failed(String message) {
    return GitReading.Result.of(GitWorkers.failed(message));
  }
}
