package dev.sandbar.playground.demo;

import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.core.model.Node;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import dev.sandbar.vdev.image.ProbeReport;
import dev.sandbar.vdev.image.ProbeReport.Attempt;
import dev.sandbar.vdev.image.ProbeReport.Outcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A commit grants one address of the internet: the app reaches it, and nothing else. */
final class GrantAct {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String NEIGHBOUR = "198.51.100.3";
  private static final int PORT = 80;

  private final Story story;
  private final SandbarCommand sandbar;
  private final Stage stage;
  private final AgentStatus status;
  private final FleetRepository fleet;

  GrantAct(
      Story story, SandbarCommand sandbar, Stage stage, AgentStatus status, FleetRepository fleet) {
    this.story = story;
    this.sandbar = sandbar;
    this.stage = stage;
    this.status = status;
    this.fleet = fleet;
  }

  void tell() throws IOException {
    story.chapter("A commit that grants one address of the internet");
    try (var server = listen()) {
      reach();
      ProbeReport before = Attacks.report(stage, "uplink", 3);
      show("before", before);
      story.step(
          "before", none(before), "the app 'uplink' has internet: false, and reaches none of them");
      String change = fleet.apply("grant-internet.patch");
      story.quote("git diff uplink.yaml", change);
      Opening.plan(story, sandbar, stage);
      String commit = fleet.commit("Let the uplink reach its server");
      String head = fleet.head();
      if (!status.await(LIMIT, seen -> seen.runs("uplink", head))) {
        throw new Story.Broken("the commit was not applied: " + status.now().ails());
      }
      story.step("applied", "committed " + commit + ", fetched, applied, restarted and read back");
      ProbeReport after = Attacks.report(stage, "uplink", 3);
      show("after", after);
      story.step(
          "after",
          open(after, "tcp4-out") && !open(after, "tcp6-out") && !open(after, "lan-tcp4"),
          "it reaches that address, and nothing else");
      story.mark();
      server.close();
    }
  }

  /** A web server of the internet, with a neighbour. */
  private ServerSocket listen() {
    try {
      stage
          .network()
          .exec(Peer.INTERNET, LIMIT, "ip", "address", "add", NEIGHBOUR + "/32", "dev", "lo")
          .orThrow();
      ServerSocket server =
          stage.network().namespace(Peer.INTERNET).call(() -> new ServerSocket(PORT));
      Thread.ofPlatform().daemon().name("internet").start(() -> serve(server));
      return server;
    } catch (Exception e) {
      throw new Story.Broken("the internet of the demo did not come up: " + e.getMessage());
    }
  }

  private static void serve(ServerSocket server) {
    try {
      while (true) {
        server.accept().close();
      }
    } catch (IOException _) {
      return; // it was closed
    }
  }

  /** Without this, a refusal would prove nothing. */
  private void reach() {
    for (String host : List.of(Peer.INTERNET.ipv4(), NEIGHBOUR, Peer.INTERNET.ipv6())) {
      try {
        stage
            .device()
            .network()
            .call(
                () -> {
                  try (var socket = new Socket()) {
                    socket.connect(new InetSocketAddress(host, PORT), 5000);
                    return socket;
                  }
                });
      } catch (Exception e) {
        throw new Story.Broken("the device itself does not reach " + host + ": " + e.getMessage());
      }
    }
    story.step("reach", "three hosts listen, and the device itself reaches each of them");
  }

  private void show(String when, ProbeReport report) {
    var list = new ArrayList<Node>();
    for (Attempt attempt : report.attempts()) {
      boolean open = attempt.outcome() == Outcome.OPEN;
      String title = attempt.title().replace(" on the local network", "");
      story.pair(
          title, open ? Style.WARN : Style.GOOD, open ? "connected" : Attacks.answer(attempt));
      list.add(Attacks.node(attempt));
    }
    story.part("reach-" + when, new MappingBuilder().put("attempts", Node.list(list)).build());
  }

  private static boolean none(ProbeReport report) {
    return report.attempts().stream().noneMatch(a -> a.outcome() == Outcome.OPEN);
  }

  private static boolean open(ProbeReport report, String id) {
    return report
        .attempt(id)
        .filter(a -> a.outcome() == Outcome.OPEN && a.errno().isEmpty())
        .isPresent();
  }
}
