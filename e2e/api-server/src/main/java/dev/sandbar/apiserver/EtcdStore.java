package dev.sandbar.apiserver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The data of etcd: its history, by its HTTP gateway, and its files, while it is stopped. */
record EtcdStore(HttpProbe probe, String url, Path data) {
  private static final Pattern REVISION = Pattern.compile("\"revision\":\"([0-9]+)\"");

  long compact() {
    // Any question tells the revision; this one is about a key that is not there.
    Matcher newest = REVISION.matcher(probe.answer(url + "/v3/kv/range", "{\"key\":\"AA==\"}"));
    if (!newest.find()) {
      throw new ApiServerException("etcd tells no revision");
    }
    long revision = Long.parseLong(newest.group(1));
    String unused =
        probe.answer(
            url + "/v3/kv/compaction", "{\"revision\":%d,\"physical\":true}".formatted(revision));
    return revision;
  }

  void copyTo(Path folder) {
    copy(data, folder);
  }

  void replaceBy(Path folder) {
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    copy(folder, data);
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> found = Files.walk(from)) {
      List<Path> files = found.toList();
      for (Path file : files) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
