package dev.sandbar.device.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Does something in another network namespace. It takes CAP_SYS_ADMIN. */
final class NetworkEntry {

  private static final int OPEN_FLAGS = 0x80000;
  private static final int CLONE_NEWNET = 0x40000000;

  private static final WordCall SETNS = WordCall.of("setns");

  private NetworkEntry() {}

  /**
   * Does it, on another thread unless this one is there already.
   *
   * @param namespace an entry {@code ns/net} of proc(5)
   * @throws IOException if the namespace cannot be entered, or what is done fails
   */
  static <T> T call(Path namespace, Callable<T> work) throws IOException {
    var task =
        new FutureTask<>(
            () -> {
              if (!isHere(namespace)) {
                enter(namespace);
              }
              return work.call();
            });
    if (isHere(namespace)) {
      task.run();
    } else {
      // A thread of its own: it must never do anything else afterwards.
      Thread.ofPlatform().daemon().name("network").start(task);
    }
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new IOException("not done in " + namespace, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static boolean isHere(Path namespace) throws IOException {
    return Files.readSymbolicLink(namespace)
        .equals(Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")));
  }

  private static void enter(Path namespace) throws IOException {
    int file = LibC.open(namespace.toString(), OPEN_FLAGS);
    if (file < 0) {
      throw new IOException("cannot open " + namespace);
    }
    try {
      if ((int) SETNS.call(file, CLONE_NEWNET) != 0) {
        throw new IOException("setns(2) refuses " + namespace);
      }
    } finally {
      LibC.close(file);
    }
  }
}
