package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.agent.AgentRequest.Verb;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What reaches the agent from a person, and from nobody else. */
class AgentRequestTest {
  private static final AppName WEB = new AppName("web");
  private static final AppName PUMP = new AppName("pump");
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final Trial.Rejected REJECTED =
      new Trial.Rejected(Sha256.of("two"), Sha256.of("health"), "health", "not ready");

  @TempDir private Path root;

  private final List<Runnable> polls = new ArrayList<>();

  private Memory memory() throws IOException {
    return new Memory(new StateStore(root));
  }

  /** An app whose newest version was rolled back. */
  private void rolledBack(AppName... apps) throws IOException {
    for (AppName app : apps) {
      memory()
          .put(
              AppRecord.fresh(app)
                  .proved(new Version(Node.mapping(List.of()), Sha256.of("one"), "revision"))
                  .with(REJECTED));
    }
  }

  /** What the next agent, which knows nothing but the disk, does with what is waiting. */
  private Memory nextAgent() throws IOException {
    Memory memory = memory();
    new LocalRequests(root, memory, new Inbox()).take(polls::add, NOW);
    return memory();
  }

  private static boolean isRejected(Memory memory, AppName app) {
    return memory.get(app).trial() instanceof Trial.Rejected;
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void aRequestForAnotherAppRetriesNothing(Verb verb) throws IOException {
    rolledBack(WEB, PUMP);
    AgentRequest.ask(root, verb, PUMP);
    Memory memory = nextAgent();
    assertThat(isRejected(memory, WEB)).isTrue();
    assertThat(isRejected(memory, PUMP)).isEqualTo(verb != Verb.RECONCILE);
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void aRequestForAllRetriesNothing(Verb verb) throws IOException {
    rolledBack(WEB, PUMP);
    AgentRequest.ask(root, verb, null);
    Memory memory = nextAgent();
    assertThat(isRejected(memory, WEB)).isTrue();
    assertThat(isRejected(memory, PUMP)).isTrue();
  }

  /** Its agent was killed before it answered, and the version failed again meanwhile. */
  @Test
  void whatWasTakenIsNotDoneByTheNextAgent() throws IOException {
    rolledBack(WEB);
    AgentRequest request = AgentRequest.ask(root, Verb.RECONCILE, WEB);
    Memory memory = nextAgent();
    assertThat(isRejected(memory, WEB)).isFalse();
    memory.put(memory.get(WEB).with(REJECTED));

    assertThat(isRejected(nextAgent(), WEB)).isTrue();
    assertThat(request.isWaiting(root)).as("whoever asked still waits for an answer").isTrue();
    assertThat(polls).hasSize(2);
  }

  /** Also where no file says any more that somebody has asked, as after a power cut. */
  @Test
  void whatWasTakenStaysTaken() throws IOException {
    rolledBack(WEB);
    AgentRequest.ask(root, Verb.RECONCILE, WEB).take(root).remove(root);
    assertThat(isRejected(nextAgent(), WEB)).isTrue();
    AgentRequest.ask(root, Verb.RECONCILE, WEB);
    assertThat(isRejected(nextAgent(), WEB)).isFalse();
    for (AgentRequest request : AgentRequest.waiting(root)) {
      request.remove(root);
    }
    assertThat(isRejected(nextAgent(), WEB)).isFalse();
  }

  @Test
  void aVersionThatRestsIsTriedNowAndRemembersHowOftenItFailed() throws IOException {
    var failed =
        new Trial.Failed(Sha256.of("two"), "start", "why", 5, NOW.plus(Duration.ofMinutes(5)));
    memory().put(AppRecord.fresh(WEB).with(failed));
    AgentRequest.ask(root, Verb.RECONCILE, WEB);
    assertThat(nextAgent().get(WEB).trial())
        .isEqualTo(new Trial.Failed(Sha256.of("two"), "start", "why", 5, NOW));
  }

  @Test
  void eachIsAnsweredOnceEverythingWasChecked() throws IOException {
    var inbox = new Inbox();
    var requests = new LocalRequests(root, memory(), inbox);
    AgentRequest reconcile = AgentRequest.ask(root, Verb.RECONCILE, null);
    AgentRequest hold = AgentRequest.ask(root, Verb.HOLD, WEB);
    requests.take(polls::add, NOW);
    requests.take(polls::add, NOW);
    // The one does not take the place of the other, which polls the source first.
    assertThat(polls).hasSize(1);
    requests.checked(List.of(hold.id()));
    List<String> held = requests.handled(true, Set.of(WEB));
    assertThat(held).containsExactly(hold.id());
    assertThat(requests.handled()).isEqualTo(hold.requestedAt().toString());
    assertThat(hold.isWaiting(root)).as("the status does not say so yet").isTrue();
    requests.answered(held);
    assertThat(hold.isWaiting(root)).isFalse();
    assertThat(reconcile.isWaiting(root)).isTrue();

    // Another connection to systemd.
    requests.connected();
    requests.take(polls::add, NOW);
    assertThat(polls).hasSize(2);
    requests.answered(List.of(reconcile.id()));
    assertThat(reconcile.isWaiting(root)).isFalse();
  }

  /** Else the answer would be what became of the version before. */
  @Test
  void whoAsksToReconcileWaitsUntilNothingOfItIsUnderWay() throws IOException {
    var requests = new LocalRequests(root, memory(), new Inbox());
    AgentRequest all = AgentRequest.ask(root, Verb.RECONCILE, null);
    AgentRequest web = AgentRequest.ask(root, Verb.RECONCILE, WEB);
    AgentRequest release = AgentRequest.ask(root, Verb.RELEASE, WEB);
    requests.take(polls::add, NOW);
    assertThat(requests.handled(false, Set.of())).as("nothing was checked since").isEmpty();
    requests.checked(List.of(all.id(), web.id(), release.id()));
    assertThat(requests.handled(true, Set.of())).containsExactly(release.id());
    assertThat(requests.handled(false, Set.of(WEB))).containsExactly(release.id());
    assertThat(requests.handled(false, Set.of(new AppName("other"))))
        .containsExactlyInAnyOrder(web.id(), release.id());
    assertThat(requests.handled(false, Set.of()))
        .containsExactlyInAnyOrder(all.id(), web.id(), release.id());
    requests.answered(List.of(all.id(), web.id(), release.id()));
    assertThat(requests.handled(false, Set.of())).isEmpty();
  }

  @Test
  void onlyItsOwnerCanWriteIt() throws IOException {
    assertThat(AgentRequest.waiting(root)).isEmpty();
    AgentRequest mine = AgentRequest.ask(root, Verb.SUSPEND, null);
    assertThat(AgentRequest.waiting(root)).containsExactly(mine);
    Path directory = root.resolve("run/sandbar/requests");
    assertThat(Files.getPosixFilePermissions(directory))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    assertThat(Files.getPosixFilePermissions(file(mine)))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void anythingElseInItsPlaceIsNone() throws IOException {
    AgentRequest mine = AgentRequest.ask(root, Verb.RECONCILE, WEB);
    Path file = file(mine);
    String good = Files.readString(file);
    AgentRequest other = AgentRequest.ask(root, Verb.RECONCILE, PUMP);
    Files.move(file(other), root.resolve("run/sandbar/requests/reconcile.json"));
    for (String text :
        List.of(
            "",
            "{",
            "[]",
            "{\"poll\": true}",
            " ".repeat(5000),
            good.replace("RECONCILE", "REBOOT"),
            good.replace("\"web\"", "\"../web\""),
            good.replace(mine.id(), other.id()))) {
      assertThat(text).isNotEqualTo(good);
      Files.writeString(file, text);
      assertThat(AgentRequest.waiting(root)).as(text).isEmpty();
    }
    Files.delete(file);
    Files.createSymbolicLink(file, root.resolve("elsewhere"));
    Files.writeString(root.resolve("elsewhere"), good);
    assertThat(AgentRequest.waiting(root)).isEmpty();
  }

  private Path file(AgentRequest request) {
    return root.resolve("run/sandbar/requests/request-" + request.id() + ".json");
  }
}
