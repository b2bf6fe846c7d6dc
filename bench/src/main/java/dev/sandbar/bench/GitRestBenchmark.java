package dev.sandbar.bench;

import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.source.git.GitLimits;
import dev.sandbar.source.git.GitRepositorySource;
import dev.sandbar.source.git.GitSettings;
import dev.sandbar.source.git.PollResult;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a device that follows a repository costs its link while there is nothing new. */
final class GitRestBenchmark {
  private static final int POLLS = 10;

  /** A connection is kept for five seconds, and the agent polls once a minute. */
  private static final long PAUSE_MILLIS = 7_000;

  void run() throws Exception {
    Path folder = Files.createTempDirectory("sandbar-bench-rest");
    Path served = folder.resolve("served");
    TestRepository.create(served.resolve("repo"))
        .write(
            "app.yaml",
            TestRepository.APP + "metadata: {name: a}\nspec: {run: {command: [/usr/bin/true]}}\n")
        .commit();
    try (HttpsGitServer server = HttpsGitServer.start(served);
        var relay = new CountedRelay(URI.create(server.url("repo")).getPort())) {
      String url = server.url("repo").replaceFirst(":\\d+/", ":" + relay.port() + "/");
      var settings = GitSettings.of(url).withCa(HttpsGitServer.caFile(served));
      var source = new GitRepositorySource(settings, GitLimits.DEFAULT, folder.resolve("state"));
      if (!(source.poll("") instanceof PollResult.Fetched(var snapshot))) {
        throw new IllegalStateException("the repository cannot be read");
      }
      String revision = snapshot.revision();
      // The first poll may find a connection that is left.
      Thread.sleep(PAUSE_MILLIS);
      long before = relay.sent() + relay.received();
      for (int i = 0; i < POLLS; i++) {
        if (!(source.poll(revision) instanceof PollResult.Unchanged)) {
          throw new IllegalStateException("nothing was to be new");
        }
        Thread.sleep(PAUSE_MILLIS);
      }
      double poll = (relay.sent() + relay.received() - before) / (double) POLLS;
      Report.say(
          "rest: a poll of a repository with nothing new: %.0f bytes in both directions; a day at"
              + " one a minute %.2f MiB, at one an hour %.1f KiB",
          poll, 1_440 * poll / (1 << 20), 24 * poll / 1024);
    } finally {
      Folders.delete(folder);
    }
  }
}
