package dev.sandbar.source;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.core.model.DeviceVariables;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.ReadResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;

/** What is found where a manifest names the content of a file. */
public final class FoundContent {

  private static final int MOST_BYTES = Inclusion.MOST_BYTES;

  /** A smaller file makes no room for others by being kept. */
  private static final int LEAST_KEPT = 4096;

  private static final String GROUP =
      SpecReader.API_VERSION.substring(0, SpecReader.API_VERSION.indexOf('/') + 1);

  private FoundContent() {}

  /**
   * What a file with this content is to a manifest that names it.
   *
   * @param isManifest whether the source reads it as a manifest if nobody names it: one that
   *     declares something of Sandbar's cannot be named, else its apps would vanish
   */
  public static Included of(String path, byte[] content, boolean isManifest, ContentKeeper keeper)
      throws IOException {
    if (content.length > keeper.most()) {
      return tooLarge(keeper);
    }
    if (SnapshotBuilder.isLfsPointer(content)) {
      return new Included.Unusable(
          "is only a pointer into Git LFS, which is not read", "commit the file itself");
    }
    if (isManifest && declaresObject(path, content)) {
      return new Included.Unusable(
          "is read as a manifest itself", "give it a name that does not end as those of manifests");
    }
    String text;
    try {
      text = UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      return notText();
    }
    return isText(text) ? kept(text, content, keeper) : notText();
  }

  private static Included kept(String text, byte[] content, ContentKeeper keeper)
      throws IOException {
    boolean large = content.length > MOST_BYTES;
    boolean same = !DeviceVariables.mayHold(text);
    if (large && !same) {
      return new Included.Unusable(
          "has more than %d bytes, and variables of the device are put into smaller files only"
              .formatted(MOST_BYTES),
          "move what has variables into a file of its own");
    }
    if (!same || content.length < LEAST_KEPT || keeper.most() == MOST_BYTES) {
      return new Included.Text(text);
    }
    FileContent.Kept kept = keeper.keep(Sha256.of(content), content);
    return large ? new Included.Large(kept) : new Included.Text(text, List.of(kept));
  }

  /** What a text is as the content of a file. */
  public static Included text(String text) {
    if (text.length() > MOST_BYTES) {
      return tooLarge(ContentKeeper.NONE);
    }
    return isText(text) ? new Included.Text(text) : notText();
  }

  /** The same where texts that a spec has no room for are kept. */
  public static Included text(String text, ContentKeeper keeper) throws IOException {
    if (text.length() > keeper.most()) {
      return tooLarge(keeper);
    }
    return isText(text) ? kept(text, text.getBytes(UTF_8), keeper) : notText();
  }

  private static boolean isText(String text) {
    return text.codePoints().noneMatch(c -> c == 0 || (c >= 0xd800 && c <= 0xdfff));
  }

  /** A file that is larger than what is kept. */
  public static Included tooLarge(ContentKeeper keeper) {
    return new Included.Unusable(
        "has more than %d bytes".formatted(keeper.most()),
        keeper.most() == MOST_BYTES
            ? "put it into the image, or into a volume; a file of a repository, and a value of a"
                + " ConfigMap in a fleet, may have up to %d bytes".formatted(SpecBounds.MOST_KEPT)
            : "put it into the image, or into a volume");
  }

  /** A file that an object of an API server names. */
  public static Included noFiles() {
    return new Included.Unusable(
        "is a file beside a manifest, which the API server does not have",
        "write content or name a ConfigMap; in the repository of a GitSource files can be named");
  }

  /** An AppContent, where there is no operator that reads it, or that writes the manifest. */
  public static Included noContents() {
    return new Included.Unusable(
        "is an object that only a GitSource names, in the AppSandboxes that it writes",
        "write content, or from: {file: PATH}");
  }

  /** A Secret, for which there is no operator that could seal it. */
  public static Included noSecrets() {
    return new Included.Unusable(
        "is in Kubernetes, where only the operator of a fleet reads it",
        "seal it with 'sandbar secret seal --recipient age1...' and write from: {file:"
            + " secrets/NAME.age}");
  }

  /** A path at which there is no file. */
  public static Included missing() {
    return new Included.Unusable(
        "is not there", "paths begin at the folder of the manifest; commit the file there");
  }

  /** A path that is, or leads through, a symbolic link. */
  public static Included link() {
    return new Included.Unusable(
        "is a symbolic link, which is not followed", "put the file itself there");
  }

  private static Included notText() {
    return new Included.Unusable(
        "is not UTF-8 text without NUL",
        "put it into the image, or into a volume; of a secret take the armored form: age --armor");
  }

  /** Of one that cannot be read whole nobody knows what it declares, so the name alone decides. */
  private static boolean declaresObject(String path, byte[] content) {
    ReadResult read = Manifests.documents(path, content);
    return (read.hasErrors() && Inclusion.contains(content, GROUP.getBytes(US_ASCII)))
        || read.documents().stream()
            .anyMatch(
                it ->
                    it.fields().get("apiVersion") instanceof Node.Scalar(_, _, String version)
                        && version.startsWith(GROUP));
  }
}
