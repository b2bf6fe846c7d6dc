package dev.sandbar.device.fetch;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.HttpsReader.Answer;
import java.io.IOException;
import java.util.Map;

/** Where manifests and the files that they name are kept by their digests. */
interface BlobReader {

  /**
   * A manifest or index, as it came.
   *
   * @throws FetchException if it is not to be had, or is not what the digest promises
   */
  byte[] manifest(Sha256 digest) throws IOException, InterruptedException;

  /** A file, or the part of it that the headers ask for. */
  Answer blob(Sha256 digest, Map<String, String> headers) throws IOException, InterruptedException;
}
