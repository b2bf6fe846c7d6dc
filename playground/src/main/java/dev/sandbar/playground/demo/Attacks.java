package dev.sandbar.playground.demo;

import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.core.model.Node;
import dev.sandbar.vdev.image.ProbeReport;
import dev.sandbar.vdev.image.ProbeReport.Attempt;
import dev.sandbar.vdev.image.ProbeReport.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What an app that asked for nothing tries, and what the kernel answers. */
final class Attacks {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private record Scene(String says, List<String> attempts) {}

  private static final List<Scene> SCENES =
      List.of(
          new Scene(
              "Out to the network, or open to it:",
              List.of(
                  "tcp4-out",
                  "tcp6-out",
                  "udp4-out",
                  "socket-packet",
                  "socket-raw-ip",
                  "bind-80",
                  "io-uring-setup")),
          new Scene(
              "Out of the sandbox:",
              List.of(
                  "unshare-user",
                  "mount-tmpfs",
                  "init-module",
                  "sysctl-core-pattern",
                  "ptrace-init",
                  "exec-tmp",
                  "exec-setuid",
                  "device-mem",
                  "dbus-system")),
          new Scene(
              "What the BrickerBot worm did to the devices that it found:",
              List.of(
                  "brick-mmcblk0",
                  "brick-mtd0",
                  "brick-root-disk",
                  "brick-rm-etc",
                  "brick-rm-usr",
                  "brick-rm-var-lib",
                  "brick-nft-flush",
                  "brick-iptables-flush",
                  "brick-route-flush",
                  "brick-tcp-timestamps",
                  "brick-threads-max",
                  "brick-reboot",
                  "brick-telnet")));

  private final Story story;
  private final Stage stage;

  Attacks(Story story, Stage stage) {
    this.story = story;
    this.stage = stage;
  }

  void tell() {
    story.chapter("An attacker inside");
    ProbeReport inside = report(stage, "visitor", 200);
    story.step(
        "probe",
        "the app 'visitor' made " + inside.attempts().size() + " attempts from inside its sandbox");
    for (Scene scene : SCENES) {
      story.prose(scene.says());
      for (String id : scene.attempts()) {
        line(id, inside.attempt(id));
      }
    }
    story.mark();
    totals(inside);
    plain(inside);
  }

  /** The report of the app's program, once it is whole. */
  static ProbeReport report(Stage stage, String app, int atLeast) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < end) {
      String unit = "sandbar-" + app + ".service";
      // Of this run alone: an earlier one under other permissions is in the journal too.
      String journal =
          stage
              .device()
              .exec(
                  "sh",
                  "-c",
                  "journalctl -o cat --no-pager _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID $0)",
                  unit)
              .stdout();
      ProbeReport report = ProbeReport.parse(journal);
      if (report.complete() && report.attempts().size() >= atLeast) {
        return report;
      }
    }
    throw new Story.Broken(
        "the probe in " + app + " did not report within " + LIMIT.toSeconds() + " s");
  }

  private void line(String id, Optional<Attempt> made) {
    if (made.isEmpty()) {
      story.wrong("attempt " + id, "the attempt was not made");
      return;
    }
    Attempt attempt = made.get();
    boolean open = attempt.outcome() == Outcome.OPEN;
    // The probe does no harm where it gets through; here nothing gets that far.
    String title = attempt.title().replaceAll(" \\((opened for writing|nothing written).*\\)", "");
    story.pair(title, open ? Style.BAD : Style.GOOD, answer(attempt));
  }

  static String answer(Attempt attempt) {
    String word =
        switch (attempt.outcome()) {
          case OPEN -> "OPEN";
          case DENIED -> "refused";
          case KILLED -> "killed";
          case TIMEOUT -> "no answer";
          case ABSENT -> "not there";
        };
    return attempt.errno().isEmpty() || attempt.outcome() == Outcome.ABSENT
        ? word
        : word + " " + attempt.errno();
  }

  private void totals(ProbeReport report) {
    long open = report.attempts().stream().filter(a -> a.outcome() == Outcome.OPEN).count();
    long refused = report.attempts().size() - open;
    int breaches = report.breaches().size();
    story.part(
        "attempts",
        new MappingBuilder()
            .put("total", report.attempts().size())
            .put("refused", refused)
            .put("open", open)
            .put("harmfulOpen", breaches)
            .put("list", Node.list(report.attempts().stream().map(Attacks::node).toList()))
            .build());
    boolean asTold = breaches == 0 && report.failedControls().isEmpty();
    story.step(
        "totals",
        asTold,
        asTold
            ? "%d attempts: %d refused; the %d that work are harmless (reading the clock, writing in its own /tmp, ...)"
                .formatted(report.attempts().size(), refused, open)
            : "harmful and open: "
                + report.breaches()
                + "; controls that failed: "
                + report.failedControls());
  }

  /** The same program as a service of plain systemd, which withholds nothing that is not named. */
  private void plain(ProbeReport inside) {
    String said =
        stage
            .device()
            .exec(
                LIMIT,
                "systemd-run",
                "--quiet",
                "--wait",
                "--pipe",
                "-p",
                "RootImage=/srv/images/probe.squashfs",
                "/usr/bin/probe")
            .stdout();
    ProbeReport plain = ProbeReport.parse(said);
    story.part(
        "plainSystemd",
        new MappingBuilder()
            .put("total", plain.attempts().size())
            .put("harmfulOpen", plain.breaches().size())
            .build());
    story.step(
        "plain",
        plain.complete()
            && plain.attempts().size() == inside.attempts().size()
            && plain.breaches().size() > 50,
        "for comparison, the same program as a service that says nothing of sandboxing: %d harmful attempts work"
            .formatted(plain.breaches().size()));
  }

  static Node node(Attempt attempt) {
    return new MappingBuilder()
        .put("id", attempt.id())
        .put("group", attempt.group())
        .put("title", attempt.title())
        .put("result", attempt.outcome().name().toLowerCase(Locale.ROOT))
        .put("errno", attempt.errno())
        .put("harmless", attempt.harmless())
        .build();
  }
}
