package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.CallFilter;
import dev.sandbar.core.attest.CallFilter.Instruction;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * What is sent between who asks for filters and who reads them. A question holds the processes, an
 * answer each program once and, by process, the numbers of its programs: most apps have the same.
 * Both sides are of one version, and refuse what is larger than the kernel can give.
 */
final class FilterMessages {

  /** Far more apps than a device has. */
  static final int MOST_PROCESSES = 1_000;

  private static final int QUESTION = 0x53625131;
  private static final int ANSWER = 0x53624131;

  /** Of one process; systemd makes some twenty, each for up to three architectures. */
  private static final int MOST_FILTERS = 256;

  private static final int MOST_PROGRAMS = 10_000;

  /** Of one process; an app may add filters, which others must not pay for. */
  private static final int MOST_OF_ONE = 1 << 15;

  /** Of all; programs that many have count once. */
  private static final int MOST_INSTRUCTIONS = 1 << 20;

  private FilterMessages() {}

  static void writeQuestion(Collection<ProcessId> processes, DataOutputStream out)
      throws IOException {
    out.writeInt(QUESTION);
    out.writeInt(processes.size());
    for (ProcessId process : processes) {
      write(process, out);
    }
    out.flush();
  }

  static List<ProcessId> readQuestion(DataInputStream in) throws IOException {
    return whole(() -> question(in));
  }

  private static List<ProcessId> question(DataInputStream in) throws IOException {
    expect(QUESTION, in);
    int count = count(in, MOST_PROCESSES);
    var processes = new ArrayList<ProcessId>();
    for (int i = 0; i < count; i++) {
      processes.add(readProcess(in));
    }
    return processes;
  }

  /** Writes an answer; processes whose filters are too long are left out. */
  static void writeAnswer(Map<ProcessId, List<CallFilter>> filters, DataOutputStream out)
      throws IOException {
    var programs = new LinkedHashMap<CallFilter, Integer>();
    var fitting = new LinkedHashMap<ProcessId, List<CallFilter>>();
    long total = 0;
    for (var entry : filters.entrySet()) {
      var added = new LinkedHashSet<>(entry.getValue());
      added.removeAll(programs.keySet());
      long size = size(added);
      if (size(entry.getValue()) <= MOST_OF_ONE
          && total + size <= MOST_INSTRUCTIONS
          && programs.size() + added.size() <= MOST_PROGRAMS) {
        total += size;
        added.forEach(it -> programs.put(it, programs.size()));
        fitting.put(entry.getKey(), entry.getValue());
      }
    }
    out.writeInt(ANSWER);
    out.writeInt(programs.size());
    for (CallFilter program : programs.keySet()) {
      out.writeInt(program.size());
      for (Instruction instruction : program.program()) {
        out.writeLong(instruction.packed());
      }
    }
    out.writeInt(fitting.size());
    for (var entry : fitting.entrySet()) {
      write(entry.getKey(), out);
      out.writeInt(entry.getValue().size());
      for (CallFilter filter : entry.getValue()) {
        out.writeInt(programs.getOrDefault(filter, 0));
      }
    }
    out.flush();
  }

  private static long size(Collection<CallFilter> filters) {
    return filters.stream().mapToLong(CallFilter::size).sum();
  }

  static Map<ProcessId, List<CallFilter>> readAnswer(DataInputStream in) throws IOException {
    return whole(() -> answer(in));
  }

  private interface Message<T> {
    T read() throws IOException;
  }

  /** The end of the stream has no message of its own. */
  private static <T> T whole(Message<T> message) throws IOException {
    try {
      return message.read();
    } catch (EOFException e) {
      throw new IOException("the message about filters ends early", e);
    }
  }

  private static Map<ProcessId, List<CallFilter>> answer(DataInputStream in) throws IOException {
    expect(ANSWER, in);
    List<CallFilter> programs = readPrograms(in);
    int count = count(in, MOST_PROCESSES);
    var filters = new HashMap<ProcessId, List<CallFilter>>();
    for (int i = 0; i < count; i++) {
      ProcessId process = readProcess(in);
      int own = count(in, MOST_FILTERS);
      var all = new ArrayList<CallFilter>();
      for (int k = 0; k < own; k++) {
        int index = in.readInt();
        if (index < 0 || index >= programs.size()) {
          throw new IOException("a filter that was not sent");
        }
        all.add(programs.get(index));
      }
      filters.put(process, all);
    }
    return filters;
  }

  private static List<CallFilter> readPrograms(DataInputStream in) throws IOException {
    int count = count(in, MOST_PROGRAMS);
    var programs = new ArrayList<CallFilter>();
    int total = 0;
    for (int i = 0; i < count; i++) {
      int size = count(in, CallFilter.MOST_INSTRUCTIONS);
      total += size;
      if (total > MOST_INSTRUCTIONS) {
        throw new IOException("more than " + MOST_INSTRUCTIONS + " instructions");
      }
      var program = new ArrayList<Instruction>(size);
      for (int k = 0; k < size; k++) {
        program.add(Instruction.of(in.readLong()));
      }
      programs.add(CallFilter.of(program));
    }
    return programs;
  }

  private static void write(ProcessId process, DataOutputStream out) throws IOException {
    out.writeInt(process.pid());
    out.writeLong(process.started());
  }

  private static ProcessId readProcess(DataInputStream in) throws IOException {
    return new ProcessId(in.readInt(), in.readLong());
  }

  private static void expect(int kind, DataInputStream in) throws IOException {
    if (in.readInt() != kind) {
      throw new IOException("not a message about filters");
    }
  }

  private static int count(DataInputStream in, int most) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > most) {
      throw new IOException("a count of " + count + " where " + most + " is the most");
    }
    return count;
  }
}
