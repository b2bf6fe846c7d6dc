package dev.sandbar.device.agent;

import dev.sandbar.core.compile.BrokerSocket;
import dev.sandbar.core.model.AppName;
import dev.sandbar.device.broker.Broker;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.SortedMap;

/** Gives the broker what apps may ask for, which is what their running versions are granted. */
record BrokerGrants(Broker broker) implements AutoCloseable {

  /**
   * What each app is to be from now on.
   *
   * @param targets of every app
   */
  void follow(SortedMap<AppName, Target> targets) {
    var grants = new HashMap<AppName, BrokerSocket>();
    var unsure = new HashSet<AppName>();
    for (Map.Entry<AppName, Target> entry : targets.entrySet()) {
      switch (entry.getValue()) {
        case Target.Run run ->
            BrokerSocket.of(run.app().spec())
                .ifPresent(socket -> grants.put(entry.getKey(), socket));
        case Target.Hold _ -> unsure.add(entry.getKey());
        case Target.Deny _, Target.Remove _ -> {}
      }
    }
    broker.follow(grants, unsure);
  }

  /** From now on nothing that an app asks for is begun. For any thread. */
  void stop() {
    broker.stop();
  }

  @Override
  public void close() {
    broker.close();
  }
}
