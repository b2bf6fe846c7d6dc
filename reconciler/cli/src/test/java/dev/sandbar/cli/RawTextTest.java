package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever looks at an app sees which walls it opens, and why. */
class RawTextTest {

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path temp;

  @SuppressWarnings("NullAway.Init")
  private String spec;

  @BeforeEach
  void write() throws IOException {
    spec =
        Files.writeString(
                temp.resolve("asking.yaml"),
                """
                apiVersion: sandbar.dev/v1alpha1
                kind: AppSandbox
                metadata: {name: asking}
                spec:
                  run: {command: [/usr/bin/app]}
                  raw:
                    - {directive: RestrictNamespaces, value: user, reason: the plug-ins of LAB-212 unshare}
                """)
            .toString();
  }

  @Test
  void explainHasTheReasonAtTheLineAndThePermissionThatIsOpenInPart() {
    var ran = Ran.sandbar("explain", spec);
    assertThat(ran.out().replaceAll("\\s+", " "))
        .contains("raw: the")
        .contains("But raw opens a part of it: RestrictNamespaces.");
    assertThat(ran.err())
        .contains(
            "opens what withholding a permission closes: runFromData (a part), nestedSandbox (a"
                + " part)");
    assertThat(Ran.sandbar("explain", spec, "-o", "json").out())
        .contains("\"openedByRaw\": \"RestrictNamespaces\"")
        .contains("\"because\": \"raw: the plug-ins of LAB-212 unshare\"");
  }

  @Test
  void aPlanSaysWhatIsOpenedAndHowExposedTheAppIsThen() {
    var ran = Ran.sandbar("plan", spec);
    assertThat(ran.out())
        .contains("raw: opens RestrictNamespaces=user: the plug-ins of LAB-212 unshare")
        .contains("exposure");
  }
}
