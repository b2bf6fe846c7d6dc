package dev.sandbar.core.model;

import java.util.List;

/**
 * Which images the owner of a device lets apps run in. Without a signer anybody's; with one, only
 * those that one of them has signed, and those from places that are excepted by name.
 *
 * @param signedBy whose signature is wanted; empty if none is
 * @param unsigned places whose images need none
 */
public record ImagePolicy(List<Signer> signedBy, List<ImageScope> unsigned) {

  /** No signature is wanted. */
  public static final ImagePolicy NONE = new ImagePolicy(List.of(), List.of());

  public ImagePolicy {
    signedBy = List.copyOf(signedBy);
    unsigned = List.copyOf(unsigned);
  }

  /**
   * Whose signature counts.
   *
   * @param key absolute path on the device of the public key
   * @param from places whose images it may sign; empty for all
   */
  public record Signer(String key, List<ImageScope> from) {
    public Signer {
      from = List.copyOf(from);
    }

    boolean signs(ImageSource source) {
      return from.isEmpty() || from.stream().anyMatch(scope -> scope.includes(source));
    }
  }

  /** Whether an image from there needs a signature. */
  public boolean covers(ImageSource source) {
    return !signedBy.isEmpty() && unsigned.stream().noneMatch(scope -> scope.includes(source));
  }

  /** Paths of the keys whose signature an image from there may have; none if nobody may sign it. */
  public List<String> keys(ImageSource source) {
    return signedBy.stream()
        .filter(signer -> signer.signs(source))
        .map(Signer::key)
        .distinct()
        .toList();
  }

  /**
   * Whether it matters that an image is from there: signatures are not wanted of it for that, or
   * some key counts for that. Such a place is to be verified, for a spec may claim any.
   */
  public boolean dependsOnPlace(ImageSource source) {
    return !signedBy.isEmpty()
        && (!covers(source)
            || signedBy.stream().anyMatch(it -> !it.from.isEmpty() && it.signs(source)));
  }

  /** Paths of the keys whose signature counts wherever an image comes from. */
  public List<String> keysForAnyPlace() {
    return signedBy.stream().filter(it -> it.from.isEmpty()).map(Signer::key).distinct().toList();
  }
}
