package dev.sandbar.operator.app;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.util.function.BooleanSupplier;

/**
 * Lets no write through that this process has no right to: it is asked anew for every attempt, by a
 * clock that goes on while the process is paused. What slips through after the question is stopped
 * by the resourceVersion that every write of a bundle carries.
 */
final class Fence implements Interceptor {
  private final BooleanSupplier mayWrite;

  Fence(BooleanSupplier mayWrite) {
    this.mayWrite = mayWrite;
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    if (!request.method().equals("GET") && !mayWrite.getAsBoolean()) {
      throw new NotLeaderException();
    }
  }

  /** A write of a process that is not, or no longer, the leader. */
  static final class NotLeaderException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    NotLeaderException() {
      super("not the leader; nothing was written");
    }
  }
}
