package dev.sandbar.core.model;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How places of images on a network are written in a spec. */
public final class ImageLocation {

  /** Characters of a URL or of the name of a repository. */
  public static final int LONGEST = 1024;

  private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
  private static final String NAME = LABEL + "(\\." + LABEL + ")*+";
  private static final String ADDRESS = "\\[[0-9a-fA-F:.]+\\]";
  private static final String PORT = ":[1-9][0-9]{0,4}";

  /**
   * An https URL: without a user, for its password would stand in the spec, and without a fragment,
   * which no server sees. The rest are the characters of RFC 3986.
   */
  public static final String URL =
      "^https://("
          + NAME
          + "|"
          + ADDRESS
          + ")("
          + PORT
          + ")?"
          + "/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*+"
          + "([?]([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*+)?$";

  /**
   * A repository with its host, in the words of the distribution specification. The host is never
   * left out: what stands in for it differs from one tool to the next. Neither tag nor digest.
   */
  public static final String REPOSITORY =
      "^(localhost|localhost"
          + PORT
          + "|"
          + ADDRESS
          + "("
          + PORT
          + ")?"
          + "|"
          + LABEL
          + "(\\."
          + LABEL
          + ")++("
          + PORT
          + ")?|"
          + LABEL
          + PORT
          + ")"
          + "/[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*+(/[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*+)*+$";

  /** Characters of a tag. */
  public static final int LONGEST_TAG = 128;

  /** A tag (OCI distribution specification, <em>Pulling manifests</em>). */
  public static final String TAG = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$";

  /** What stands before the digits of a digest. */
  public static final String ALGORITHM = "sha256:";

  /** A digest as registries write it. */
  public static final String DIGEST = "^" + ALGORITHM + "[0-9a-f]{64}$";

  private static final Pattern WHOLE_URL = Pattern.compile(URL);
  private static final Pattern WHOLE_REPOSITORY = Pattern.compile(REPOSITORY);

  private static final Pattern WHOLE_TAG = Pattern.compile(TAG);

  private ImageLocation() {}

  /** Whether the text can be a tag. */
  public static boolean isTag(String text) {
    return WHOLE_TAG.matcher(text).matches();
  }

  /** The source at the URL; empty if it is no https URL that can be used. */
  public static Optional<ImageSource> url(String text) {
    return text.length() <= LONGEST && WHOLE_URL.matcher(text).matches()
        ? Optional.of(new ImageSource.Web(text))
        : Optional.empty();
  }

  /** The digest, written as registries write it; empty if it is none that can be used. */
  public static Optional<Sha256> digest(String text) {
    return text.startsWith(ALGORITHM)
        ? Optional.of(text.substring(ALGORITHM.length())).filter(Sha256::isValid).map(Sha256::new)
        : Optional.empty();
  }

  /** The repository of that name; empty if it is none. */
  public static Optional<ImageSource> repository(String text) {
    Matcher matcher = WHOLE_REPOSITORY.matcher(text);
    if (text.length() > LONGEST || !matcher.matches()) {
      return Optional.empty();
    }
    int slash = text.indexOf('/');
    return Optional.of(
        new ImageSource.Registry(text.substring(0, slash), text.substring(slash + 1)));
  }
}
