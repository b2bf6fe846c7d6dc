package dev.sandbar.cli.document;

/** A saved document is not what it should be; the message says where and what. */
public final class DocumentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DocumentException(String message) {
    super(message);
  }
}
