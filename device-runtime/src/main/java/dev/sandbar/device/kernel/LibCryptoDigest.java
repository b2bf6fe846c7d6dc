package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By OpenSSL 3 (SHA256_Init(3)). Those functions take no memory of the library, and read none of
 * its configuration.
 */
final class LibCryptoDigest extends StreamDigest {
  private static final Logger LOG = LoggerFactory.getLogger(LibCryptoDigest.class);

  private static final String LIBRARY = "libcrypto.so.3";

  /** SHA256_CTX has 112 bytes on every platform (openssl/sha.h). */
  private static final long STATE = 256;

  private static final int DIGEST = 32;

  /** Of "abc" (FIPS 180-4, example 1 of SHA-256). */
  private static final String KNOWN =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  /** Its functions, or none where it is not there, or not what it should be. */
  private record Functions(MethodHandle init, MethodHandle update, MethodHandle end) {

    static final List<Functions> FOUND = find();

    private static List<Functions> find() {
      try {
        SymbolLookup library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        var functions =
            new Functions(
                handle(
                    library,
                    "SHA256_Init",
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS)),
                handle(
                    library,
                    "SHA256_Update",
                    FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG),
                    // Also what is in the heap, without a copy of it; a piece takes milliseconds.
                    Linker.Option.critical(true)),
                handle(
                    library,
                    "SHA256_Final",
                    FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS)));
        var probe = new LibCryptoDigest(functions);
        probe.update(ByteBuffer.wrap("abc".getBytes(StandardCharsets.US_ASCII)));
        if (HexFormat.of().formatHex(probe.digest()).equals(KNOWN)) {
          return List.of(functions);
        }
        LOG.warn("action=open library={} it does not compute SHA-256", LIBRARY);
      } catch (IllegalArgumentException | IllegalStateException e) {
        LOG.debug("action=open library={} {}", LIBRARY, e.getMessage());
      }
      return List.of();
    }

    private static MethodHandle handle(
        SymbolLookup library,
        String name,
        FunctionDescriptor descriptor,
        Linker.Option... options) {
      MemorySegment symbol =
          library
              .find(name)
              .orElseThrow(() -> new IllegalStateException(LIBRARY + " has no " + name));
      return Linker.nativeLinker().downcallHandle(symbol, descriptor, options);
    }
  }

  private final Functions functions;
  private final MemorySegment state;

  private LibCryptoDigest(Functions functions) {
    this(functions, Arena.ofAuto());
  }

  private LibCryptoDigest(Functions functions, Arena arena) {
    this.functions = functions;
    this.state = arena.allocate(STATE, Long.BYTES);
    try {
      check("SHA256_Init", (int) functions.init().invokeExact(state));
    } catch (Throwable e) {
      throw LibC.thrown("SHA256_Init", e);
    }
  }

  /** Empty where the library is not there. */
  static Optional<StreamDigest> begin() {
    return Functions.FOUND.stream().<StreamDigest>map(LibCryptoDigest::new).findFirst();
  }

  /**
   * The digest of what remains in the buffer; empty where the library is not there. Its memory is
   * given back at once, and not when the collector comes by: there may be thousands of pieces.
   */
  static Optional<byte[]> of(ByteBuffer bytes) {
    if (Functions.FOUND.isEmpty()) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      var digest = new LibCryptoDigest(Functions.FOUND.getFirst(), arena);
      digest.update(bytes);
      return Optional.of(digest.digest());
    }
  }

  @Override
  public void update(ByteBuffer bytes) {
    try {
      MemorySegment piece = MemorySegment.ofBuffer(bytes);
      check("SHA256_Update", (int) functions.update().invokeExact(state, piece, piece.byteSize()));
      bytes.position(bytes.limit());
    } catch (Throwable e) {
      throw LibC.thrown("SHA256_Update", e);
    }
  }

  @Override
  public byte[] digest() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(STATE, Long.BYTES).copyFrom(state);
      MemorySegment digest = arena.allocate(DIGEST);
      check("SHA256_Final", (int) functions.end().invokeExact(digest, copy));
      return digest.toArray(ValueLayout.JAVA_BYTE);
    } catch (Throwable e) {
      throw LibC.thrown("SHA256_Final", e);
    }
  }

  /** The functions return 1, always. */
  private static void check(String name, int result) {
    if (result != 1) {
      throw new IllegalStateException(name + " failed");
    }
  }
}
