package dev.sandbar.device.fleet;

import dev.sandbar.core.model.Node;
import java.util.List;

/**
 * One call.
 *
 * @param path with its query, beginning with a slash
 * @param body empty map for none
 */
public record Call(Method method, String path, Node body) {
  private static final Node NOTHING = Node.mapping(List.of());

  /** What is done. */
  public enum Method {
    GET("GET", ""),
    POST("POST", "application/json"),
    /** JSON merge patch, RFC 7396. */
    PATCH("PATCH", "application/merge-patch+json");

    private final String verb;
    private final String contentType;

    Method(String verb, String contentType) {
      this.verb = verb;
      this.contentType = contentType;
    }

    /** The method of HTTP. */
    public String verb() {
      return verb;
    }

    /** Of the body; empty if there is none. */
    public String contentType() {
      return contentType;
    }
  }

  /** Reads. */
  public static Call get(String path) {
    return new Call(Method.GET, path, NOTHING);
  }

  /** Creates. */
  public static Call post(String path, Node body) {
    return new Call(Method.POST, path, body);
  }

  /** Changes. */
  public static Call patch(String path, Node body) {
    return new Call(Method.PATCH, path, body);
  }
}
