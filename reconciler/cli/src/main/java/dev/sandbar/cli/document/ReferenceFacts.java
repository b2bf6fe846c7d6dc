package dev.sandbar.cli.document;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The facts of a device that stands in where there is none: Debian 13 on x86-64, of which
 * everything that Sandbar asks for is supported.
 */
public final class ReferenceFacts {
  /** What the stand-in is, for people. */
  public static final String TITLE = "Debian 13, systemd 257, x86-64";

  private static final String RESOURCE = "syscalls-257.txt";
  private static final String KNOWN = "@known";

  private ReferenceFacts() {}

  /** The facts. */
  public static DeviceFacts facts() {
    var groups = new TreeMap<String, SortedSet<String>>();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(ReferenceFacts.class.getResourceAsStream(RESOURCE)),
                StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("@")) {
          List<String> words = List.of(line.split(" "));
          groups.put(words.getFirst(), new TreeSet<>(words.subList(1, words.size())));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new DeviceFacts(
        257,
        "6.12",
        "x86-64",
        new TreeSet<>(Arrays.asList(Feature.values())),
        groups,
        Objects.requireNonNull(groups.get(KNOWN)),
        new TreeMap<>(),
        new TreeMap<>());
  }
}
