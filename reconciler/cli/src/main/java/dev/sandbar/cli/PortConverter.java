package dev.sandbar.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the number of a port to listen on; 0 is none. */
final class PortConverter implements ITypeConverter<Integer> {
  private static final int HIGHEST = 65_535;

  @Override
  public Integer convert(String text) {
    // No more digits than an int holds.
    if (text.matches("[0-9]{1,9}")) {
      int port = Integer.parseInt(text);
      if (port <= HIGHEST) {
        return port;
      }
    }
    throw new TypeConversionException(
        text + " is not a port; write a number from 1 to " + HIGHEST + ", or 0 for none");
  }
}
