package dev.sandbar.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a constant of an enum as the one lower-case word that help pages call it by. */
public record WordConverter<E extends Enum<E>>(List<E> values) implements ITypeConverter<E> {

  static <E extends Enum<E>> WordConverter<E> of(E[] values) {
    return new WordConverter<>(Arrays.asList(values));
  }

  @Override
  public E convert(String text) {
    return values.stream()
        .filter(value -> word(value).equals(text))
        .findFirst()
        .orElseThrow(() -> new TypeConversionException(text + " is none of " + words()));
  }

  private String words() {
    return values.stream().map(WordConverter::word).collect(Collectors.joining(", "));
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
