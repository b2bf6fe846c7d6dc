package dev.sandbar.operator.app;

import dev.sandbar.operator.report.OperatorMetrics;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;

/** Counts every attempt of every request to the API server. */
record RequestCount(OperatorMetrics metrics) implements Interceptor {
  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    metrics.request(request.method());
  }
}
