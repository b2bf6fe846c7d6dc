package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Fleet;
import dev.sandbar.cli.fleet.FleetException;
import dev.sandbar.cli.fleet.Inquiry;
import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.device.query.Answer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** How a command asks one device. */
final class FleetQueryOptions {
  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      description = "Wait at most this long for the answer: 30s, 1m (default: 30s).")
  private String timeout = "30s";

  /**
   * Asks, and deletes the query also when Ctrl-C comes first.
   *
   * @param device for what is said meanwhile
   */
  Answer ask(
      Terminal terminal, FleetOptions fleet, String device, Function<Fleet, Inquiry> question) {
    Duration limit = FleetWaitOptions.span("--timeout", timeout);
    return fleet.use(
        terminal,
        "asking " + device,
        (api, progress) -> {
          Inquiry inquiry = question.apply(api);
          var interrupted = new AtomicBoolean();
          try (var _ =
              Interruption.does(
                  terminal,
                  () -> {
                    interrupted.set(true);
                    inquiry.withdraw();
                    return "the query is deleted";
                  })) {
            return inquiry.answer(limit, progress);
          } catch (FleetException e) {
            if (interrupted.get()) {
              throw Interruption.awaitEnd();
            }
            throw e;
          }
        });
  }
}
