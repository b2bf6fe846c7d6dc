package dev.sandbar.operator.app;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.util.regex.Pattern;

/**
 * Lets a process that does not lead read, and ask for a look at a GitSource; nothing else that it
 * could want to write gets through.
 */
final class PushFence implements Interceptor {
  private static final Pattern SOURCE =
      Pattern.compile(".*/apis/sandbar\\.dev/[^/]+/namespaces/[^/]+/gitsources/[^/]+");

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    boolean asks =
        request.method().equals("PATCH")
            && SOURCE.matcher(String.valueOf(request.uri().getPath())).matches();
    if (!request.method().equals("GET") && !asks) {
      throw new Fence.NotLeaderException();
    }
  }
}
