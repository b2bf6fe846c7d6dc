package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManPageTest {

  @Test
  void everyCommandHasOneThatSaysWhatItsHelpSays(@TempDir Path folder) throws Exception {
    assertThat(Ran.sandbar("man-pages", folder.toString()).code()).isZero();
    try (Stream<Path> pages = Files.list(folder)) {
      assertThat(pages.map(page -> page.getFileName().toString()))
          .contains("sandbar.1", "sandbar-plan.1", "sandbar-fleet.1")
          .doesNotContain("sandbar-man-pages.1");
    }
    assertThat(Files.readString(folder.resolve("sandbar.1")))
        .contains(".BR \"sandbar\\-plan\" \"(1)\"", "Exit codes:", "/etc/sandbar/agent.yaml")
        .doesNotContain("man\\-pages");
    assertThat(Files.readString(folder.resolve("sandbar-plan.1")))
        .startsWith(".TH \"SANDBAR\\-PLAN\" \"1\"")
        .contains(
            "sandbar\\-plan \\- show what would change on a device",
            ".B \"\\-\\-set=ALIAS=VALUE\"\nOverride a permission",
            "  sandbar plan apps/");
    assertThat(Files.readString(folder.resolve("sandbar-fleet.1")))
        .contains(".SS \"sandbar fleet status\"", "\\-\\-kubeconfig=FILE");
  }

  @Test
  void noLineOfTextIsTakenForAMacro(@TempDir Path folder) throws Exception {
    assertThat(Ran.sandbar("man-pages", folder.toString()).code()).isZero();
    try (Stream<Path> pages = Files.list(folder)) {
      for (Path page : pages.toList()) {
        assertThat(Files.readAllLines(page))
            .as(page.getFileName().toString())
            .allMatch(line -> line.matches("(?s)[^.'].*|\\.(TH|SH|SS|TP|PP|B|BR|nf|fi)( \".*\")*"));
      }
    }
  }
}
