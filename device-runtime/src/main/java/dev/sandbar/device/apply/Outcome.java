package dev.sandbar.device.apply;

/** What became of one unit of a plan. */
public sealed interface Outcome {

  /**
   * Something that takes its time goes on; its end is an outcome of its own.
   *
   * @param message what, for people
   */
  record Underway(String message) implements Outcome {}

  /** Every step was done and the device shows what was asked. */
  record Done() implements Outcome {}

  /**
   * A step failed. The unit is as it was before the plan: the former version, or nothing.
   *
   * @param step where it failed: {@code image}, {@code verify}, {@code write}, {@code read-back},
   *     {@code start}, {@code evidence}
   * @param message what happened and what to do, for people
   * @param interrupts whether the former version was stopped or has to be restarted for it
   */
  record TakenBack(String step, String message, boolean interrupts) implements Outcome {}

  /**
   * It was started, and the kernel does not hold what its unit says. The unit is as it was before
   * the plan; where that was the same version, it is stopped and leaves the device.
   *
   * @param message what is declared and what the kernel shows, for people
   */
  record NotEnforced(String message) implements Outcome {}

  /**
   * A step failed and nothing was undone: the unit is being removed, or is one of Sandbar's own
   * that apps stand on. The next round of the loop goes on with what is missing.
   *
   * @param step where it failed, for example {@code remove}, {@code reload}, {@code removestate}
   * @param message what happened and what to do, for people
   */
  record Unfinished(String step, String message) implements Outcome {}
}
