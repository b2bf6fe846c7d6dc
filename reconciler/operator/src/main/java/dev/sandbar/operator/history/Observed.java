package dev.sandbar.operator.history;

import java.util.List;

/**
 * An app, a device or a repository as it stands now, as far as its history goes.
 *
 * @param generation of its spec
 * @param identity differs for another object of the same name and generation
 * @param labels digest of them; empty where they are no matter of the history
 * @param states what its spec says of it, such as {@code suspended}
 * @param outcome what has become of this generation; empty while that is open
 * @param message of the outcome; empty if there is nothing to say
 */
public record Observed(
    Kind kind,
    String namespace,
    String name,
    long generation,
    String identity,
    String labels,
    List<String> states,
    String outcome,
    String message) {
  /** A reason, which a device may have written. */
  private static final String WORD = "[A-Za-z][A-Za-z0-9]{0,63}";

  private static final String OTHER = "Stalled";

  /** The longest digest. */
  private static final int DIGEST = 8;

  public Observed {
    states = List.copyOf(states);
    outcome = outcome.isEmpty() || outcome.matches(WORD) ? outcome : OTHER;
    identity = identity.substring(0, Math.min(DIGEST, identity.length()));
    labels = labels.substring(0, Math.min(DIGEST, labels.length()));
  }

  /** Of what there is a history. */
  public enum Kind {
    APP("AppSandbox"),
    DEVICE("Device"),
    SOURCE("GitSource");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** As in {@code kind:}. */
    public String text() {
      return text;
    }
  }

  /** Kind and name. */
  String object() {
    return kind.text() + "/" + name;
  }
}
