package dev.sandbar.core.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code policy.images:} of the settings of a device. */
final class ImagePolicyReader {

  private static final String PATH = "policy.images";
  private static final String SIGNED_BY = "signedBy";
  private static final String UNSIGNED = "unsigned";
  private static final String SIGNERS = PATH + "." + SIGNED_BY;
  private static final String KEY = "key";
  private static final String FROM = "from";

  /** Each may have to be tried for each signature. */
  private static final int MOST_KEYS = 16;

  private static final int MOST_PLACES = 64;

  private final NodeValidator expect;

  ImagePolicyReader(NodeValidator expect) {
    this.expect = expect;
  }

  ImagePolicy read(Node node) {
    var fields = expect.fields(node, PATH, List.of(SIGNED_BY, UNSIGNED));
    var signers = new ArrayList<ImagePolicy.Signer>();
    // Without it the rest would mean nothing, which nobody writes.
    expect
        .required(fields, node, PATH, SIGNED_BY)
        .ifPresent(
            list -> {
              List<Node> items = expect.items(list, SIGNERS, MOST_KEYS);
              items.forEach(item -> signer(item).ifPresent(signers::add));
              if (items.isEmpty()) {
                expect.invalid(
                    list.at(),
                    SIGNERS,
                    "[]",
                    "names no key",
                    "write signedBy: [{key: /etc/sandbar/keys/NAME.pub}], or remove images");
              }
            });
    return new ImagePolicy(
        signers,
        Optional.ofNullable(fields.get(UNSIGNED))
            .map(list -> scopes(list, PATH + "." + UNSIGNED))
            .orElse(List.of()));
  }

  private Optional<ImagePolicy.Signer> signer(Node node) {
    var fields = expect.fields(node, SIGNERS, List.of(KEY, FROM));
    List<ImageScope> from = new ArrayList<>();
    Node list = fields.get(FROM);
    if (list != null) {
      from.addAll(scopes(list, SIGNERS + "." + FROM));
      if (from.isEmpty()) {
        // An empty list would be every place.
        expect.invalid(list.at(), SIGNERS + "." + FROM, "[]", "names no place", ImageScope.HELP);
      }
    }
    return expect
        .required(fields, node, SIGNERS, KEY)
        .flatMap(key -> expect.path(key, SIGNERS + "." + KEY))
        .map(path -> new ImagePolicy.Signer(path, from));
  }

  private List<ImageScope> scopes(Node node, String path) {
    var scopes = new ArrayList<ImageScope>();
    for (Node item : expect.items(node, path, MOST_PLACES)) {
      expect
          .text(item, path)
          .ifPresent(
              text -> {
                if (ImageScope.isValid(text)) {
                  scopes.add(new ImageScope(text));
                } else {
                  expect.invalid(
                      item.at(), path, text, "is not a place of images", ImageScope.HELP);
                }
              });
    }
    return scopes;
  }
}
