package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The functions of libzstd that decompress a stream. Source: {@code zstd.h}, whose stable part they
 * belong to since version 1.4.
 */
record LibZstd(
    MethodHandle create,
    MethodHandle free,
    MethodHandle setParameter,
    MethodHandle decompress,
    MethodHandle isError,
    MethodHandle errorCode) {

  private static final Logger LOG = LoggerFactory.getLogger(LibZstd.class);

  private static final String LIBRARY = "libzstd.so.1";

  /** The library, or none where it is not there. */
  static final List<LibZstd> FOUND = find();

  private static List<LibZstd> find() {
    try {
      SymbolLookup library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
      return List.of(
          new LibZstd(
              handle(library, "ZSTD_createDStream", FunctionDescriptor.of(ValueLayout.ADDRESS)),
              handle(
                  library,
                  "ZSTD_freeDStream",
                  FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS)),
              handle(
                  library,
                  "ZSTD_DCtx_setParameter",
                  FunctionDescriptor.of(
                      ValueLayout.JAVA_LONG,
                      ValueLayout.ADDRESS,
                      ValueLayout.JAVA_INT,
                      ValueLayout.JAVA_INT)),
              handle(
                  library,
                  "ZSTD_decompressStream",
                  FunctionDescriptor.of(
                      ValueLayout.JAVA_LONG,
                      ValueLayout.ADDRESS,
                      ValueLayout.ADDRESS,
                      ValueLayout.ADDRESS)),
              handle(
                  library,
                  "ZSTD_isError",
                  FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)),
              handle(
                  library,
                  "ZSTD_getErrorCode",
                  FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG))));
    } catch (IllegalArgumentException | IllegalStateException e) {
      LOG.debug("action=open library={} {}", LIBRARY, e.getMessage());
      return List.of();
    }
  }

  private static MethodHandle handle(
      SymbolLookup library, String name, FunctionDescriptor descriptor) {
    MemorySegment symbol =
        library
            .find(name)
            .orElseThrow(() -> new IllegalStateException(LIBRARY + " has no " + name));
    return Linker.nativeLinker().downcallHandle(symbol, descriptor);
  }
}
