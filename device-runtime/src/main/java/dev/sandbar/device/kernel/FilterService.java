package dev.sandbar.device.kernel;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * Reads system call filters for an agent that may not do it itself: the kernel gives them only to a
 * process without a filter of its own (seccomp_get_filter of kernel/seccomp.c). Reads one question,
 * gives one answer, changes nothing.
 */
public final class FilterService {

  private FilterService() {}

  /**
   * Answers one question.
   *
   * @throws IOException if it cannot be read, or the answer cannot be written
   */
  public static void answer(InputStream question, OutputStream answer) throws IOException {
    List<ProcessId> processes =
        FilterMessages.readQuestion(new DataInputStream(new BufferedInputStream(question)));
    FilterMessages.writeAnswer(
        new OwnFilterSource().read(processes),
        new DataOutputStream(new BufferedOutputStream(answer)));
  }
}
