package dev.sandbar.apiserver;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Starts processes that the kernel kills when this JVM is gone, however it went.
 *
 * <p>PR_SET_PDEATHSIG (prctl(2)) fires at the end of the <em>thread</em> that started the process,
 * so all are started by one thread that lasts as long as the JVM.
 */
final class Spawner {
  private static final ExecutorService PARENT =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("parent").factory());

  private Spawner() {}

  static Process start(ProcessBuilder builder) {
    builder.command().addAll(0, List.of("setpriv", "--pdeathsig", "KILL", "--"));
    try {
      return PARENT.submit(builder::start).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException) {
        throw new ApiServerException(
            "cannot run setpriv: apt-get install util-linux", e.getCause());
      }
      throw new ApiServerException("cannot start " + builder.command(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiServerException("interrupted while starting a process", e);
    }
  }
}
