package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.ImagePlace;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;

/** The schema of the image of an app. */
final class ImageRules {

  private static final String FILE_URL = "self.startsWith('file:///')";

  private ImageRules() {}

  static void add(ObjectNode image) {
    SchemaParts.rule(
        image,
        "[has(self.path), has(self.url), has(self.oci)].filter(it, it).size() == 1",
        "give exactly one of path, url and oci: path: /absolute/path/of/image.squashfs");
    SchemaParts.rule(
        image,
        "has(self.oci) ? has(self.digest) && !has(self.sha256) : has(self.path) ? has(self.sha256)"
            + " != has(self.digest) : has(self.sha256) && !has(self.digest)",
        "give sha256 with the path of a file and with url, as sha256sum prints it, and digest with"
            + " oci and the path of an OCI layout, as 'sandbar image resolve' prints it");
    SchemaParts.rule(
        image, "!has(self.ref) || has(self.oci)", "ref is a tag of a registry: give it with oci");
    places(image);
    tag(image);
    digests(image);
  }

  private static void places(ObjectNode image) {
    String folders = String.join("|", ImagePlace.NONE);
    String place = "no image is kept below /proc, /sys, /dev and /run: " + ImagePlace.HELP;
    ObjectNode path = property(image, "path");
    SchemaParts.path(path);
    SchemaParts.rule(path, "!" + Cel.matches("self", "^(%s)(/.*)?$".formatted(folders)), place);

    ObjectNode url = property(image, "url");
    url.put("maxLength", SpecBounds.LONGEST_TEXT);
    SchemaParts.rule(
        url,
        FILE_URL
            + " || self.size() <= %d && ".formatted(ImageLocation.LONGEST)
            + Cel.matches("self", ImageLocation.URL),
        "neither an https URL nor a file:/// URL: write https://HOST/FILE without a user and a"
            + " fragment, and other characters as %20");
    SchemaParts.rule(
        url,
        "!" + FILE_URL + " || " + Cel.matches("self", Cel.PATH.replaceFirst("\\^", "^file://")),
        "write an absolute path without '.', '..' and double slashes after file://");
    SchemaParts.rule(
        url, "!" + Cel.matches("self", "^file://(%s)(/.*)?$".formatted(folders)), place);

    ObjectNode oci = property(image, "oci");
    oci.put("maxLength", ImageLocation.LONGEST);
    SchemaParts.rule(
        oci,
        Cel.matches("self", ImageLocation.REPOSITORY),
        "not a repository with its host: write for example registry.example.com/team/app, without"
            + " tag, and the digest in digest: sha256:...");
  }

  private static void tag(ObjectNode image) {
    ObjectNode tag = property(image, "ref");
    tag.put("maxLength", ImageLocation.LONGEST_TAG);
    SchemaParts.rule(
        tag, Cel.matches("self", ImageLocation.TAG), "not a tag: write for example 2.4.1");
  }

  private static void digests(ObjectNode image) {
    ObjectNode content = property(image, "sha256");
    content.put("maxLength", Sha256.HEX_LENGTH);
    SchemaParts.rule(
        content,
        Cel.matches("self", "^[0-9a-f]{64}$"),
        "not a SHA-256 digest: write the 64 lower-case digits that sha256sum prints");
    ObjectNode root = property(image, "rootHash");
    root.put("maxLength", Sha256.HEX_LENGTH);
    SchemaParts.rule(
        root,
        Cel.matches("self", "^[0-9a-f]{64}$"),
        "not the root hash of a dm-verity tree: write the 64 lower-case digits that 'sandbar image"
            + " build --verity' prints");
    ObjectNode manifest = property(image, "digest");
    manifest.put("maxLength", ImageLocation.ALGORITHM.length() + Sha256.HEX_LENGTH);
    SchemaParts.rule(
        manifest,
        Cel.matches("self", ImageLocation.DIGEST),
        "not a SHA-256 digest: write sha256: and 64 lower-case digits");
  }

  private static ObjectNode property(ObjectNode image, String name) {
    return SchemaParts.object(image.at("/properties/" + name));
  }
}
