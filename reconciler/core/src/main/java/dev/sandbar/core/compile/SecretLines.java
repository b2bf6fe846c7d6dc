package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Problem;

/** Secrets, which systemd decrypts when it starts the app (systemd.exec(5), Credentials). */
final class SecretLines {

  private static final String BECAUSE = "secrets";
  private static final String CORE = "LimitCORE";

  /**
   * A limit of 0 is not enough where core_pattern names a program: the kernel passes it the core
   * whatever the limit is. Only a limit of 1 makes it write none at all (coredump_pipe() in
   * fs/coredump.c), and for a file it is as good as 0.
   */
  private static final String NO_CORE = "1";

  private SecretLines() {}

  static void check(
      AppSpec app, DirectiveOverrides overrides, DeviceFacts facts, Complaints complaints) {
    if (app.secrets().isEmpty()) {
      return;
    }
    if (facts.systemdVersion() < AppSecret.SINCE_SYSTEMD) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          app.secrets().getFirst().at(),
          "secrets need systemd %d or newer, and this device has %d"
              .formatted(AppSecret.SINCE_SYSTEMD, facts.systemdVersion()),
          "upgrade the device, or select devices that are newer");
    }
    if (!overrides.settings().getOrDefault(CORE, "0").equals("0")) {
      app.directives().stream()
          .filter(directive -> directive.name().equals(CORE))
          .forEach(
              directive ->
                  complaints.error(
                      Problem.CONFLICT,
                      directive.at(),
                      "directives.%s: a core dump of an app with secrets would hold them"
                          .formatted(CORE),
                      "remove it, or remove secrets"));
    }
  }

  /** After everything else that sets a limit. */
  static void write(Draft draft, AppSpec app) {
    if (app.secrets().isEmpty()) {
      return;
    }
    for (AppSecret secret : app.secrets()) {
      draft.service(
          "LoadCredentialEncrypted",
          EscapedText.words(secret.name() + ":" + SecretStorePath.of(secret)),
          BECAUSE);
    }
    draft.replace(CORE, EscapedText.words(NO_CORE), BECAUSE);
  }
}
