package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What people request of the agent through files: each is acted on once, by whichever agent takes
 * it first, and answered once everything was checked.
 *
 * <p>For one thread.
 */
final class LocalRequests {
  private static final Logger LOG = LoggerFactory.getLogger(LocalRequests.class);

  private final Path root;
  private final Memory memory;
  private final Inbox inbox;

  /** By their ids: those that wait for their answer. */
  private final Map<String, AgentRequest> taken = new HashMap<>();

  /** Of those, for which the source was polled if need be, and everything was checked since. */
  private final Set<String> checked = new TreeSet<>();

  private String handled = "";

  LocalRequests(Path root, Memory memory, Inbox inbox) {
    this.root = root;
    this.memory = memory;
    this.inbox = inbox;
  }

  /**
   * Takes what is new; what no event announced is found by the next check.
   *
   * @param poll asks the source, and calls this when it has answered or failed
   */
  void take(Consumer<Runnable> poll, Instant now) {
    for (AgentRequest request : AgentRequest.waiting(root)) {
      if (taken.putIfAbsent(request.id(), request) != null) {
        continue;
      }
      AppName app = request.app();
      LOG.info(
          "action=requested verb={} app={} at={} before={}",
          request.verb().shown(),
          app == null ? "(all)" : app,
          request.requestedAt(),
          request.taken());
      if (!request.taken()) {
        act(request, now);
      }
      if (request.verb().polls()) {
        poll.accept(() -> inbox.polled(request.id()));
      } else {
        inbox.polled(request.id());
      }
    }
  }

  /**
   * Only what names an app changes what is remembered of it. It is on disk before the request is
   * marked: killed in between, the next agent does the same to the same record, before any round.
   */
  private void act(AgentRequest request, Instant now) {
    AppName app = request.app();
    if (request.verb() == AgentRequest.Verb.RECONCILE && app != null) {
      memory.retry(app, now);
      inbox.look(Set.of(memory.units().of(app)));
    }
    try {
      request.take(root);
    } catch (IOException e) {
      LOG.warn("action=request not marked as taken: {}", e.getMessage());
    }
  }

  /** Those over which the connection was lost are answered over the new one. */
  void connected() {
    taken.clear();
    checked.clear();
  }

  /** Everything was checked since these were made and the source was polled for them. */
  void checked(Collection<String> ids) {
    ids.stream().filter(taken::containsKey).forEach(checked::add);
  }

  /**
   * Those that are done: who asks to reconcile waits for what the source has now, and until nothing
   * of it is under way; for what was under way before says nothing of it. The status is to say that
   * these were handled before they are removed.
   *
   * @param pending whether the source has something that was not taken yet
   * @param busy apps of which something is under way
   */
  List<String> handled(boolean pending, Set<AppName> busy) {
    List<AgentRequest> done =
        checked.stream().map(taken::get).filter(request -> isDone(request, pending, busy)).toList();
    done.stream()
        .map(request -> request.requestedAt().toString())
        .max(Comparator.naturalOrder())
        .ifPresent(last -> handled = last);
    return done.stream().map(AgentRequest::id).toList();
  }

  private static boolean isDone(AgentRequest request, boolean pending, Set<AppName> busy) {
    AppName app = request.app();
    return request.verb() != AgentRequest.Verb.RECONCILE
        || !pending && (app == null ? busy.isEmpty() : !busy.contains(app));
  }

  /** The status says that these were handled: nobody waits for them any more. */
  void answered(Collection<String> ids) {
    for (String id : ids) {
      AgentRequest request = taken.get(id);
      if (request == null) {
        continue;
      }
      try {
        request.remove(root);
        taken.remove(id);
        checked.remove(id);
      } catch (IOException e) {
        LOG.warn("action=request not removed: {}", e.getMessage());
      }
    }
  }

  /** The time of the last that was handled; empty if none was. */
  String handled() {
    return handled;
  }
}
