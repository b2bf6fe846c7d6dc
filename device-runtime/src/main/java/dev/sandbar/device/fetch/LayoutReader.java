package dev.sandbar.device.fetch;

import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import dev.sandbar.device.kernel.RegularFile;
import dev.sandbar.device.store.DevicePaths;
import dev.sandbar.device.store.ImageManifest;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Reads a folder of the device that is laid out as the OCI image specification says (<em>Image
 * Layout</em>), on a disk that somebody has plugged in for example. What is there is not trusted:
 * links are not followed, and nothing but regular files is opened.
 */
final class LayoutReader implements BlobReader {

  private static final String FROM = "bytes=";

  private final Path root;
  private final String path;
  private final FetchLimits limits;
  private final long begun = System.nanoTime();

  /**
   * @param root of the device's file system
   * @param path of the folder on the device
   */
  LayoutReader(Path root, String path, FetchLimits limits) {
    this.root = root;
    this.path = path;
    this.limits = limits;
  }

  @Override
  public byte[] manifest(Sha256 digest) throws IOException {
    byte[] bytes;
    try (Answer answer = blob(digest, Map.of())) {
      bytes = answer.bytes(ImageManifest.LONGEST);
    }
    if (!Sha256.of(bytes).equals(digest)) {
      throw new FetchException("the manifest that is there is not what the digest promises");
    }
    return bytes;
  }

  @Override
  public Answer blob(Sha256 digest, Map<String, String> headers) throws IOException {
    FileChannel file = open(digest);
    boolean opened = false;
    try {
      long size = file.size();
      String range = headers.getOrDefault("Range", "");
      long first =
          range.isEmpty() ? 0 : Long.parseLong(range, FROM.length(), range.length() - 1, 10);
      Answer answer = answer(file, first, size);
      opened = true;
      return answer;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /** As a web server would answer: the rest of a fetch is the same. */
  private Answer answer(FileChannel file, long first, long size) throws IOException {
    boolean part = first > 0 && first < size;
    file.position(part ? first : 0);
    Map<String, List<String>> headers =
        part
            ? Map.of("Content-Range", List.of("bytes %d-%d/%d".formatted(first, size - 1, size)))
            : Map.of("Content-Length", List.of(Long.toString(size)));
    return new Answer(
        part ? 206 : 200,
        HttpHeaders.of(headers, (_, _) -> true),
        new BodyReader(Channels.newInputStream(file), limits, begun));
  }

  private FileChannel open(Sha256 digest) throws IOException {
    Path folder = root.resolve(DevicePaths.resolve(root, path).substring(1));
    if (!Files.isRegularFile(folder.resolve("oci-layout"), LinkOption.NOFOLLOW_LINKS)) {
      throw new FetchException(
          "there is no OCI layout (a folder with the file oci-layout); check that the disk is"
              + " mounted, or make one with 'skopeo copy ... oci:FOLDER'");
    }
    for (String part : List.of("blobs", "sha256")) {
      folder = folder.resolve(part);
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw new FetchException("its %s is not a folder".formatted(part));
      }
    }
    try {
      return RegularFile.open(folder.resolve(digest.hex()));
    } catch (NoSuchFileException e) {
      throw new FetchException(
          "it has no %s%s; check the digest".formatted(ImageLocation.ALGORITHM, digest.hex()));
    } catch (FileSystemException e) {
      throw new FetchException(
          "its %s%s %s"
              .formatted(
                  ImageLocation.ALGORITHM,
                  digest.hex(),
                  e.getReason() == null ? "cannot be read" : e.getReason()));
    }
  }
}
