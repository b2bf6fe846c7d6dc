package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.source.text.YamlReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the owner's token to a member, by the commands that both type. */
class EnrolCommandTest {

  @Test
  void theLineThatTheOwnerGetsMakesADeviceAMember(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api, @TempDir Path root)
      throws Exception {
    api.applyCrds(FleetOnApiServerTest.CRDS);
    String namespace = api.newNamespace("enrol");
    Ran made =
        Ran.with(
            Map.of("KUBECONFIG", api.kubeconfig().toString()),
            "",
            "fleet",
            "token",
            "create",
            "-n",
            namespace);
    assertThat(made.code()).as(made.err()).isZero();
    List<String> printed = List.of(made.out().strip().replaceFirst("^sandbar ", "").split(" "));
    String token = printed.get(printed.indexOf("--token") + 1);

    Ran unseen = run(root, printed, "1s");
    assertThat(unseen.code()).isEqualTo(ExitCode.ERROR);
    assertThat(flat(unseen)).contains("shows no authority", "--ca-file");
    api.publishClusterInfo(api.url());
    var wrong = new ArrayList<>(printed);
    wrong.set(wrong.size() - 1, "0".repeat(64));
    assertThat(flat(run(root, wrong, "1s"))).contains("is not the one that --ca-sha256 names");
    assertThat(root.resolve("var/lib/sandbar")).doesNotExist();

    Ran waiting = run(root, printed, "2s");
    assertThat(waiting.code()).isEqualTo(ExitCode.ERROR);
    assertThat(flat(waiting)).contains("waiting for approval", "to continue");
    Matcher consent =
        Pattern.compile("sandbar (fleet approve pump-1 -n \\S+ --key [0-9a-f]{64})")
            .matcher(flat(waiting));
    assertThat(consent.find()).as(waiting.err()).isTrue();
    Ran approved =
        Ran.with(
            Map.of("KUBECONFIG", api.kubeconfig().toString()), "", consent.group(1).split(" "));
    assertThat(approved.code()).as(approved.err()).isZero();
    Ran member = run(root, printed, "2m");

    assertThat(member.code()).as(member.err()).isZero();
    assertThat(member.err()).contains("enrolled as " + namespace + "/pump-1");
    assertThat(member.out() + member.err() + waiting.err()).doesNotContain(token, "PRIVATE");
    byte[] settings = Files.readAllBytes(root.resolve("etc/sandbar/agent.yaml"));
    assertThat(
            DeviceSettingsReader.read(
                YamlReader.read("agent.yaml", settings).documents().getFirst()))
        .isInstanceOfSatisfying(
            DeviceSettingsReader.Outcome.Read.class,
            read ->
                assertThat(read.settings().fleet())
                    .isEqualTo(
                        new DeviceSettings.Fleet(api.url(), namespace, "pump-1", "", false)));
  }

  @Test
  void whatCannotBeRightIsRefusedBeforeAnythingIsDone(@TempDir Path root) {
    for (String[] wrong :
        new String[][] {
          {"http://example.com", "abcdef.0123456789abcdef", "not an https URL"},
          {"https://example.com", "abcdef", "not a bootstrap token"},
        }) {
      Ran ran = run(root, List.of("enrol", "--server", wrong[0], "--token", wrong[1]), "1s");
      assertThat(ran.code()).isEqualTo(ExitCode.ERROR);
      assertThat(flat(ran)).contains(wrong[2]);
    }
    assertThat(root).isEmptyDirectory();
  }

  private static Ran run(Path root, List<String> line, String timeout) {
    var all = new ArrayList<>(line);
    all.addAll(List.of("--root", root.toString(), "--name", "pump-1", "--timeout", timeout));
    return Ran.with(Map.of(), "", all.toArray(String[]::new));
  }

  private static String flat(Ran ran) {
    return ran.err().replaceAll("\\s+", " ");
  }
}
