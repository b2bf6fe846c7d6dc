package dev.sandbar.schema;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.ContentLookup;
import dev.sandbar.source.FoundContent;
import dev.sandbar.source.Included;
import dev.sandbar.source.Inclusion;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Specs in short form: {@code RUN} stands for a program, {@code SHA} for a digest, {@code LONG} for
 * a long name and {@code HUGE} for many long arguments.
 */
final class Specs {

  private static final String RUN = "run: {command: [/usr/bin/app]}";
  private static final String SHA = "a".repeat(64);

  /** A name that is too long for anything. */
  private static final String LONG = "x".repeat(400);

  /** Arguments of which each is short enough, and all together are not. */
  private static final String HUGE = String.join(", ", Collections.nCopies(17, "x".repeat(4_000)));

  private Specs() {}

  /** The lines of a resource, without comments. */
  static List<String> lines(String resource) {
    try {
      return Files.readString(Path.of("src/test/resources", resource))
          .lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The object with this spec, or the whole document if it is one. */
  static Node document(String name, String spec) {
    String text =
        spec.strip()
            .replace("RUN", RUN)
            .replace("SHA", SHA)
            .replace("LONG", LONG)
            .replace("HUGE", HUGE);
    return yaml(
        text.contains("apiVersion")
            ? text
            : "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: %s},\nspec: %s}"
                .formatted(name, text));
  }

  static Node yaml(String text) {
    var read = YamlReader.read("app.yaml", text.getBytes(StandardCharsets.UTF_8));
    if (!read.diagnostics().isEmpty()) {
      throw new IllegalArgumentException(text + ": " + read.diagnostics());
    }
    return read.documents().getFirst();
  }

  static String json(String name, String spec) {
    return json(document(name, spec));
  }

  static String json(Node document) {
    return JsonWriter.compact(document);
  }

  /** No files, and every ConfigMap that can be named. */
  private static final class Values implements ContentLookup {
    @Override
    public Included file(String path) {
      return FoundContent.missing();
    }

    @Override
    public Included configMap(ConfigMapKey key) {
      return new Included.Text(key.toString());
    }

    @Override
    public Included secret(SecretRef ref) {
      return new Included.InCluster();
    }

    @Override
    public Included appContent(FileContent.Kept kept) {
      return new Included.Large(kept);
    }
  }

  /**
   * What the reader and the compiler say against it, for a device with the volumes of the tests.
   */
  static List<Diagnostic> objections(Node document) {
    return switch (Inclusion.expand("app.yaml", document, new Values()).outcome()) {
      case SpecReader.Refused refused -> refused.diagnostics();
      case SpecReader.Read(var app, _) -> {
        var volumes = new TreeMap<String, String>();
        for (String volume : List.of("media", "sensors", "records", "metrics", "pages", "a", "b")) {
          volumes.put(volume, "/srv/" + volume);
        }
        var facts = ReferenceDevice.facts().configured(Map.of(), volumes);
        yield switch (Compiler.compile(app, facts)) {
          case Compilation.Rejected rejected -> rejected.errors();
          case Compilation.Compiled _ -> List.of();
        };
      }
    };
  }
}
