package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a program that is not trusted wrote, part by part: what cannot be read is left out and
 * named in {@code misread}. Read as a whole, one number that does not fit would make a list of ten
 * thousand objects unreadable, for everybody.
 *
 * @param <T> a record whose components may all be absent
 */
abstract class TolerantReader<T extends Record> extends JsonDeserializer<T> {
  /** The component that the names of misread parts are given to, where there is one. */
  static final String MISREAD = "misread";

  private static final int MOST_NAMED = 8;
  private static final int LONGEST = 64;

  private final Class<T> type;

  TolerantReader(Class<T> type) {
    this.type = type;
  }

  @Override
  public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    JsonNode tree = context.readTree(parser);
    RecordComponent[] parts = type.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[parts.length];
    Class<?>[] types = new Class<?>[parts.length];
    var misread = new ArrayList<String>();
    int place = -1;
    for (int i = 0; i < parts.length; i++) {
      types[i] = parts[i].getType();
      if (parts[i].getName().equals(MISREAD)) {
        place = i;
      } else {
        JavaType wanted = context.constructType(parts[i].getGenericType());
        values[i] =
            part(context, wanted, tree.get(parts[i].getName()), parts[i].getName(), misread);
      }
    }
    if (place >= 0) {
      values[place] = misread.subList(0, Math.min(MOST_NAMED, misread.size()));
    }
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IOException("no " + type.getSimpleName() + " can be made", e);
    }
  }

  private static @Nullable Object part(
      DeserializationContext context,
      JavaType wanted,
      @Nullable JsonNode node,
      String path,
      List<String> misread) {
    if (node == null || node.isNull()) {
      return null;
    }
    if (wanted.isCollectionLikeType() && node.isArray()) {
      var items = new ArrayList<Object>();
      for (int i = 0; i < node.size(); i++) {
        add(items::add, one(context, wanted.getContentType(), node.get(i), path + "[]", misread));
      }
      return items;
    }
    if (wanted.isMapLikeType() && node.isObject()) {
      var entries = new LinkedHashMap<String, Object>();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        String at = path + "." + cut(entry.getKey());
        add(
            value -> entries.put(entry.getKey(), value),
            one(context, wanted.getContentType(), entry.getValue(), at, misread));
      }
      return entries;
    }
    return one(context, wanted, node, path, misread);
  }

  private static void add(Consumer<Object> to, @Nullable Object value) {
    if (value != null) {
      to.accept(value);
    }
  }

  private static @Nullable Object one(
      DeserializationContext context,
      JavaType wanted,
      JsonNode node,
      String path,
      List<String> misread) {
    try {
      return context.readTreeAsValue(node, wanted);
    } catch (IOException | RuntimeException e) {
      misread.add(path + reason(node, e));
      return null;
    }
  }

  /** What is wrong, without the text of the parser: it quotes what a stranger wrote. */
  private static String reason(JsonNode node, Exception e) {
    if (e instanceof JsonMappingException at
        && !at.getPath().isEmpty()
        && at.getPath().get(0).getFieldName() != null) {
      String field = at.getPath().get(0).getFieldName();
      JsonNode value = node.path(field);
      return "." + cut(field) + (value.isValueNode() ? " '" + cut(value.asText()) + "'" : "");
    }
    return node.isValueNode() ? " '" + cut(node.asText()) + "'" : "";
  }

  private static String cut(String text) {
    String plain = text.replaceAll("[^ -~]", "?");
    return plain.length() > LONGEST ? plain.substring(0, LONGEST) + "..." : plain;
  }
}
