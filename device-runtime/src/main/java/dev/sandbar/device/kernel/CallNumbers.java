package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.CallTable;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Collection;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Numbers of system calls, from the library that systemd takes them from
 * (seccomp_syscall_resolve_name(3)).
 */
final class CallNumbers {

  private static final Logger LOG = LoggerFactory.getLogger(CallNumbers.class);

  private CallNumbers() {}

  /**
   * Numbers on this machine; what it does not have is left out.
   *
   * @return nothing at all if the library is missing
   */
  static CallTable of(Collection<String> names) {
    var numbers = new TreeMap<String, Integer>();
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup library = SymbolLookup.libraryLookup("libseccomp.so.2", Arena.global());
      Linker linker = Linker.nativeLinker();
      MethodHandle resolve =
          linker.downcallHandle(
              library.findOrThrow("seccomp_syscall_resolve_name"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
      // Its tokens are those of the kernel, AUDIT_ARCH (seccomp_arch_add(3)).
      MethodHandle architecture =
          linker.downcallHandle(
              library.findOrThrow("seccomp_arch_native"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT));
      for (String name : names) {
        int number = (int) resolve.invokeExact(arena.allocateFrom(name));
        if (number >= 0) {
          numbers.put(name, number);
        }
      }
      return new CallTable((int) architecture.invokeExact(), numbers);
    } catch (Error e) {
      throw e;
    } catch (Throwable e) {
      LOG.warn("query=libseccomp outcome=unknown reason=\"{}\"", e.getMessage());
      return CallTable.UNKNOWN;
    }
  }
}
