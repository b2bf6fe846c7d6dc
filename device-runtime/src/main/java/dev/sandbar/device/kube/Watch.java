package dev.sandbar.device.kube;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer.Unreachable.Cause;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads the events of one watch. */
record Watch(LineStream lines, ApiLimits limits) {

  WatchEnd follow(Consumer<WatchEvent> events, Connection.Use use, ApiServer server)
      throws InterruptedException {
    try {
      while (true) {
        Optional<byte[]> line = lines.next(limits.idle());
        if (line.isEmpty()) {
          return new WatchEnd.Closed();
        }
        Optional<Node> event = Answers.parse(line.get(), limits.answer());
        if (event.isEmpty()) {
          return malformed();
        }
        Node object = Json.at(event.get(), "object").orElse(Node.mapping(List.of()));
        String version = Json.resourceVersion(object);
        switch (Json.text(event.get(), "type").orElse("")) {
          case "ADDED", "MODIFIED" -> events.accept(new WatchEvent.Present(object, version));
          case "DELETED" -> events.accept(new WatchEvent.Deleted(object, version));
          case "BOOKMARK" -> events.accept(new WatchEvent.Bookmark(version));
          case "ERROR" -> {
            return new WatchEnd.Failed(Answers.ofStatus(object));
          }
          default -> {
            return malformed();
          }
        }
      }
    } catch (HttpTimeoutException e) {
      use.abandon();
      return new WatchEnd.Silent();
    } catch (IOException e) {
      return new WatchEnd.Failed(Answers.broken(e, server));
    }
  }

  private static WatchEnd malformed() {
    return new WatchEnd.Failed(
        Answers.broken(Cause.MALFORMED, "an event of the watch is no JSON that could be read"));
  }
}
