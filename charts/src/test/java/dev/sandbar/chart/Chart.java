package dev.sandbar.chart;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The chart, and what Helm makes of it. */
final class Chart {
  /** Where nobody has pushed it: nothing of these tests pulls an image. */
  static final String IMAGE = "registry.example/sandbar-operator";

  static final Path FOLDER = Path.of("sandbar").toAbsolutePath();

  private Chart() {}

  /** The objects that the chart renders with these values, as a release {@code sandbar}. */
  static List<Map<String, Object>> render(String values) {
    return parse(text(values));
  }

  static String text(String values) {
    Path file = valuesFile(values);
    try {
      return (values.contains("image:")
              ? new Helm(FOLDER).template()
              : new Helm(FOLDER).template().set("image.repository", IMAGE))
          .withName("sandbar")
          .withNamespace("sandbar-system")
          .withKubeVersion("1.36.0")
          .withValuesFile(file)
          .call();
    } finally {
      delete(file);
    }
  }

  static Path valuesFile(String values) {
    try {
      return Files.writeString(Files.createTempFile("values", ".yaml"), values);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(String name) {
    try {
      return Files.readString(FOLDER.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Map<String, Object>> parse(String yaml) {
    var objects = new ArrayList<Map<String, Object>>();
    for (Object document :
        new Load(LoadSettings.builder().setMaxAliasesForCollections(0).build())
            .loadAllFromString(yaml)) {
      if (document instanceof Map<?, ?> object) {
        var copy = new LinkedHashMap<String, Object>();
        object.forEach((key, value) -> copy.put(String.valueOf(key), value));
        objects.add(copy);
      }
    }
    return objects;
  }

  /** The object of this kind and name. */
  static Map<String, Object> find(List<Map<String, Object>> objects, String kind, String name) {
    return objects.stream()
        .filter(o -> kind.equals(o.get("kind")) && name.equals(at(o, "metadata", "name")))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + kind + " " + name + " was rendered"));
  }

  /** A value by the keys and list positions that lead to it. */
  static Object at(Object tree, Object... path) {
    Object found = tree;
    for (Object step : path) {
      Object next =
          switch (found) {
            case Map<?, ?> map -> map.get(step);
            case List<?> list when step instanceof Integer index -> list.get(index);
            default -> null;
          };
      if (next == null) {
        throw new AssertionError("there is no " + List.of(path) + " in " + tree);
      }
      found = next;
    }
    return found;
  }
}
