package dev.sandbar.core.attest;

import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.property.Value;
import java.util.SortedMap;

/** What the programs on devices and ports show of the lists that they are made from. */
public final class ContentChecks {

  private ContentChecks() {}

  /**
   * Whether the programs of a kind hold what is declared.
   *
   * @param directives what those of the app come to
   */
  public static Finding of(
      CgroupProgram kind, SortedMap<String, Value> directives, Outside outside) {
    Contents contents = outside.contents().get(kind.name());
    return switch (contents) {
      case null -> new Finding.Silent("programs that were not read");
      case Contents.Unjudged(String why) -> new Finding.Silent(why);
      case Contents.Known(ProgramAnswers answers) ->
          switch (kind) {
            case DEVICE -> AllowedDevices.of(directives, outside.nodes()).judge(answers);
            case BIND4 -> AllowedPorts.of(directives).judge(answers, AllowedPorts.IPV4);
            case BIND6 -> AllowedPorts.of(directives).judge(answers, AllowedPorts.IPV6);
            // Asked with packets.
            case INGRESS, EGRESS -> new Finding.Holds("");
          };
    };
  }
}
