package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory for the many small structures of a row of system calls: slices of one block, which costs
 * one allocation. For one thread.
 */
final class Slices implements Arena {

  private static final long SIZE = 16 << 10;
  private static final long ALIGNMENT = 16;

  private final Arena arena = Arena.ofConfined();

  /** From the first slice on: to make it all zero takes its time. */
  private MemorySegment block = MemorySegment.NULL;

  private long used;

  /** All zero, as from any arena: no slice is given twice. */
  @Override
  public MemorySegment allocate(long bytes, long alignment) {
    if (block.byteSize() == 0) {
      block = arena.allocate(SIZE, ALIGNMENT);
    }
    long begin = (used + alignment - 1) & -alignment;
    if (alignment > ALIGNMENT || bytes > SIZE - begin) {
      return arena.allocate(bytes, alignment);
    }
    used = begin + bytes;
    return block.asSlice(begin, bytes);
  }

  @Override
  public MemorySegment.Scope scope() {
    return arena.scope();
  }

  @Override
  public void close() {
    arena.close();
  }
}
