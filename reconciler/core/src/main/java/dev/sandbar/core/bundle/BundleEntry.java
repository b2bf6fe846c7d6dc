package dev.sandbar.core.bundle;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.HoldReader;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One app of a bundle.
 *
 * @param spec of the AppSandbox, as declared; {@link #document} reads it
 * @param generation of the AppSandbox
 * @param revision of the source that it came from, or {@code generation/N}; at most {@value
 *     #MAX_REVISION} characters
 * @param rendered digest of the unit as the operator's compiler renders it for the device; empty if
 *     it does not say
 */
public record BundleEntry(
    AppName name, Node spec, long generation, String revision, String rendered) {

  /** The longest revision, in characters. */
  public static final int MAX_REVISION = 256;

  public BundleEntry {
    revision = SafeText.cut(revision, MAX_REVISION);
    rendered = Sha256.isValid(rendered) ? rendered : "";
  }

  /** As in {@code spec.apps} of a DeviceBundle. */
  public Node toNode() {
    return NodeBinder.write(new Fields(spec, generation, revision, rendered));
  }

  private record Fields(Node spec, long generation, String revision, String rendered) {}

  /** As it stands in {@code spec.apps} of a DeviceBundle; its spec is empty if there is none. */
  public static BundleEntry read(AppName name, Node node) {
    Fields fields = NodeBinder.readLenient(Fields.class, node);
    return new BundleEntry(
        name, fields.spec(), fields.generation(), fields.revision(), fields.rendered());
  }

  /** This, with an equal spec that is shared. */
  public BundleEntry with(Node shared) {
    return new BundleEntry(name, shared, generation, revision, rendered);
  }

  /** Whether devices leave the app as it is. */
  public boolean suspended() {
    return SpecReader.suspends(spec);
  }

  /** This, held at the version that runs or not. */
  public BundleEntry held(HoldSpec hold) {
    if (hold.equals(HoldReader.alone(spec))) {
      return this;
    }
    var fields = new LinkedHashMap<>(spec.fields());
    fields.remove(HoldReader.HOLD);
    if (hold.isPresent()) {
      fields.put(HoldReader.HOLD, HoldReader.node(hold));
    }
    return with(mapping(fields));
  }

  /** This, suspended or not. */
  public BundleEntry suspended(boolean suspend) {
    if (suspend == suspended()) {
      return this;
    }
    var fields = new LinkedHashMap<>(spec.fields());
    fields.remove(SpecReader.SUSPEND);
    if (suspend) {
      fields.put(SpecReader.SUSPEND, Node.flag(true));
    }
    return with(mapping(fields));
  }

  private static Node mapping(Map<String, Node> fields) {
    return Node.mapping(
        fields.entrySet().stream().map(e -> Node.entry(e.getKey(), e.getValue())).toList());
  }

  /** This, of an app that came from no source. */
  BundleEntry revised() {
    return new BundleEntry(name, spec, generation, "generation/" + generation, rendered);
  }

  /** Digest of this entry: entries of equal digests need no write. */
  public Sha256 digest() {
    return CanonicalText.digest(toNode());
  }

  /** The app as {@link SpecReader} reads it. */
  public Node document() {
    return document(name.value(), spec);
  }

  /**
   * An app of the API server as {@link SpecReader} reads it, so that it gives the same messages as
   * for a file. Everything in it stands at {@code appsandbox/NAME}: lines of a wire format mean
   * nothing to people.
   *
   * @param name of the AppSandbox; need not be valid
   * @param spec of the AppSandbox
   */
  public static Node document(String name, Node spec) {
    var at = new Location("appsandbox/" + name, 0, 0);
    return moved(
        Node.mapping(
            List.of(
                Node.entry("apiVersion", Node.text(SpecReader.API_VERSION)),
                Node.entry("kind", Node.text(SpecReader.KIND)),
                Node.entry("metadata", Node.mapping(List.of(Node.entry("name", Node.text(name))))),
                Node.entry("spec", StoredSpec.current(spec)))),
        at);
  }

  private static Node moved(Node node, Location at) {
    return switch (node) {
      case Node.Scalar(_, var kind, var text) -> new Node.Scalar(at, kind, text);
      case Node.Sequence(_, var items) ->
          new Node.Sequence(at, items.stream().map(item -> moved(item, at)).toList());
      case Node.Mapping(_, var entries) ->
          new Node.Mapping(
              at,
              entries.stream()
                  .map(entry -> new Node.Entry(at, entry.key(), moved(entry.value(), at)))
                  .toList());
    };
  }
}
