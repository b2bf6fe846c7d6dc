package dev.sandbar.cli.document;

import dev.sandbar.core.model.Node;

/** The first two fields of everything that is saved: which version, and what it is. */
public final class Envelope {
  private static final String API_VERSION = "sandbar.dev/v1alpha1";

  private Envelope() {}

  /** Begins a document. */
  public static MappingBuilder of(String kind) {
    return new MappingBuilder().put("apiVersion", API_VERSION).put("kind", kind);
  }

  /** Whether a document is one of ours of that kind. */
  public static boolean isOf(Node document, String kind) {
    return kind(document).equals(kind);
  }

  /** The kind of a document, or the empty text if it is not one of ours. */
  static String kind(Node document) {
    Fields fields = Fields.of(document);
    boolean ours = fields.find("apiVersion").map(Fields::text).orElse("").equals(API_VERSION);
    return ours ? fields.find("kind").map(Fields::text).orElse("") : "";
  }
}
