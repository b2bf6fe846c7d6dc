package dev.sandbar.device.systemd;

import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.RawProperties;
import java.nio.BufferUnderflowException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads answers to GetAll, and remembers their parts by their bytes. A service has over 300
 * properties, some with hundreds of words; nearly all of them are the same for every sandboxed app
 * and at every look. Such a part is neither read nor kept twice.
 */
final class PropertyMemory {

  private static final String SIGNATURE = "a{sv}";

  /** Of a dictionary entry within a body (D-Bus Specification, "Marshaling"). */
  private static final int ALIGNMENT = 8;

  /** Parts that no unit shows any more must not fill the heap. */
  private static final int KNOWN_LIMIT = 8_192;

  /** Nor may answers of units that are no more; each is some 500 references. */
  private static final int LAST_LIMIT = 2_048;

  private final Set<String> names;
  private final Map<Bytes, Part> known = new HashMap<>();
  private final Map<String, Answer> last = new HashMap<>();

  /**
   * A memory without memories.
   *
   * @param names of the properties that are wanted; all others are passed over
   */
  PropertyMemory(Set<String> names) {
    this.names = Set.copyOf(names);
  }

  /**
   * A name and its value on the wire.
   *
   * @param value one for a wanted name, none for another, of which only the name is kept
   */
  private record Part(byte[] wire, String name, List<Raw> value) {}

  private record Answer(List<Part> parts, RawProperties properties) {}

  /** Compared by content. */
  private record Bytes(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Bytes(byte[] others) && Arrays.equals(bytes, others);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  /**
   * The wanted properties of an answer; the same object as before if they are the same.
   *
   * @param of whom and what was asked
   * @throws IllegalArgumentException if the body is no dictionary of properties
   */
  RawProperties read(String of, String signature, byte[] body, ByteOrder order) {
    if (!signature.equals(SIGNATURE)) {
      throw new IllegalArgumentException("not properties: " + signature);
    }
    Answer before = last.getOrDefault(of, new Answer(List.of(), RawProperties.NONE));
    List<Part> parts = parts(before.parts(), body, new WireReader(body, order));
    Answer now = same(before.parts(), parts) ? before : new Answer(parts, properties(parts));
    if (last.size() >= LAST_LIMIT) {
      last.clear();
    }
    last.put(of, now);
    return now.properties();
  }

  private List<Part> parts(List<Part> before, byte[] body, WireReader reader) {
    try {
      var parts = new ArrayList<Part>(before.size());
      int end = reader.arrayEnd(ALIGNMENT);
      for (int at = reader.position(); at < end; at = aligned(reader.position())) {
        reader.position(at);
        int index = parts.size();
        Part part =
            index < before.size() && startsWith(body, at, end, before.get(index).wire())
                ? before.get(index)
                : next(body, at, reader);
        if (part.value().isEmpty()) {
          reader.position(at);
          reader.skip("s");
          reader.skip("v");
        } else {
          reader.position(at + part.wire().length);
        }
        parts.add(part);
      }
      return parts;
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("a D-Bus message ends too early", e);
    }
  }

  /** A part that does not stand where it stood before. */
  private Part next(byte[] body, int at, WireReader reader) {
    String name = reader.string();
    boolean wanted = names.contains(name);
    if (wanted) {
      reader.skip("v");
    }
    byte[] wire = Arrays.copyOfRange(body, at, reader.position());
    Part same = known.get(new Bytes(wire));
    if (same != null) {
      return same;
    }
    if (known.size() >= KNOWN_LIMIT) {
      known.clear();
    }
    reader.position(at);
    reader.skip("s");
    var part = new Part(wire, name, wanted ? List.of(reader.variant()) : List.of());
    known.put(new Bytes(wire), part);
    return part;
  }

  private static boolean startsWith(byte[] body, int at, int end, byte[] wire) {
    return end - at >= wire.length
        && Arrays.equals(body, at, at + wire.length, wire, 0, wire.length);
  }

  private static int aligned(int position) {
    return (position + ALIGNMENT - 1) & -ALIGNMENT;
  }

  private static boolean same(List<Part> before, List<Part> now) {
    boolean same = before.size() == now.size();
    for (int i = 0; same && i < now.size(); i++) {
      same = before.get(i) == now.get(i);
    }
    return same;
  }

  private static RawProperties properties(List<Part> parts) {
    var properties = new TreeMap<String, Raw>();
    for (Part part : parts) {
      part.value().forEach(value -> properties.put(part.name(), value));
    }
    return RawProperties.copyOf(properties);
  }
}
