package dev.sandbar.core.catalog;

import dev.sandbar.core.model.Cidr;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** A set of IP addresses of both families, in a normal form: equal sets are equal records. */
public record AddressSet(List<Range> v4, List<Range> v6) implements Lattice<AddressSet> {

  private static final int V4_BITS = 32;
  private static final int V6_BITS = 128;

  /** No address. */
  public static final AddressSet NONE = new AddressSet(List.of(), List.of());

  /** Every address. */
  public static final AddressSet ALL = NONE.complement();

  public AddressSet {
    v4 = normal(v4);
    v6 = normal(v6);
  }

  /** Addresses from first to last, both included. */
  public record Range(BigInteger first, BigInteger last) {}

  /** The addresses of the prefixes. */
  public static AddressSet of(Collection<Cidr> prefixes) {
    return new AddressSet(
        prefixes.stream().filter(Cidr::isV4).map(AddressSet::range).toList(),
        prefixes.stream().filter(c -> !c.isV4()).map(AddressSet::range).toList());
  }

  /**
   * The addresses of the prefixes.
   *
   * @throws IllegalArgumentException if one is not a prefix
   */
  public static AddressSet of(String... prefixes) {
    return of(
        List.of(prefixes).stream()
            .map(
                text ->
                    Cidr.parse(text)
                        .orElseThrow(() -> new IllegalArgumentException("not a prefix: " + text)))
            .toList());
  }

  /** Every other address. */
  public AddressSet complement() {
    return new AddressSet(complement(v4, V4_BITS), complement(v6, V6_BITS));
  }

  @Override
  public AddressSet join(AddressSet other) {
    if (other.isEmpty() || equals(other)) {
      return this;
    }
    if (isEmpty()) {
      return other;
    }
    return new AddressSet(concatenated(v4, other.v4), concatenated(v6, other.v6));
  }

  @Override
  public AddressSet meet(AddressSet other) {
    return new AddressSet(shared(v4, other.v4), shared(v6, other.v6));
  }

  /** Whether every address of the other is one of these. */
  public boolean includes(AddressSet other) {
    return join(other).equals(this);
  }

  /** Whether it has no address. */
  public boolean isEmpty() {
    return v4.isEmpty() && v6.isEmpty();
  }

  /** The fewest prefixes that cover exactly this set, IPv4 first, each family in order. */
  public List<Cidr> prefixes() {
    var prefixes = new ArrayList<Cidr>();
    v4.forEach(range -> split(range, V4_BITS, prefixes));
    v6.forEach(range -> split(range, V6_BITS, prefixes));
    return prefixes;
  }

  private static Range range(Cidr prefix) {
    BigInteger first = new BigInteger(prefix.addressHex(), 16);
    int hostBits = prefix.addressHex().length() * 4 - prefix.prefix();
    return new Range(first, first.add(size(hostBits)).subtract(BigInteger.ONE));
  }

  private static List<Range> normal(List<Range> ranges) {
    if (isNormal(ranges)) {
      return List.copyOf(ranges);
    }
    var sorted = ranges.stream().sorted(Comparator.comparing(Range::first)).toList();
    var merged = new ArrayList<Range>();
    for (Range range : sorted) {
      if (!merged.isEmpty() && range.first().compareTo(after(merged.getLast())) <= 0) {
        Range before = merged.removeLast();
        merged.add(new Range(before.first(), before.last().max(range.last())));
      } else {
        merged.add(range);
      }
    }
    return List.copyOf(merged);
  }

  private static boolean isNormal(List<Range> ranges) {
    for (int i = 1; i < ranges.size(); i++) {
      if (ranges.get(i).first().compareTo(after(ranges.get(i - 1))) <= 0) {
        return false;
      }
    }
    return true;
  }

  private static BigInteger after(Range range) {
    return range.last().add(BigInteger.ONE);
  }

  /** What is in ranges of both; each list is in its normal form. */
  private static List<Range> shared(List<Range> a, List<Range> b) {
    var shared = new ArrayList<Range>();
    int i = 0;
    int j = 0;
    while (i < a.size() && j < b.size()) {
      Range one = a.get(i);
      Range other = b.get(j);
      BigInteger first = one.first().max(other.first());
      BigInteger last = one.last().min(other.last());
      if (first.compareTo(last) <= 0) {
        shared.add(new Range(first, last));
      }
      if (one.last().compareTo(other.last()) < 0) {
        i++;
      } else {
        j++;
      }
    }
    return shared;
  }

  private static List<Range> complement(List<Range> ranges, int bits) {
    var gaps = new ArrayList<Range>();
    BigInteger next = BigInteger.ZERO;
    for (Range range : ranges) {
      if (next.compareTo(range.first()) < 0) {
        gaps.add(new Range(next, range.first().subtract(BigInteger.ONE)));
      }
      next = after(range);
    }
    if (next.compareTo(size(bits)) < 0) {
      gaps.add(new Range(next, size(bits).subtract(BigInteger.ONE)));
    }
    return gaps;
  }

  private static List<Range> concatenated(List<Range> a, List<Range> b) {
    var all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  /** Takes the largest aligned block from the front until nothing is left. */
  private static void split(Range range, int bits, List<Cidr> into) {
    BigInteger first = range.first();
    while (first.compareTo(range.last()) <= 0) {
      int aligned = first.signum() == 0 ? bits : Math.min(bits, first.getLowestSetBit());
      int fitting = range.last().subtract(first).add(BigInteger.ONE).bitLength() - 1;
      int hostBits = Math.min(aligned, fitting);
      into.add(Cidr.of(bytes(first, bits), bits - hostBits));
      first = first.add(size(hostBits));
    }
  }

  private static byte[] bytes(BigInteger address, int bits) {
    byte[] digits = address.toByteArray();
    byte[] bytes = new byte[bits / Byte.SIZE];
    // Those that it needs at least, or one more for a sign.
    int length = Math.min(digits.length, bytes.length);
    for (int i = 1; i <= length; i++) {
      bytes[bytes.length - i] = digits[digits.length - i];
    }
    return bytes;
  }

  private static BigInteger size(int hostBits) {
    return BigInteger.ONE.shiftLeft(hostBits);
  }
}
