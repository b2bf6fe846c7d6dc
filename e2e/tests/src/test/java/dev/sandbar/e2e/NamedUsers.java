package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Apps of {@link PermissionTest} whose uid has a name. Two have the same one, and one has that of a
 * user of the device.
 */
final class NamedUsers {

  private static final String ASK =
      "my @me = getpwuid($<); my @named = getpwnam($me[0]); my @group = getgrgid($( + 0);"
          + " print qq(ME $me[0] $me[7] $ENV{HOME} $ENV{USER} group $group[0] ),"
          + " $named[2] == $< ? q(SAME) : q(OTHER), qq(\\n);"
          + " open(my $file, q(>), $ENV{HOME} . q(/made)) and print qq(WROTE\\n);"
          + " print q(TAKEN ), getpwuid(0) ne q(root) || setuid0() ? q(yes) : q(no), qq(\\n);"
          + " sub setuid0 { local $> = 0; $> == 0 } print qq(END\\n); sleep 1000000";

  private NamedUsers() {}

  /** Manifests by name. */
  static Map<String, String> all() {
    var apps = new LinkedHashMap<String, String>();
    apps.put("user-one", app("user-one", "{name: postgres}", "{state: true}"));
    apps.put("user-two", app("user-two", "{name: postgres}", "{cache: true}"));
    apps.put("user-device", app("user-device", "{name: daemon, home: /tmp/at}", "{}"));
    return apps;
  }

  private static String app(String name, String user, String permissions) {
    String script = ASK.replace("\\n", "\\\\n");
    return Workbench.manifest(
        name,
        """
        run:
            command: [/usr/bin/perl, -e, "mkdir $ENV{HOME}; $| = 1; %s"]
            user: %s
          permissions: %s
        """
            .formatted(script, user, permissions));
  }

  /** Each has its name and its home, and is nobody else. */
  static void areNobodyElse(Workbench bench) {
    Map<String, String> answers =
        Map.of(
            "user-one",
                "ME postgres /var/lib/sandbar-user-one /var/lib/sandbar-user-one postgres group postgres SAME",
            "user-two",
                "ME postgres /var/cache/sandbar-user-two /var/cache/sandbar-user-two postgres group postgres SAME",
            "user-device", "ME daemon /tmp/at /tmp/at daemon group daemon SAME");
    answers.forEach(
        (app, answer) -> {
          await().atMost(Apps.SOON).until(() -> bench.journal(app).contains("END"));
          assertThat(bench.journal(app).lines()).contains(answer, "WROTE", "TAKEN no");
          assertThat(bench.differences(app)).isEmpty();
        });
    List<String> uids = answers.keySet().stream().map(app -> uid(bench, app)).toList();
    assertThat(uids).doesNotHaveDuplicates().doesNotContain("0", "1");
  }

  private static String uid(Workbench bench, String app) {
    return bench
        .sh(
            "stat -c %%u /proc/$(systemctl show --value --property=MainPID sandbar-%s.service)"
                .formatted(app))
        .strip();
  }
}
