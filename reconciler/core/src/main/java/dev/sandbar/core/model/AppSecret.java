package dev.sandbar.core.model;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A secret that the app reads as a file of this name in {@code $CREDENTIALS_DIRECTORY}: one entry
 * of {@code secrets:}. Nothing here knows the secret itself.
 *
 * @param name of the file, and of the credential of systemd (systemd.exec(5), Credentials)
 * @param sealed the secret, encrypted by age for the devices that may open it, in its armored form:
 *     with one newline after each line and nothing around it
 * @param at location of the entry in the spec
 */
public record AppSecret(String name, String sealed, Location at) {

  /** Names, as a regular expression. */
  public static final String NAMES =
      "[A-Za-z0-9][-_.A-Za-z0-9]{0,%d}".formatted(SpecBounds.LONGEST_NAME - 1);

  /** What a name can be. */
  public static final String NAME_HELP =
      "use at most %d of a-z, A-Z, 0-9, '-', '_' and '.', and a letter or digit first"
          .formatted(SpecBounds.LONGEST_NAME);

  /** Who a secret can be sealed to, as a regular expression: an X25519 key as age writes it. */
  public static final String RECIPIENTS = "age1[02-9ac-hj-np-z]{58}";

  /** Characters of a recipient. */
  public static final int RECIPIENT_LENGTH = 62;

  /** The first systemd that encrypts credentials for others (io.systemd.Credentials). */
  public static final int SINCE_SYSTEMD = 256;

  /** The first line of a sealed secret. */
  public static final String BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----";

  /** The last line of a sealed secret. */
  public static final String END = "-----END AGE ENCRYPTED FILE-----";

  /** What to write as a sealed secret. */
  public static final String SEALED_HELP =
      "write what 'sandbar secret seal --recipient age1...' or 'age --armor' prints, as a block"
          + " after |";

  private static final Pattern NAME = Pattern.compile(NAMES);
  private static final Pattern LINE = Pattern.compile("[A-Za-z0-9+/]{1,64}={0,2}");

  public AppSecret {
    if (!isName(name)) {
      throw new IllegalArgumentException("no name of a secret");
    }
  }

  /** Stands in for a sealed text that could not be read, beside the error that says so. */
  public static final String UNREAD = BEGIN + "\nAAAA\n" + END;

  /** Whether a secret can have this name. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /**
   * Whether text has the armored form of age, whatever its line ends and blanks around it. What is
   * in it nobody can say without the key.
   */
  public static boolean isSealed(String text) {
    List<String> lines = text.strip().lines().toList();
    return lines.size() > 2
        && lines.getFirst().equals(BEGIN)
        && lines.getLast().equals(END)
        && lines.subList(1, lines.size() - 1).stream().allMatch(it -> LINE.matcher(it).matches());
  }

  /** Sealed text in the one form that is compared and stored. */
  static String canonical(String text) {
    return String.join("\n", text.strip().lines().toList()) + "\n";
  }

  /** Digest of what is sealed, as it stands in the spec: it says nothing of the secret. */
  public Sha256 digest() {
    return Sha256.of(sealed);
  }

  @Override
  public String toString() {
    return name + " " + digest().abbreviated();
  }
}
