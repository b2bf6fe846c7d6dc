package dev.sandbar.device.fetch;

/** A server answers, but not with what was asked for. */
final class HttpStatusException extends FetchException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * @param status of HTTP
   */
  HttpStatusException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** Whether another request may be answered better, and not the same one later. */
  boolean isOfRequest() {
    return status >= 400 && status < 500 && status != 429 || status == 501;
  }
}
