package dev.sandbar.operator;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Remembers every request that the operator sends, but those that only begin to watch. */
final class Requests implements Interceptor {
  private final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    String uri = request.uri().toString();
    if (!uri.contains("watch=true")) {
      seen.add(request.method() + " " + request.uri().getPath());
    }
  }

  List<String> all() {
    return List.copyOf(seen);
  }

  List<String> writes() {
    return seen.stream().filter(r -> !r.startsWith("GET ")).toList();
  }

  /** Writes of things of this name, for example {@code devicebundles}. */
  List<String> writes(String plural) {
    return writes().stream().filter(r -> r.contains("/" + plural)).toList();
  }

  void clear() {
    seen.clear();
  }
}
