package dev.sandbar.device.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a program for the kernel (instruction-set.rst of its documentation), for a little-endian
 * machine. Registers are numbers; 10 is the frame pointer.
 */
final class Assembler {

  /** Sizes in memory, as part of the code of an instruction. */
  enum Size {
    BYTE(0x10),
    WORD(0x00),
    DOUBLE_WORD(0x18);

    private final int bits;

    Size(int bits) {
      this.bits = bits;
    }
  }

  private static final int FRAME = 10;

  private final List<Long> code = new ArrayList<>();
  private final Map<String, Integer> labels = new HashMap<>();
  private final Map<Integer, String> jumps = new HashMap<>();

  private Assembler add(int code, int target, int source, int offset, int constant) {
    this.code.add(
        (code & 0xffL)
            | (target & 0xfL) << 8
            | (source & 0xfL) << 12
            | (offset & 0xffffL) << 16
            | (constant & 0xffff_ffffL) << 32);
    return this;
  }

  Assembler move(int target, int source) {
    return add(0xbf, target, source, 0, 0);
  }

  Assembler set(int target, int constant) {
    return add(0xb7, target, 0, 0, constant);
  }

  /** A constant of 64 bits takes two instructions. */
  Assembler setLong(int target, long constant) {
    add(0x18, target, 0, 0, (int) constant);
    return add(0, 0, 0, 0, (int) (constant >>> 32));
  }

  /** The map that this descriptor stands for. */
  Assembler map(int target, int descriptor) {
    add(0x18, target, 1, 0, descriptor);
    return add(0, 0, 0, 0, 0);
  }

  Assembler plus(int target, int constant) {
    return add(0x07, target, 0, 0, constant);
  }

  Assembler and(int target, int constant) {
    return add(0x57, target, 0, 0, constant);
  }

  Assembler andRegister(int target, int source) {
    return add(0x5f, target, source, 0, 0);
  }

  /** The address of what lies so far below the end of the frame. */
  Assembler frame(int target, int offset) {
    return move(target, FRAME).plus(target, offset);
  }

  Assembler load(Size size, int target, int source, int offset) {
    return add(0x61 | size.bits, target, source, offset, 0);
  }

  Assembler loadFrame(Size size, int target, int offset) {
    return load(size, target, FRAME, offset);
  }

  Assembler store(Size size, int target, int offset, int source) {
    return add(0x63 | size.bits, target, source, offset, 0);
  }

  Assembler storeFrame(Size size, int offset, int source) {
    return store(size, FRAME, offset, source);
  }

  /** Eight bytes of 0. */
  Assembler clearFrame(int offset) {
    return add(0x7a, FRAME, 0, offset, 0);
  }

  /** A helper of the kernel (bpf-helpers(7)), by its number; what it returns is in register 0. */
  Assembler call(int helper) {
    return add(0x85, 0, 0, 0, helper);
  }

  Assembler jump(String label) {
    return to(label, 0x05, 0, 0, 0);
  }

  Assembler jumpIfEqual(int register, int constant, String label) {
    return to(label, 0x15, register, 0, constant);
  }

  Assembler jumpIfOther(int register, int constant, String label) {
    return to(label, 0x55, register, 0, constant);
  }

  Assembler jumpIfSame(int register, int other, String label) {
    return to(label, 0x1d, register, other, 0);
  }

  Assembler jumpIfDifferent(int register, int other, String label) {
    return to(label, 0x5d, register, other, 0);
  }

  /** Compares without sign. */
  Assembler jumpIfAbove(int register, int constant, String label) {
    return to(label, 0x25, register, 0, constant);
  }

  /** Compares with sign. */
  Assembler jumpIfBelow(int register, int constant, String label) {
    return to(label, 0xc5, register, 0, constant);
  }

  private Assembler to(String label, int code, int target, int source, int constant) {
    jumps.put(this.code.size(), label);
    return add(code, target, source, 0, constant);
  }

  /** Jumps lead here. */
  Assembler label(String name) {
    labels.put(name, code.size());
    return this;
  }

  Assembler exit() {
    return add(0x95, 0, 0, 0, 0);
  }

  /**
   * The program, an instruction in each element.
   *
   * @throws IllegalStateException if a jump leads nowhere
   */
  long[] program() {
    jumps.forEach(
        (at, label) -> {
          Integer target = labels.get(label);
          if (target == null) {
            throw new IllegalStateException("no label " + label);
          }
          code.set(at, code.get(at) | ((target - at - 1) & 0xffffL) << 16);
        });
    jumps.clear();
    return code.stream().mapToLong(Long::longValue).toArray();
  }
}
