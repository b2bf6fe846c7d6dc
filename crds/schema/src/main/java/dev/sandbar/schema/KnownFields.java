package dev.sandbar.schema;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;

/**
 * The fields that a part of an object has: those of its record, so that the admission policy can
 * never know others than the schema.
 */
final class KnownFields {

  private KnownFields() {}

  /** In the order in which they are declared. */
  static List<String> of(Class<? extends Record> part) {
    return Arrays.stream(part.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()))
        // What a version does not know is kept there for the compiler.
        .filter(field -> !field.isAnnotationPresent(JsonAnySetter.class))
        .map(KnownFields::name)
        .toList();
  }

  private static String name(Field field) {
    JsonProperty named = field.getAnnotation(JsonProperty.class);
    return named == null ? field.getName() : named.value();
  }
}
