package dev.sandbar.core.model;

import java.util.List;

/** Who may connect to a port: {@code from}. */
public sealed interface Sources {

  /** Nobody said. */
  Sources REACHED = new Reached();

  /** Whom the app may reach: {@code internet} and {@code localNetwork} say it. */
  record Reached() implements Sources {
    @Override
    public String toString() {
      return "";
    }
  }

  /** A word. */
  record Named(Place place) implements Sources {
    @Override
    public String toString() {
      return place.word();
    }
  }

  /** These addresses. */
  record Prefixes(List<Cidr> prefixes) implements Sources {
    public Prefixes {
      prefixes = List.copyOf(prefixes);
    }

    @Override
    public String toString() {
      return String.join(" ", prefixes.stream().map(Cidr::toString).toList());
    }
  }

  /** Whether it narrows nothing. */
  default boolean isReached() {
    return this instanceof Reached;
  }

  /** Whether it is this word. */
  default boolean is(Place place) {
    return this instanceof Named(Place named) && named == place;
  }

  /** The words. */
  enum Place {
    /** Whoever is on the internet or on local networks, and this device. */
    ANYWHERE("Anywhere"),
    /** The addresses of {@code localNetwork}. */
    LOCAL_NETWORK("LocalNetwork"),
    /** Programs and apps of the same device. */
    THIS_DEVICE("ThisDevice");

    private final String word;

    Place(String word) {
      this.word = word;
    }

    /** As people write it. */
    public String word() {
      return word;
    }
  }
}
