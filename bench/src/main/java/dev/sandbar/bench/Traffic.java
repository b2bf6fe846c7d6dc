package dev.sandbar.bench;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests that the API server has answered, by verb and resource, as its own metrics count them.
 *
 * @param counts by {@code PATCH devices/status}
 */
record Traffic(Map<String, Long> counts) {
  private static final Set<String> WRITES =
      Set.of("POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION");
  private static final Pattern LINE =
      Pattern.compile("^apiserver_request_total\\{(.*)} (\\S+)$", Pattern.MULTILINE);

  /** Reads the page. */
  static Traffic of(String metrics) {
    var counts = new TreeMap<String, Long>();
    Matcher line = LINE.matcher(metrics);
    while (line.find()) {
      String resource = label(line.group(1), "resource");
      String part = label(line.group(1), "subresource");
      if (!resource.isEmpty()) {
        String key =
            label(line.group(1), "verb")
                + " "
                + (part.isEmpty() ? resource : resource + "/" + part);
        counts.merge(key, (long) Double.parseDouble(line.group(2)), Long::sum);
      }
    }
    return new Traffic(counts);
  }

  /** As the API server counts now. */
  static Traffic now(ApiConnections api) throws IOException, InterruptedException {
    return of(api.send("GET", "/metrics", ApiConnections.JSON, ""));
  }

  private static String label(String labels, String name) {
    Matcher found = Pattern.compile("(?:^|,)" + name + "=\"([^\"]*)\"").matcher(labels);
    return found.find() ? found.group(1) : "";
  }

  /** What has come since. */
  Traffic since(Traffic before) {
    var more = new TreeMap<String, Long>();
    counts.forEach(
        (key, count) -> {
          long added = count - before.counts.getOrDefault(key, 0L);
          if (added > 0) {
            more.put(key, added);
          }
        });
    return new Traffic(more);
  }

  /** Writes of Leases; or of everything else. */
  long writes(boolean leases) {
    return counts.entrySet().stream()
        .filter(e -> WRITES.contains(e.getKey().substring(0, e.getKey().indexOf(' '))))
        .filter(e -> e.getKey().endsWith(" leases") == leases)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  @Override
  public String toString() {
    return counts.toString();
  }
}
