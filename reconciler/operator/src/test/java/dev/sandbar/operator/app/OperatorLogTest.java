package dev.sandbar.operator.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class OperatorLogTest {
  private static final Exception FAILURE =
      new IllegalStateException("no\nserver", new IllegalArgumentException("statusCode"));

  @Test
  void aFailureStandsInItsLine() throws Exception {
    String said =
        logged("line", log -> log.warn("object={} action=retry\r\nand more", "a", FAILURE));
    assertThat(said)
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\S+ WARN Part - object=a action=retry"
                + " and more java\\.lang\\.IllegalStateException: no server at dev\\.sandbar[^\n]*"
                + "Caused by: java\\.lang\\.IllegalArgumentException: statusCode[^\n]*\n")
        .doesNotContain("junit");
  }

  @Test
  void whoDebugsSeesTheStack() throws Exception {
    assertThat(logged("stack", log -> log.error("x", FAILURE)).lines())
        .anyMatch(line -> line.startsWith("\tat org.junit"));
  }

  @Test
  void librariesSayOnlyWhatMayBeWrong() throws Exception {
    assertThat(
            logged(
                "line",
                log -> {
                  log.info("mine");
                  log.debug("detail");
                }))
        .contains("mine")
        .doesNotContain("detail");
    for (String library : List.of("io.fabric8.kubernetes.X", "org.apache.sshd.X", "any.X")) {
      assertThat(logged("line", library, log -> log.info("theirs"))).isEmpty();
      assertThat(logged("line", library, log -> log.warn("wrong"))).contains("wrong");
    }
  }

  private static String logged(String appender, Consumer<Logger> what) throws Exception {
    return logged(appender, "dev.sandbar.operator.Part", what);
  }

  private static String logged(String appender, String name, Consumer<Logger> what)
      throws Exception {
    var bytes = new ByteArrayOutputStream();
    PrintStream real = System.err;
    var context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    context.putProperty("sandbar.log", appender);
    try (var captured = new PrintStream(bytes, true, UTF_8)) {
      System.setErr(captured);
      var configurator = new JoranConfigurator();
      configurator.setContext(context);
      configurator.doConfigure(
          Objects.requireNonNull(OperatorLogTest.class.getResource("/logback.xml")));
      what.accept(context.getLogger(name));
      context.stop();
    } finally {
      System.setErr(real);
    }
    return bytes.toString(UTF_8);
  }
}
