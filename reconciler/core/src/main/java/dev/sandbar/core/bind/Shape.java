package dev.sandbar.core.bind;

import dev.sandbar.core.bind.Form.Strictness;
import dev.sandbar.core.model.Node;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The components of one record type, looked up once. */
final class Shape {
  private static final ClassValue<Shape> SHAPES =
      new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
          return new Shape(type);
        }
      };

  private final Constructor<?> constructor;
  private final List<Part> parts;

  private record Part(String name, Method accessor, Form form, boolean nullable) {}

  private Shape(Class<?> type) {
    var found = new ArrayList<Part>();
    RecordComponent[] components = type.getRecordComponents();
    var types = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      types[i] = component.getType();
      found.add(
          new Part(
              component.getName(),
              opened(component.getAccessor()),
              Form.of(component.getGenericType()),
              component.getAnnotatedType().isAnnotationPresent(Nullable.class)));
    }
    parts = List.copyOf(found);
    try {
      constructor = opened(type.getDeclaredConstructor(types));
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("every record has one of its components", e);
    }
  }

  static Shape of(Class<?> type) {
    return SHAPES.get(type);
  }

  /** Records of another package need not be public. */
  private static <T extends AccessibleObject> T opened(T member) {
    member.setAccessible(true);
    return member;
  }

  Node write(Object value) {
    List<@Nullable Object> values = values(value);
    var entries = new ArrayList<Node.Entry>();
    for (int i = 0; i < parts.size(); i++) {
      Object one = values.get(i);
      if (one != null) {
        entries.add(Node.entry(parts.get(i).name(), parts.get(i).form().write(one)));
      }
    }
    return Node.mapping(entries);
  }

  Object read(Node node, Strictness strictness) {
    if (!(node instanceof Node.Mapping)) {
      throw Form.expected(node, "a map");
    }
    if (strictness == Strictness.EXACT) {
      refuseUnknown(node);
    }
    Map<String, Node> fields = node.fields();
    var values = new @Nullable Object[parts.size()];
    for (int i = 0; i < values.length; i++) {
      Part part = parts.get(i);
      try {
        values[i] = value(node, fields.get(part.name()), part, strictness);
      } catch (BindingException e) {
        throw e.within(part.name());
      }
    }
    try {
      return make(values);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new BindingException(node.at(), "", String.valueOf(e.getMessage()));
    }
  }

  private void refuseUnknown(Node node) {
    if (node instanceof Node.Mapping(_, var entries)) {
      for (Node.Entry entry : entries) {
        if (parts.stream().noneMatch(part -> part.name().equals(entry.key()))) {
          throw new BindingException(entry.keyAt(), entry.key(), "there is no such field");
        }
      }
    }
  }

  private static @Nullable Object value(
      Node record, @Nullable Node field, Part part, Strictness strictness) {
    if (field != null && !Form.isNull(field)) {
      try {
        return part.form().read(field, strictness);
      } catch (BindingException e) {
        if (strictness != Strictness.LENIENT) {
          throw e;
        }
      }
    }
    if (part.nullable()) {
      return null;
    }
    Object empty = strictness == Strictness.LENIENT ? part.form().empty() : null;
    if (empty == null) {
      throw new BindingException(record.at(), "", "the field is missing");
    }
    return empty;
  }

  /** What a record holds, in the order of its components. */
  List<@Nullable Object> values(Object value) {
    var values = new ArrayList<@Nullable Object>();
    for (Part part : parts) {
      try {
        values.add(part.accessor().invoke(value));
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException(part.name() + " of a record cannot be read", e);
      }
    }
    return values;
  }

  /**
   * A record.
   *
   * @throws IllegalArgumentException or another exception of its constructor
   */
  Object make(@Nullable Object... values) {
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    } catch (InstantiationException | IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
