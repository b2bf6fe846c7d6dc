package dev.sandbar.device.fleet;

import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeObject;
import dev.sandbar.device.query.AnswerSeal;
import dev.sandbar.device.query.Question;
import dev.sandbar.device.query.Reply;
import dev.sandbar.report.OneLine;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the query that the device's bundle announces, on a thread of its own: one at a time, each
 * once, and at most one in {@link #PACE}. What was announced and is not there any more, or is
 * answered already, costs one request.
 */
public final class QueryAnswerer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(QueryAnswerer.class);

  /** The least time between two answers: whoever asks without end costs the device no more. */
  static final Duration PACE = Duration.ofSeconds(5);

  private static final Duration RETRY = Duration.ofSeconds(2);
  private static final int MOST_ATTEMPTS = 3;
  private static final Duration IDLE = Duration.ofDays(1);
  private static final int MESSAGE = 512;

  /** It goes into the log, so it is what it says. */
  private static final Pattern UID = Pattern.compile("[0-9A-Za-z-]{1,64}");

  private final FleetApi api;
  private final FleetAddress address;
  private final Function<Question, Reply> answers;
  private final Duration pace;
  private final AtomicReference<String> announced = new AtomicReference<>("");
  private final Pause pause = new Pause();
  private final Thread thread;

  /**
   * Waits for queries from now on.
   *
   * @param answers called on a thread of its own; may take some seconds
   */
  public QueryAnswerer(FleetApi api, FleetAddress address, Function<Question, Reply> answers) {
    this(api, address, answers, PACE);
  }

  QueryAnswerer(
      FleetApi api, FleetAddress address, Function<Question, Reply> answers, Duration pace) {
    this.api = api;
    this.address = address;
    this.answers = answers;
    this.pace = pace;
    this.thread = Thread.ofVirtual().name("query").start(this::run);
  }

  /**
   * The bundle says that a query waits.
   *
   * @param uid of the query; empty if none does
   */
  public void announced(String uid) {
    String wanted = UID.matcher(uid).matches() ? uid : "";
    if (!announced.getAndSet(wanted).equals(wanted)) {
      pause.end();
    }
  }

  private void run() {
    String handled = "";
    try {
      while (true) {
        String uid = announced.get();
        if (uid.isEmpty() || uid.equals(handled)) {
          pause.await(IDLE);
          continue;
        }
        handled = uid;
        handle(uid);
        Thread.sleep(pace);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(String uid) throws InterruptedException {
    var answer = new Once(uid);
    for (int attempt = 1; ; attempt++) {
      ApiAnswer outcome;
      try {
        outcome = answer.give();
      } catch (RuntimeException e) {
        // Thrown on, it would end the thread and with it every later answer.
        LOG.error("query={} action=answer fault={}", uid, OneLine.of(e), e);
        return;
      }
      boolean outdated = outcome instanceof ApiAnswer.Conflict;
      boolean again =
          outdated
              || outcome instanceof ApiAnswer.Unreachable
              || outcome instanceof ApiAnswer.TooManyRequests;
      if (outcome instanceof ApiAnswer.Failure failure
          && !(failure instanceof ApiAnswer.NotFound)) {
        LOG.warn("query={} action=answer {}", uid, failure.problem());
      }
      if (!again || attempt == MOST_ATTEMPTS) {
        return;
      }
      if (!outdated) {
        Thread.sleep(RETRY);
      }
    }
  }

  /** The answer to one query: made once, however often it must be sent. */
  private final class Once {
    private final String uid;
    private @Nullable Node status;

    Once(String uid) {
      this.uid = uid;
    }

    ApiAnswer give() throws InterruptedException {
      ApiAnswer read = api.get(address.query());
      if (!(read instanceof ApiAnswer.Success(var body))) {
        return read;
      }
      KubeObject query = KubeObject.read(body);
      boolean isNext = query.metadata().uid().equals(uid) && query.status().fields().isEmpty();
      if (!isNext) {
        return read;
      }
      Node made = status;
      if (made == null) {
        made = status(reply(query), Json.text(query.spec(), "publicKey").orElse(""), uid);
        status = made;
      }
      // With the version the server refuses it if the object is another by now. It would not with
      // the uid: of a patch of the status it passes over all metadata but the version.
      return api.patch(
          address.queryStatus(),
          Json.object(
              "metadata",
              Json.object("resourceVersion", query.metadata().resourceVersion()),
              "status",
              made));
    }
  }

  /** The owner of the device finds in its log what was asked. */
  private Reply answered(Question question) {
    LOG.info("device={} action=asked question={}", address.device(), question);
    return answers.apply(question);
  }

  private Reply reply(KubeObject query) {
    return Question.read(query.spec())
        .map(this::answered)
        .orElseGet(
            () ->
                new Reply.Refused(
                    QueryContract.Refusal.INVALID,
                    "the device cannot read the query: its agent may be older than whoever"
                        + " asks"));
  }

  private static Node status(Reply reply, String publicKey, String uid) {
    return switch (reply) {
      case Reply.Answered(var answer) -> {
        try {
          String sealed = AnswerSeal.seal(answer.encoded(), publicKey, uid);
          LOG.info("query={} action=answered", uid);
          yield Json.object("answer", sealed);
        } catch (GeneralSecurityException e) {
          yield refused(
              QueryContract.Refusal.INVALID, "nothing can be sealed to the key of the query");
        }
      }
      case Reply.Refused(var reason, var message) -> {
        LOG.info("query={} action=refused reason={}", uid, reason.text());
        yield refused(reason, message);
      }
    };
  }

  private static Node refused(QueryContract.Refusal reason, String message) {
    return Json.object(
        "refused", Json.object("reason", reason.text(), "message", OneLine.of(message, MESSAGE)));
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
