package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;

/** Apps that tests declare. */
final class Manifests {

  /** Sleeps. */
  static final String SLEEPER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: sleeper}
      spec:
        run: {command: [/usr/bin/sleep, infinity]}
        drift: {mode: Correct}
      """;

  private Manifests() {}

  /** The only document of a text. */
  static Node node(String yaml) {
    var read = YamlReader.read("app.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    assertThat(read.diagnostics()).isEmpty();
    return read.documents().getFirst();
  }

  /** The app that it declares. */
  static AppSpec spec(Node manifest) {
    if (SpecReader.read(manifest) instanceof SpecReader.Read(var app, _)) {
      return app;
    }
    throw new AssertionError("not read: " + manifest);
  }
}
