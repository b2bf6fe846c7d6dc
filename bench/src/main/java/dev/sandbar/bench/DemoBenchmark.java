package dev.sandbar.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;

/** The whole demo as a user starts it, from the command to its end, when everything is there. */
final class DemoBenchmark {

  /** A first run installs and builds what is missing. */
  private static final int LIMIT_MINUTES = 10;

  void run(int rounds) throws IOException, InterruptedException {
    demo();
    var runs = new ArrayList<Double>();
    for (int round = 0; round < rounds; round++) {
      runs.add(demo());
    }
    Report.say(
        "demo: %d runs, load %s: %s s", rounds, Report.load(), new Sample(runs).spread("%.1f"));
    Report.goal("the whole demo, median", new Sample(runs).median(), "s", 20);
    Report.goal("- the slowest", new Sample(runs).most(), "s", 20);
  }

  private static double demo() throws IOException, InterruptedException {
    Path said = Files.createTempFile("sandbar-bench-demo", ".txt");
    try {
      var builder =
          new ProcessBuilder(System.getProperty("sandbar.home", ".") + "/sandbar", "demo");
      String jdk = System.getProperty("sandbar.jdk", System.getProperty("java.home"));
      builder.environment().put("SANDBAR_JAVA_HOME", jdk);
      long begun = System.nanoTime();
      Process demo = builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
      // Told to stop, it ends its device too; also when the benchmark is interrupted.
      var hook = new Thread(demo::destroy);
      Runtime.getRuntime().addShutdownHook(hook);
      boolean ended = demo.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES);
      double seconds = (System.nanoTime() - begun) / 1e9;
      if (!ended) {
        demo.destroy();
      }
      boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
      if (!ended || demo.exitValue() != 0) {
        throw new IOException("the demo did not come out as described:\n" + Files.readString(said));
      }
      return seconds;
    } finally {
      Files.delete(said);
    }
  }
}
