package dev.sandbar.device.signature;

import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.TextLimits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A signature of an image that is to be judged: a message, and what somebody says is the signature
 * of it. Whoever may push to the registry wrote both. What the message says is looked at only when
 * a key has signed it.
 *
 * <p>Sources: the specification of cosign's signatures ({@code specs/SIGNATURE_SPEC.md}), the
 * bundle of Sigstore ({@code sigstore_bundle.proto}), DSSE 1.0 ({@code protocol.md}) and the
 * statement of in-toto 1.
 */
public final class ImageSignature {

  /** Bytes of a payload; cosign writes some 250, and annotations of whoever signs. */
  public static final int LONGEST_PAYLOAD = 64 * 1024;

  /** Bytes of a bundle, which may have proofs of a log that are not looked at. */
  public static final int LONGEST_BUNDLE = 256 * 1024;

  /** Type of the layer of a payload. */
  public static final String PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";

  /** How the type of a bundle begins, of whatever version. */
  public static final String BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle";

  /** Annotation of a payload's layer. */
  public static final String SIGNATURE = "dev.cosignproject.cosign/signature";

  /** What a signature of an image claims, unlike that of a list of parts or of a scan. */
  public static final String CLAIM = "https://sigstore.dev/cosign/sign/v1";

  private static final String PAYLOAD_KIND = "cosign container image signature";

  private static final String STATEMENT_TYPE = "application/vnd.in-toto+json";
  private static final String STATEMENT = "https://in-toto.io/Statement/";

  private static final int MOST_SUBJECTS = 16;
  private static final int MOST_SIGNATURES = 16;

  /** Longest signature in base64: RSA of 8192 bits. */
  private static final int LONGEST_SIGNATURE = 2048;

  private static final String OF_PAYLOAD = "payload";
  private static final String BY = "signature";
  private static final String NONE = "";

  private static final Node EMPTY = Node.mapping(List.of());

  /** What is wrong with it already; empty if it can be judged. */
  private final String fault;

  private final byte[] kept;
  private final boolean payload;
  private final byte[] message;
  private final byte[] signed;
  private final List<byte[]> signatures;

  private ImageSignature(
      String fault,
      byte[] kept,
      boolean payload,
      byte[] message,
      byte[] signed,
      List<byte[]> signatures) {
    this.fault = fault;
    this.kept = kept;
    this.payload = payload;
    this.message = message;
    this.signed = signed;
    this.signatures = List.copyOf(signatures);
  }

  /** What a signature is worth. */
  public sealed interface Judgement {
    /** One of the keys has signed the image. */
    record Good(SigningKey by) implements Judgement {}

    /** None has; the text says what it is instead. */
    record Bad(String why) implements Judgement {}
  }

  private static ImageSignature unusable(String fault) {
    return new ImageSignature(fault, new byte[0], true, new byte[0], new byte[0], List.of());
  }

  /**
   * A payload and its signature. Never throws for bad input.
   *
   * @param signature in base64
   */
  public static ImageSignature ofPayload(byte[] payload, String signature) {
    if (payload.length > LONGEST_PAYLOAD) {
      return unusable("its payload is longer than %d bytes".formatted(LONGEST_PAYLOAD));
    }
    Optional<byte[]> decoded = decoded(signature, LONGEST_SIGNATURE);
    if (decoded.isEmpty()) {
      return unusable("it is not base64");
    }
    String kept =
        "{\"%s\":\"%s\",\"%s\":\"%s\"}"
            .formatted(OF_PAYLOAD, Base64.getEncoder().encodeToString(payload), BY, signature);
    return new ImageSignature(
        NONE,
        kept.getBytes(StandardCharsets.US_ASCII),
        true,
        payload.clone(),
        payload.clone(),
        List.of(decoded.get()));
  }

  /**
   * A bundle with a statement in an envelope. What it says of certificates and logs is not looked
   * at: the key is fixed. Never throws for bad input.
   */
  public static ImageSignature ofBundle(byte[] bundle) {
    Optional<Node> document = json(bundle, LONGEST_BUNDLE);
    if (document.isEmpty()) {
      return unusable("its bundle is not JSON of at most %d bytes".formatted(LONGEST_BUNDLE));
    }
    Node envelope = child(document.get(), "dsseEnvelope");
    if (envelope.fields().isEmpty()) {
      return unusable("its bundle has no dsseEnvelope");
    }
    String type = text(envelope, "payloadType");
    if (!type.equals(STATEMENT_TYPE)) {
      return unusable("its envelope holds %s, not a statement".formatted(SafeText.shown(type)));
    }
    Optional<byte[]> payload = decoded(text(envelope, OF_PAYLOAD), LONGEST_PAYLOAD * 4 / 3 + 4);
    if (payload.isEmpty()) {
      return unusable("the statement is not base64 of at most %d bytes".formatted(LONGEST_PAYLOAD));
    }
    List<byte[]> signatures =
        items(envelope, "signatures").stream()
            .limit(MOST_SIGNATURES)
            .flatMap(item -> decoded(text(item, "sig"), LONGEST_SIGNATURE).stream())
            .toList();
    return new ImageSignature(
        NONE,
        bundle.clone(),
        false,
        payload.get(),
        preAuthenticated(type, payload.get()),
        signatures);
  }

