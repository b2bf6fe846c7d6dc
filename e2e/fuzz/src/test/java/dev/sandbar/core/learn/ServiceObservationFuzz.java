package dev.sandbar.core.learn;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.learn.Combination.Combined;
import dev.sandbar.core.learn.Combination.Refused;
import dev.sandbar.core.learn.ServiceObservation.Reading;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.JsonReader;
import java.util.List;

/** A file that a device is said to have saved: it is read or refused, and a spec comes of it. */
class ServiceObservationFuzz {
  @FuzzTest
  void observation(byte[] bytes) {
    for (Node document : JsonReader.read("saved", bytes).documents()) {
      switch (ServiceObservation.read(document)) {
        case Reading.Refused(var error) -> {
          require(!error.help().isEmpty(), error.toString());
          require(
              error.message().codePoints().noneMatch(Character::isISOControl), error.toString());
        }
        case Reading.Read(var one) -> {
          require(
              ServiceObservation.read(one.write()).equals(new Reading.Read(one)),
              "written and read again it is another one");
          combine(one, false);
          combine(one, true);
        }
      }
    }
  }

  private static void combine(ServiceObservation one, boolean adopt) {
    switch (DeviceCombination.of(List.of(one), adopt, _ -> new AppName("app"))) {
      case Combined combined ->
          require(
              !combined.spec().usable()
                  || SpecReader.read(combined.spec().manifest()) instanceof SpecReader.Read,
              "the spec is not one");
      case Refused(var what, var help) ->
          require(!what.isEmpty() && !help.isEmpty(), "refused without a reason");
    }
  }
}
