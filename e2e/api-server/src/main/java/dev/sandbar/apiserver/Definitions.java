package dev.sandbar.apiserver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The definitions of kinds that were applied. Tests that share a server each apply those that they
 * need, which costs half a second even where all of them stand: that is looked at first.
 */
final class Definitions {
  private static final String LIST = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String METADATA =
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

  /** The id differs after a definition was made anew, the generation after it was changed. */
  private static final Pattern EDITION =
      Pattern.compile(
          "\"uid\":\"([^\"]+)\",\"resourceVersion\":\"[0-9]+\",\"generation\":([0-9]+)");

  private final Kubectl kubectl;
  private final HttpProbe probe;
  private final String url;
  private final Map<Path, Applied> applied = new HashMap<>();

  Definitions(Kubectl kubectl, HttpProbe probe, String url) {
    this.kubectl = kubectl;
    this.probe = probe;
    this.url = url + LIST;
  }

  /**
   * What was applied and what the server then had.
   *
   * @param manifests all text of the files
   * @param served all definitions of the server, as they were made or last changed
   */
  private record Applied(String manifests, TreeSet<String> served) {}

  /** Applies a file or folder and waits until its kinds are served. */
  synchronized void apply(Path manifests) {
    Path place = manifests.toAbsolutePath().normalize();
    String text = text(place);
    var standing = new Applied(text, served());
    if (standing.served().isEmpty() || !standing.equals(applied.get(place))) {
      kubectl.run("apply", "--server-side", "-f", place.toString()).orThrow();
      kubectl.run("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all").orThrow();
      applied.put(place, new Applied(text, served()));
    }
  }

  private TreeSet<String> served() {
    return EDITION
        .matcher(probe.get(url, METADATA).orElse(""))
        .results()
        .map(MatchResult::group)
        .map(edition -> edition.replaceFirst("\"resourceVersion\":\"[0-9]+\",", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String text(Path place) {
    try (Stream<Path> found = Files.walk(place)) {
      var all = new StringBuilder();
      for (Path file : found.filter(Files::isRegularFile).sorted().toList()) {
        all.append(file).append('\n').append(Files.readString(file));
      }
      return all.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
