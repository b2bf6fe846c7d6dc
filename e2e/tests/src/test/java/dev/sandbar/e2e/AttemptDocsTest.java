package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.probe.ProbeJudgement;
import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The page of what each permission opens is made from the rows that {@link PermissionTest} holds
 * the kernel to. {@code -Dsandbar.docs.write=true} writes it anew.
 */
class AttemptDocsTest {
  private static final Path PAGE = Path.of("../../docs/reference/attempts.md");

  @Test
  void whatIsOpenedAndClosed() throws IOException {
    var page =
        new StringBuilder(
            """
            # What each permission opens, as tried

            <!-- Generated from the rows of PermissionTest by AttemptDocsTest; edits here are lost. -->

            The kit has %d attempts ([how](../../e2e/probe/README.md)). `PermissionTest` runs all of them in an app for each row, in the sandbox
            that Sandbar makes of the row and nothing else, on Debian 13 (systemd 257), and for most rows on Debian 12 and forky too (252, 262).
            It fails if any attempt is open that does not stand in the row, and if one that stands there is not: so each row says what was
            observed on Debian 13. Where a row is tried with an image and with the device's own files, both were the same. `sandbar probe APP`
            makes the same attempts in an app of yours.

            Not among them are attempts that no app can make on the virtual devices of the tests, whatever it is granted (no modules and no such
            drivers, a read-only /proc), so that nothing was observed: %s; and, where they would be opened, %s: systemd can raise no limit in a container.

            ## In closed mode: what a grant opens

            | spec | opened |
            | --- | --- |
            """
                .formatted(
                    ProbeJudgement.known().size(),
                    ids(AttemptSets.NOT_SEEN),
                    ids(AttemptSets.NOT_GIVEN)));
    var notOpened = new TreeSet<>(AttemptSets.NOT_SEEN);
    notOpened.addAll(AttemptSets.NOT_GIVEN);
    table(page, PermissionRows.closed(Suite.TRIXIE), notOpened);
    page.append(
        """

        ## In open mode: what is closed by name

        | spec, with `mode: Open` | closed |
        | --- | --- |
        """);
    table(page, WithheldRows.of(Suite.TRIXIE), AttemptSets.NOT_SEEN);
    if (Boolean.getBoolean("sandbar.docs.write")) {
      Files.writeString(PAGE, page.toString());
    }
    assertThat(PAGE).as("run with -Dsandbar.docs.write=true").hasContent(page.toString());
  }

  private static void table(
      StringBuilder page, List<PermissionRows.Row> rows, SortedSet<String> notSeen) {
    Map<String, String> bySpec = new LinkedHashMap<>();
    for (PermissionRows.Row row : rows) {
      var seen = new TreeSet<>(row.moves());
      seen.removeAll(notSeen);
      String attempts =
          row.moves().isEmpty() ? "nothing" : seen.isEmpty() ? "*not observed*" : ids(seen);
      String other = bySpec.put(shown(row), attempts);
      assertThat(other).as(row.spec()).isIn(null, attempts);
    }
    bySpec.forEach((spec, attempts) -> page.append("| %s | %s |%n".formatted(spec, attempts)));
  }

  private static String shown(PermissionRows.Row row) {
    var lines = new ArrayList<String>();
    row.spec()
        .lines()
        .filter(line -> !line.equals("mode: Open"))
        .forEach(line -> lines.add("`" + line.stripTrailing() + "`"));
    return String.join("<br>", lines);
  }

  private static String ids(SortedSet<String> attempts) {
    return attempts.stream().map(id -> "`" + id + "`").collect(Collectors.joining(", "));
  }
}
