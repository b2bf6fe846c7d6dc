package dev.sandbar.vdev;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A network namespace in which this JVM can open sockets: a server opened there listens in that
 * network and nowhere else, though its code runs in this JVM.
 */
public final class NetworkNamespace {
  /** From sched.h. */
  private static final int CLONE_NEWNET = 0x40000000;

  /** O_RDONLY | O_CLOEXEC, from fcntl.h on Linux. */
  private static final int OPEN_FLAGS = 0x80000;

  private static final MethodHandle OPEN =
      function(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle SETNS =
      function("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final Path path;

  NetworkNamespace(Path path) {
    this.path = path;
  }

  /** Returns the file that stands for the namespace, as {@code nsenter --net} takes it. */
  public Path path() {
    return path;
  }

  /**
   * Runs work on a thread that is in this namespace. A socket belongs to the namespace of the
   * thread that creates it, for as long as it lives; threads that the work starts by itself are in
   * the machine's own namespace, as ever.
   *
   * @throws Exception what the work throws
   */
  public <T> T call(Callable<T> work) throws Exception {
    var task =
        new FutureTask<T>(
            () -> {
              enter();
              return work.call();
            });
    // A platform thread of its own: it must never serve anybody else afterwards.
    Thread thread = Thread.ofPlatform().daemon().name("netns " + path).start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    }
  }

  private void enter() {
    try (var arena = Arena.ofConfined()) {
      int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(path.toString()), OPEN_FLAGS);
      if (descriptor < 0) {
        throw new VirtualDeviceException("cannot open the network namespace " + path);
      }
      int refused = (int) SETNS.invokeExact(descriptor, CLONE_NEWNET);
      int ignored = (int) CLOSE.invokeExact(descriptor);
      if (refused != 0 || ignored != 0) {
        throw new VirtualDeviceException("cannot enter the network namespace " + path);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find(name).orElseThrow(), descriptor, options);
  }
}
