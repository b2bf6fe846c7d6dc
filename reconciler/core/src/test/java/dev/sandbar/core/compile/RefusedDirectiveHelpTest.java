package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.property.DirectiveOverride;
import dev.sandbar.core.property.DirectiveTable;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the error about a directive says to write instead is something that can be written. */
class RefusedDirectiveHelpTest {

  private static final Pattern PERMISSION = Pattern.compile("permissions\\.(\\w+)");
  private static final Pattern WITHHELD = Pattern.compile("withhold permissions\\.(\\w+)");

  /**
   * Nothing in `image` or `files` does what these do, and the limits of an app count no packets.
   */
  @Test
  void noHelpNamesAFieldThatCannotReplaceTheDirective() {
    Map<String, String> help = help();
    for (String directive :
        "RootDirectory RootImageOptions RootEphemeral RootMStack MountImages ExtensionImages TemporaryFileSystem"
            .split(" ")) {
      assertThat(help.get(directive)).as(directive).isNotIn("use image", "use files");
    }
    assertThat(help.get("IPAccounting")).doesNotContain("limits");
  }

  @Test
  void everyPermissionThatIsNamedExists() {
    help()
        .forEach(
            (directive, help) ->
                assertThat(PERMISSION.matcher(help).results())
                    .as(directive)
                    .allSatisfy(it -> assertThat(Permission.find(it.group(1))).isPresent()));
  }

  /** An app in open mode is root: what it cannot lose is no help to its author. */
  @Test
  void whatCannotBeWithheldInOpenModeIsOneOfClosedMode() {
    help()
        .forEach(
            (directive, help) -> {
              Matcher named = PERMISSION.matcher(help);
              if (named.find()
                  && !Permission.find(named.group(1)).orElseThrow().canBeWithheldInOpenMode()
                  && !help.contains("ask for ")) {
                assertThat(help).as(directive).startsWith("in mode: Closed");
              }
              Matcher withheld = WITHHELD.matcher(help);
              while (withheld.find()) {
                var spec =
                    "{%s, mode: Open, permissions: {%s: false}}"
                        .formatted(CompilerTest.RUN, withheld.group(1));
                assertThat(SpecReader.read(FlowText.app("app", spec)))
                    .as(directive)
                    .isInstanceOf(SpecReader.Read.class);
              }
            });
  }

  private static Map<String, String> help() {
    var help = new TreeMap<String, String>();
    DirectiveTable.all()
        .values()
        .forEach(
            info -> {
              if (info.override() instanceof DirectiveOverride.Refused(var instead)) {
                help.put(info.name(), instead);
              }
            });
    return help;
  }
}
