package dev.sandbar.core.attest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A program as the kernel runs it (bpf(2), BPF_OBJ_GET_INFO_BY_FD, {@code xlated_prog_insns}).
 *
 * @param arrays what the arrays that it looks into hold, by the number of the map
 */
public record BpfProgram(List<Instruction> code, SortedMap<Integer, Entries> arrays) {

  public BpfProgram {
    code = List.copyOf(code);
    arrays = Collections.unmodifiableSortedMap(new TreeMap<>(arrays));
  }

  /**
   * One instruction (instruction-set.rst of the kernel's documentation).
   *
   * @param code what it does
   * @param target register that it changes
   * @param source register that it reads
   * @param offset of a jump, or in memory
   */
  public record Instruction(int code, int target, int source, int offset, int constant) {

    /** How many bytes one takes. */
    public static final int BYTES = 8;

    /** Those of a little-endian machine, one after the other. */
    public static List<Instruction> parse(byte[] bytes) {
      var code = new ArrayList<Instruction>();
      for (int at = 0; at + BYTES <= bytes.length; at += BYTES) {
        int registers = (int) number(bytes, at + 1, 1);
        code.add(
            new Instruction(
                (int) number(bytes, at, 1),
                registers & 0xf,
                registers >> 4,
                (short) number(bytes, at + 2, 2),
                (int) number(bytes, at + 4, 4)));
      }
      return List.copyOf(code);
    }

    private static long number(byte[] bytes, int at, int size) {
      long number = 0;
      for (int i = size - 1; i >= 0; i--) {
        number = number << 8 | Byte.toUnsignedInt(bytes[at + i]);
      }
      return number;
    }
  }

  /**
   * The values of an array map (BPF_MAP_TYPE_ARRAY).
   *
   * @param words of 32 bits that each value has
   * @param content all values, one after the other
   */
  public record Entries(int words, List<Integer> content) {
    public Entries {
      content = List.copyOf(content);
    }

    /** In the kernel each value begins at a multiple of eight bytes. */
    private int stride() {
      return (words + 1) / 2 * 8;
    }

    /**
     * Bytes of a value.
     *
     * @param size 1, 2 or 4
     * @return -1 if that is not inside of one
     */
    long load(long offset, int size) {
      long index = offset < 0 || words <= 0 ? -1 : offset / stride() * words;
      int within = (int) Math.floorMod(offset, (long) Math.max(8, stride()));
      long at = index + within / 4;
      if (index < 0 || within / 4 >= words || within % size != 0 || at >= content.size()) {
        return -1;
      }
      long word = Integer.toUnsignedLong(content.get((int) at));
      return word >> within % 4 * 8 & (1L << size * 8) - 1;
    }
  }
}
