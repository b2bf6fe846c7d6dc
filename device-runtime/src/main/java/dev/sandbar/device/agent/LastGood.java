package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.apply.Former;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;

/** The versions that proved themselves, as what to go back to. */
final class LastGood {
  private final Memory memory;
  private final Recompiled recompiled;

  LastGood(Memory memory, Recompiled recompiled) {
    this.memory = memory;
    this.recompiled = recompiled;
  }

  /**
   * What to go back to.
   *
   * @param takeBack apps that go though they are declared
   */
  Former former(SortedMap<AppName, Target> targets, Set<AppName> takeBack) {
    var texts = new HashMap<UnitName, String>();
    var leaving = new HashSet<UnitName>();
    for (AppName name : targets.keySet()) {
      if (targets.get(name) instanceof Target.Remove || takeBack.contains(name)) {
        leaving.add(UnitName.of(name));
      } else if (memory.get(name).lastGood() instanceof Past.Good(var version)
          && recompiled.of(version) instanceof Compilation.Compiled(var app, _)) {
        texts.put(app.unit(), app.text());
      }
    }
    return new Former(texts, leaving);
  }
}
