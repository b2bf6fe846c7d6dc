package dev.sandbar.device.broker;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.device.broker.BrokerRequest.Reading;
import java.util.Arrays;

/** What an app sends to the agent. */
class BrokerRequestFuzz {
  @FuzzTest
  void request(byte[] bytes) {
    byte[] some = Arrays.copyOf(bytes, Math.min(bytes.length, BrokerRequest.MOST + 1));
    switch (BrokerRequest.read(some)) {
      case Reading.Unfinished() ->
          require(some.length < BrokerRequest.MOST, "waits for more than it reads");
      case Reading.Bad(var reply) ->
          require(reply.status() >= 400 && reply.status() < 500, "status: " + reply.status());
      case Reading.Whole(var request) -> {
        require(request.path().matches("/[A-Za-z0-9/_.-]*"), "path: " + request.path());
        require(request.body().chars().allMatch(c -> c >= ' ' && c < 0x7f), "body");
        for (int i = 0; i < some.length; i++) {
          require(
              BrokerRequest.read(Arrays.copyOf(some, i)) instanceof Reading.Unfinished,
              "the beginning of a request is one");
        }
      }
    }
  }
}