  /** What was kept of one that was good ({@link #kept}). Never throws for bad input. */
  public static ImageSignature ofKept(byte[] kept) {
    Optional<Node> document = json(kept, LONGEST_BUNDLE);
    if (document.isPresent() && document.get().fields().containsKey(OF_PAYLOAD)) {
      return decoded(text(document.get(), OF_PAYLOAD), LONGEST_BUNDLE)
          .map(payload -> ofPayload(payload, text(document.get(), BY)))
          .orElseGet(() -> unusable("its payload is not base64"));
    }
    return ofBundle(kept);
  }

  /** What to keep, so that it can be judged again without a network. */
  public byte[] kept() {
    return kept.clone();
  }

  /**
   * Judges.
   *
   * @param image digest that the spec names
   * @param keys whose signature counts
   */
  public Judgement judge(Sha256 image, List<SigningKey> keys) {
    if (!fault.isEmpty()) {
      return new Judgement.Bad(fault);
    }
    for (SigningKey key : keys) {
      if (signatures.stream().anyMatch(it -> key.hasSigned(signed, it))) {
        Optional<String> problem = payload ? payloadProblem(image) : statementProblem(image);
        return problem.isPresent()
            ? new Judgement.Bad("%s has signed it, and %s".formatted(key.file(), problem.get()))
            : new Judgement.Good(key);
      }
    }
    return new Judgement.Bad("it is by none of the keys");
  }

  private Optional<String> payloadProblem(Sha256 image) {
    Node critical = child(json(message, LONGEST_PAYLOAD).orElse(EMPTY), "critical");
    String kind = text(critical, "type");
    if (!kind.equals(PAYLOAD_KIND)) {
      return Optional.of("it is not of the type of an image's signature");
    }
    String digest = text(child(critical, "image"), "docker-manifest-digest");
    return digest.equals(ImageLocation.ALGORITHM + image.hex())
        ? Optional.empty()
        : Optional.of("it is of another image, " + SafeText.shown(digest));
  }

  private Optional<String> statementProblem(Sha256 image) {
    Node statement = json(message, LONGEST_PAYLOAD).orElse(EMPTY);
    if (!text(statement, "_type").startsWith(STATEMENT)
        || !text(statement, "predicateType").equals(CLAIM)) {
      return Optional.of(
          "it is no signature of an image but states %s"
              .formatted(SafeText.shown(text(statement, "predicateType"))));
    }
    List<Node> subjects = items(statement, "subject");
    return subjects.stream()
            .limit(MOST_SUBJECTS)
            .anyMatch(it -> text(child(it, "digest"), "sha256").equals(image.hex()))
        ? Optional.empty()
        : Optional.of("it is of another image");
  }

  /** What is signed of an envelope (DSSE 1.0, <em>PAE</em>). */
  private static byte[] preAuthenticated(String type, byte[] payload) {
    byte[] head =
        "DSSEv1 %d %s %d "
            .formatted(type.length(), type, payload.length)
            .getBytes(StandardCharsets.US_ASCII);
    byte[] whole = Arrays.copyOf(head, head.length + payload.length);
    System.arraycopy(payload, 0, whole, head.length, payload.length);
    return whole;
  }

  private static Optional<Node> json(byte[] bytes, int most) {
    if (bytes.length > most) {
      return Optional.empty();
    }
    ReadResult read = JsonReader.read(BY, bytes, new TextLimits(most, 16, 5_000));
    return read.hasErrors() || read.documents().size() != 1
        ? Optional.empty()
        : Optional.of(read.documents().getFirst());
  }

  private static Optional<byte[]> decoded(String text, int longest) {
    if (text.isEmpty() || text.length() > longest) {
      return Optional.empty();
    }
    try {
      return Optional.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Node child(Node node, String key) {
    return node.fields().getOrDefault(key, EMPTY);
  }

  private static List<Node> items(Node node, String key) {
    return node.fields().get(key) instanceof Node.Sequence(_, var items) ? items : List.of();
  }

  private static String text(Node node, String key) {
    Map<String, Node> fields = node.fields();
    return fields.get(key) instanceof Node.Scalar(_, Node.Kind kind, String text)
            && kind == Node.Kind.TEXT
        ? text
        : NONE;
  }
}
